"""createPod, updatePod and deletePod."""

from core.model import errors
from core.model.commands.zone import CreatePod, DeletePod, UpdatePod
from core.model.records import Pod, Zone
from core.plans.context import Context
from core.plans.place.allocation import named_allocation_state
from core.plans.place.contents import forgotten, require_empty
from core.plans.step import Add, Claim, Effect, Scalar, change
from core.plans.storage_access.groups import named_groups

TYPE = "pod"


def check_create(context: Context, command: CreatePod) -> None:
    """Refuse a name that is taken in the zone."""
    zone = context.inventory.get(Zone, command.zone_id)
    _require_new_name(context, zone.id, command.name)
    named_allocation_state(command.allocation_state)


def _require_new_name(context: Context, zone_id: str, name: str, but: str = "") -> None:
    for pod in context.inventory.having(Pod, "zone", zone_id):
        if pod.name == name and pod.id != but:
            raise errors.Invalid(
                "a pod of the zone has this name",
                object=f"pod/{pod.id}",
                hint="give another name",
            )


def claim_create(context: Context, command: CreatePod) -> Claim:
    """Record the pod."""
    pod = Pod(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        zone_id=command.zone_id,
        gateway=command.gateway or "",
        netmask=command.netmask or "",
        start_ip=command.start_ip or "",
        end_ip=command.end_ip or "",
        allocation_state=named_allocation_state(command.allocation_state),
        access_groups=named_groups(command.storage_access_groups),
    )
    return Claim(kind=TYPE, id=pod.id, effects=(Add(record=pod),))


def check_update(context: Context, command: UpdatePod) -> None:
    """Refuse a name that is taken by another pod of the zone."""
    pod = context.inventory.get(Pod, command.id)
    if command.name is not None:
        _require_new_name(context, pod.zone_id, command.name, but=pod.id)
    named_allocation_state(command.allocation_state)


def claim_update(context: Context, command: UpdatePod) -> Claim:
    """Set the fields that are given."""
    pod = context.inventory.get(Pod, command.id)
    fields: dict[str, Scalar] = {}
    for field in ("name", "gateway", "netmask", "start_ip", "end_ip"):
        value: str | None = getattr(command, field)
        if value is not None:
            fields[field] = value
    if command.allocation_state is not None:
        fields["allocation_state"] = named_allocation_state(command.allocation_state)
    effects: tuple[Effect, ...] = (change(pod, **fields),) if fields else ()
    return Claim(kind=TYPE, id=pod.id, effects=effects)


def check_delete(context: Context, command: DeletePod) -> None:
    """Refuse a pod that holds anything."""
    require_empty(context, context.inventory.get(Pod, command.id))


def claim_delete(context: Context, command: DeletePod) -> Claim:
    """Forget the pod."""
    pod = context.inventory.get(Pod, command.id)
    return Claim(kind=TYPE, id=pod.id, effects=forgotten(context, pod))
