"""What the commands about a host ask of the state that it is in."""

from core.model import errors
from core.model.records import Host
from core.model.states import ResourceState

IN_MAINTENANCE = frozenset(
    {
        ResourceState.PREPARE_FOR_MAINTENANCE,
        ResourceState.ERROR_IN_MAINTENANCE,
        ResourceState.MAINTENANCE,
    }
)


def require_resource_state(
    host: Host, *admitted: ResourceState, doing: str, number: int = 431
) -> None:
    """Raise Conflict unless the host's resource state is one of them."""
    if host.resource_state not in admitted:
        hint = f"wait for job {host.job_id}, or cancelHostMaintenance" if host.job_id else ""
        raise errors.Conflict(
            f"{doing} needs a host that is {' or '.join(admitted)}; "
            f"this one is {host.resource_state}",
            object=f"host/{host.id}",
            hint=hint or "cancelHostMaintenance or updateHost allocationstate=Enable come first",
            number=number,
        )
