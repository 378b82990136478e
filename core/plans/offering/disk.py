"""createDiskOffering, updateDiskOffering and deleteDiskOffering."""

import msgspec

from core.model import errors
from core.model.commands.offering import (
    CreateDiskOffering,
    DeleteDiskOffering,
    UpdateDiskOffering,
)
from core.model.records import DiskOffering
from core.model.storage_tags.written import tags_of
from core.plans.context import GIB, Context
from core.plans.detail.kept import require_few
from core.plans.offering.shared import (
    CACHE_MODES,
    PROVISIONING_TYPES,
    STATES,
    STORAGE_TYPES,
    collapsed,
    rates_of,
    require_iops,
    require_one_of,
    require_places,
    require_size,
)
from core.plans.step import Add, Claim, Replace


def check(context: Context, command: CreateDiskOffering) -> None:
    """Refuse contradictory sizes and rates (semantics section 2.12)."""
    require_one_of(command.storage_type, STORAGE_TYPES, "storagetype")
    require_one_of(command.provisioning_type, PROVISIONING_TYPES, "provisioningtype")
    require_one_of(command.cache_mode, CACHE_MODES, "cachemode")
    if command.customized and command.disk_size:
        raise errors.Invalid(
            "disksize is given for a customized offering", hint="leave out one of the two"
        )
    if not command.customized and command.disk_size is None:
        raise errors.Invalid("disksize is needed", hint="give disksize in GiB or customized=true")
    require_size(context, command.disk_size, "disksize")
    require_iops(command.customized_iops, command.min_iops, command.max_iops)
    require_places(context, command.domain_id, command.zone_id, command.tags)
    require_few(command.details or {})
    rates_of(command)


def claim(context: Context, command: CreateDiskOffering) -> Claim:
    """Record the offering. Rates count only with customizediops=false, as in CloudStack."""
    fixed = command.customized_iops is False
    offering = DiskOffering(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        display_text=command.display_text or command.name,
        size_bytes=(command.disk_size or 0) * GIB,
        storage_type=command.storage_type.lower(),
        provisioning_type=command.provisioning_type.lower(),
        tags=tags_of(command.tags),
        min_iops=(command.min_iops or 0) if fixed else 0,
        max_iops=(command.max_iops or 0) if fixed else 0,
        customized_iops=bool(command.customized_iops),
        rates=rates_of(command),
        snapshot_reserve=command.hypervisor_snapshot_reserve or 0,
        cache_mode=(command.cache_mode or "none").lower(),
        size_strict=command.disk_size_strictness,
        encrypt=command.encrypt,
        display=command.display_offering,
        details=command.details or {},
        domain_ids=collapsed(context, command.domain_id),
        zone_ids=command.zone_id,
    )
    return Claim(kind="disk_offering", id=offering.id, effects=(Add(record=offering),))


def check_update(context: Context, command: UpdateDiskOffering) -> None:
    """Refuse wrong words, and places that are not the caller's."""
    offering = context.disk_offering(command.id)
    require_one_of(command.cache_mode, CACHE_MODES, "cachemode")
    require_one_of(command.state, STATES, "state")
    domains = offering.domain_ids if command.domain_id is None else command.domain_id
    require_places(context, domains, command.zone_id or (), command.tags)
    rates_of(command, offering.rates)


def claim_update(context: Context, command: UpdateDiskOffering) -> Claim:
    """Record what is given; the rest stays."""
    old = context.disk_offering(command.id)
    asked: dict[str, object] = {
        "name": command.name,
        "display_text": command.display_text,
        "tags": None if command.tags is None else tags_of(command.tags),
        "cache_mode": command.cache_mode,
        "display": command.display_offering,
        "sort_key": command.sort_key,
        "active": None if command.state is None else command.state.lower() == "active",
        "domain_ids": None if command.domain_id is None else collapsed(context, command.domain_id),
        "zone_ids": command.zone_id,
    }
    given = {field: value for field, value in asked.items() if value is not None}
    rates = rates_of(command, old.rates)
    new = msgspec.structs.replace(old, rev=old.rev + 1, rates=rates, **given)
    return Claim(kind="disk_offering", id=old.id, effects=(Replace(record=new),))


def check_delete(context: Context, command: DeleteDiskOffering) -> None:
    """Refuse offerings that are not the caller's to take away."""
    offering = context.disk_offering(command.id)
    require_places(context, offering.domain_ids, (), None)


def claim_delete(context: Context, command: DeleteDiskOffering) -> Claim:
    """Offer it no longer."""
    old = context.disk_offering(command.id)
    new = msgspec.structs.replace(old, rev=old.rev + 1, active=False)
    done = {"success": True}
    return Claim(kind="disk_offering", id=old.id, effects=(Replace(record=new),), answer=done)
