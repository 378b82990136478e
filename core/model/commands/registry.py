"""All commands by name: every concrete Struct of the modules beside this one."""

from collections.abc import Iterator
from types import ModuleType

from core.model.commands import (
    api,
    capacity,
    host,
    image_store,
    internal,
    job,
    migration,
    offering,
    pool,
    setting,
    snapshot,
    snapshot_policy,
    template,
    vm,
    vm_snapshot,
    volume,
    zone,
)
from core.model.commands.command import Command, Mode, command_name
from core.model.commands.image import iso, permission
from core.model.commands.outside import network
from core.model.commands.ownership import account, detail, domain, limit, project, tag

MODULES = (
    zone,
    host,
    pool,
    image_store,
    offering,
    template,
    iso,
    permission,
    vm,
    vm_snapshot,
    migration,
    volume,
    snapshot,
    snapshot_policy,
    job,
    setting,
    capacity,
    domain,
    account,
    project,
    limit,
    tag,
    detail,
    api,
    network,
)


def _commands(module: ModuleType) -> Iterator[type[Command]]:
    """What the module itself defines, without the bases that its commands share."""
    for name, value in vars(module).items():
        is_command = isinstance(value, type) and issubclass(value, Command)
        if is_command and value.__module__ == module.__name__ and not name.startswith("_"):
            yield value


COMMAND_TYPES = tuple(kind for module in MODULES for kind in _commands(module))
COMMANDS: dict[str, type[Command]] = {command_name(kind): kind for kind in COMMAND_TYPES}
JOB_COMMANDS = {
    command_name(kind): kind
    for kind in (*COMMAND_TYPES, *_commands(internal))
    if kind.mode in (Mode.JOB, Mode.JOB_WAIT, Mode.JOB_CLAIM)
}
"""All that a job may carry out: what callers ask, and what Forebay asks of itself."""
