"""createZone, updateZone and deleteZone."""

import msgspec

from core.model import errors
from core.model.commands.zone import CreateZone, DeleteZone, UpdateZone
from core.model.records import Zone
from core.plans.context import Context
from core.plans.detail.kept import require_few
from core.plans.place.allocation import named_allocation_state
from core.plans.place.contents import forgotten, require_empty
from core.plans.step import Add, Claim, Effect, Replace
from core.plans.storage_access.groups import named_groups

NETWORK_TYPES = ("Basic", "Advanced")
TYPE = "zone"


def check_create(context: Context, command: CreateZone) -> None:
    """Refuse a name that is taken, and words that there are not."""
    _require_new_name(context, command.name)
    _network_type(command.network_type)
    named_allocation_state(command.allocation_state)


def _require_new_name(context: Context, name: str, but: str = "") -> None:
    for zone in context.inventory.all(Zone):
        if zone.name == name and zone.id != but:
            raise errors.Invalid(
                "a zone has this name", object=f"zone/{zone.id}", hint="give another name"
            )


def _network_type(name: str) -> str:
    for known in NETWORK_TYPES:
        if known.lower() == name.lower():
            return known
    raise errors.Invalid(f"{name!r} is no network type", hint=f"one of {', '.join(NETWORK_TYPES)}")


def claim_create(context: Context, command: CreateZone) -> Claim:
    """Record the zone."""
    zone = Zone(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        network_type=_network_type(command.network_type),
        dns1=command.dns1,
        dns2=command.dns2 or "",
        internal_dns1=command.internal_dns1,
        internal_dns2=command.internal_dns2 or "",
        ip6_dns1=command.ip6_dns1 or "",
        ip6_dns2=command.ip6_dns2 or "",
        guest_cidr=command.guest_cidr_address or "",
        domain=command.domain or "",
        local_storage_enabled=command.local_storage_enabled,
        allocation_state=named_allocation_state(command.allocation_state),
        access_groups=named_groups(command.storage_access_groups),
    )
    return Claim(kind=TYPE, id=zone.id, effects=(Add(record=zone),))


def check_update(context: Context, command: UpdateZone) -> None:
    """Refuse a name that is taken by another zone."""
    zone = context.inventory.get(Zone, command.id)
    if command.name is not None:
        _require_new_name(context, command.name, but=zone.id)
    require_few({**zone.details, **(command.details or {})})
    named_allocation_state(command.allocation_state)


def claim_update(context: Context, command: UpdateZone) -> Claim:
    """Set the fields that are given."""
    zone = context.inventory.get(Zone, command.id)
    given: dict[str, object] = {
        "name": command.name,
        "dns1": command.dns1,
        "dns2": command.dns2,
        "internal_dns1": command.internal_dns1,
        "internal_dns2": command.internal_dns2,
        "ip6_dns1": command.ip6_dns1,
        "ip6_dns2": command.ip6_dns2,
        "guest_cidr": command.guest_cidr_address,
        "domain": command.domain,
        "local_storage_enabled": command.local_storage_enabled,
        "sort_key": command.sort_key,
        "details": None if command.details is None else {**zone.details, **command.details},
    }
    fields = {field: value for field, value in given.items() if value is not None}
    if command.allocation_state is not None:
        fields["allocation_state"] = named_allocation_state(command.allocation_state)
    changed = msgspec.structs.replace(zone, rev=zone.rev + 1, **fields)
    effects: tuple[Effect, ...] = (Replace(record=changed),) if fields else ()
    return Claim(kind=TYPE, id=zone.id, effects=effects)


def check_delete(context: Context, command: DeleteZone) -> None:
    """Refuse a zone that holds anything."""
    require_empty(context, context.inventory.get(Zone, command.id))


def claim_delete(context: Context, command: DeleteZone) -> Claim:
    """Forget the zone."""
    zone = context.inventory.get(Zone, command.id)
    return Claim(kind=TYPE, id=zone.id, effects=forgotten(context, zone))
