"""updateHost."""

from collections.abc import Mapping

from core.model import errors
from core.model.commands.host import UpdateHost
from core.model.records import Host
from core.model.states import ResourceState
from core.model.storage_tags.written import tags_of
from core.plans.context import Context
from core.plans.host.state import require_resource_state
from core.plans.step import Claim, Effect, Scalar, change

# what allocationstate may say: the event that it is, and the state that it needs
EVENTS: Mapping[str, tuple[str, ResourceState]] = {
    "enable": ("EnableRequested", ResourceState.DISABLED),
    "disable": ("DisableRequested", ResourceState.ENABLED),
}


def check(context: Context, command: UpdateHost) -> None:
    """Refuse another allocationstate than there is, or one from another state."""
    host = context.inventory.get(Host, command.id)
    if command.allocation_state is not None:
        _, needed = _event(host, command.allocation_state)
        require_resource_state(host, needed, doing=f"allocationstate={command.allocation_state}")


def _event(host: Host, asked: str) -> tuple[str, ResourceState]:
    event = EVENTS.get(asked.lower())
    if event is None:
        raise errors.Invalid(
            f"{asked!r} is no allocation state of hosts",
            object=f"host/{host.id}",
            hint="Enable or Disable",
        )
    return event


def claim(context: Context, command: UpdateHost) -> Claim:
    """Set the fields that are given."""
    host = context.inventory.get(Host, command.id)
    fields: dict[str, Scalar] = {}
    if command.name is not None:
        fields["name"] = command.name
    if command.host_tags is not None:
        fields["tags"] = tags_of(command.host_tags)
    if command.annotation is not None:
        fields["annotation"] = command.annotation
    event = _event(host, command.allocation_state)[0] if command.allocation_state else ""
    effects: tuple[Effect, ...] = (change(host, event, **fields),) if fields or event else ()
    return Claim(kind="host", id=host.id, effects=effects)
