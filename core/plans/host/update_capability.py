"""updateHypervisorCapabilities."""

from msgspec.structs import replace

from core.model import errors
from core.model.commands.host import UpdateHypervisorCapabilities
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.plans.context import Context
from core.plans.host.capability import said
from core.plans.hypervisor import named_hypervisor
from core.plans.step import Add, Claim, Effect


def check(context: Context, command: UpdateHypervisorCapabilities) -> None:
    """Refuse versions that there are not."""
    _named(command)


def _named(command: UpdateHypervisorCapabilities) -> tuple[Hypervisor, str]:
    """Name and version. Raises Invalid, NotFound."""
    name, version = command.hypervisor, command.hypervisor_version
    by_name = name is not None and version is not None
    if (command.id is not None) == by_name:
        raise errors.Invalid(
            "either id or both hypervisor and hypervisorversion are needed",
            hint="listHypervisorCapabilities names them",
        )
    if command.id is not None:
        name, _, version = command.id.partition("/")
    hypervisor = named_hypervisor(name or "")
    if version not in HYPERVISORS[hypervisor].data_volumes:
        raise errors.NotFound(
            f"no version {version!r} of {hypervisor} is known",
            object=f"hypervisor_capability/{hypervisor}/{version}",
            hint="listHypervisorCapabilities names them",
        )
    return hypervisor, version or ""


def claim(context: Context, command: UpdateHypervisorCapabilities) -> Claim:
    """Note what is said; what is not said stays."""
    now = said(context.inventory, *_named(command))
    fields: dict[str, int | bool] = {}
    if command.max_data_volumes_limit is not None:
        fields["data_volumes"] = command.max_data_volumes_limit
    if command.storage_motion_enabled is not None:
        fields["storage_motion"] = command.storage_motion_enabled
    changed = replace(now, rev=now.rev + 1, **fields)
    effects: tuple[Effect, ...] = (Add(record=changed),) if fields else ()
    return Claim(kind="hypervisor_capability", id=now.id, effects=effects)
