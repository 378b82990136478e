"""createServiceOffering, updateServiceOffering and deleteServiceOffering."""

import msgspec

from core.model import errors
from core.model.commands.offering import (
    CreateServiceOffering,
    DeleteServiceOffering,
    UpdateServiceOffering,
)
from core.model.records import DiskOffering, ServiceOffering
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
from core.plans.step import Add, Claim, Effect, Replace

MIB = 1 << 20


def check(context: Context, command: CreateServiceOffering) -> None:
    """Refuse what CloudStack refuses (semantics section 2.12)."""
    require_one_of(command.storage_type, STORAGE_TYPES, "storagetype")
    require_one_of(command.provisioning_type, PROVISIONING_TYPES, "provisioningtype")
    require_one_of(command.cache_mode, CACHE_MODES, "cachemode")
    if command.offer_ha and command.storage_type.lower() == "local":
        raise errors.Invalid(
            "high availability needs shared storage", hint="leave out offerha or use shared"
        )
    require_size(context, command.root_disk_size, "rootdisksize")
    require_iops(command.customized_iops, command.min_iops, command.max_iops)
    require_places(context, command.domain_id, command.zone_id, command.tags)
    require_few(command.service_offering_details or {})
    rates_of(command)
    _check_ranges(command)
    if command.disk_offering_id is not None:
        context.disk_offering(command.disk_offering_id)


def _check_ranges(command: CreateServiceOffering) -> None:
    ranges = (
        ("cpunumber", command.min_cpu_number, command.max_cpu_number),
        ("memory", command.min_memory, command.max_memory),
    )
    for name, least, most in ranges:
        if (least is None) != (most is None) or (least or 0) > (most or 0):
            raise errors.Invalid(
                f"min{name} {least} and max{name} {most} don't fit",
                hint=f"give both, or none, with min{name} <= max{name}",
            )
        if least is not None and not command.customized:
            raise errors.Invalid(
                f"min{name} goes only with a customized offering", hint="give customized=true"
            )


def _root_offering(
    context: Context, command: CreateServiceOffering, offering_id: str
) -> DiskOffering:
    """The hidden disk offering of the root disks of such machines."""
    fixed = command.customized_iops is False
    return DiskOffering(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        display_text=command.display_text or command.name,
        size_bytes=(command.root_disk_size or 0) * GIB,
        storage_type=command.storage_type.lower(),
        provisioning_type=command.provisioning_type.lower(),
        tags=tags_of(command.tags),
        min_iops=(command.min_iops or 0) if fixed else 0,
        max_iops=(command.max_iops or 0) if fixed else 0,
        customized_iops=bool(command.customized_iops),
        rates=rates_of(command),
        snapshot_reserve=command.hypervisor_snapshot_reserve or 0,
        cache_mode=(command.cache_mode or "none").lower(),
        encrypt=command.encrypt_root,
        service_offering_id=offering_id,
    )


def claim(context: Context, command: CreateServiceOffering) -> Claim:
    """Record the offering, and the hidden disk offering of its root disk unless one is named."""
    offering_id = context.new_id()
    effects: list[Effect] = []
    disk_offering_id = command.disk_offering_id
    if disk_offering_id is None:
        root = _root_offering(context, command, offering_id)
        effects.append(Add(record=root))
        disk_offering_id = root.id
    offering = ServiceOffering(
        id=offering_id,
        created_s=context.now_s,
        name=command.name,
        display_text=command.display_text or command.name,
        cpus=command.cpu_number,
        cpu_mhz=command.cpu_speed,
        memory_bytes=command.memory * MIB,
        disk_offering_id=disk_offering_id,
        offer_ha=command.offer_ha,
        limit_cpus=command.limit_cpu_use,
        network_rate_mbit=command.network_rate or 0,
        purge=command.purge_resources,
        volatile=command.is_volatile,
        customized=command.customized,
        min_cpus=command.min_cpu_number or 0,
        max_cpus=command.max_cpu_number or 0,
        min_memory_bytes=(command.min_memory or 0) * MIB,
        max_memory_bytes=(command.max_memory or 0) * MIB,
        disk_strict=command.disk_offering_strictness,
        dynamic_scaling=command.dynamic_scaling_enabled,
        details=command.service_offering_details or {},
        host_tags=tags_of(command.host_tags),
        domain_ids=collapsed(context, command.domain_id),
        zone_ids=command.zone_id,
    )
    effects.append(Add(record=offering))
    return Claim(kind="service_offering", id=offering.id, effects=tuple(effects))


def check_update(context: Context, command: UpdateServiceOffering) -> None:
    """Refuse wrong words, and places that are not the caller's."""
    offering = context.service_offering(command.id)
    require_one_of(command.state, STATES, "state")
    domains = offering.domain_ids if command.domain_id is None else command.domain_id
    require_places(context, domains, command.zone_id or (), command.storage_tags)


def claim_update(context: Context, command: UpdateServiceOffering) -> Claim:
    """Record what is given; storage tags belong to the disk offering of its root disks."""
    old = context.service_offering(command.id)
    asked: dict[str, object] = {
        "name": command.name,
        "display_text": command.display_text,
        "host_tags": None if command.host_tags is None else tags_of(command.host_tags),
        "sort_key": command.sort_key,
        "active": None if command.state is None else command.state.lower() == "active",
        "domain_ids": None if command.domain_id is None else collapsed(context, command.domain_id),
        "zone_ids": command.zone_id,
    }
    given = {field: value for field, value in asked.items() if value is not None}
    new = msgspec.structs.replace(old, rev=old.rev + 1, **given)
    effects: tuple[Effect, ...] = (Replace(record=new),)
    if command.storage_tags is not None:
        root = context.inventory.get(DiskOffering, old.disk_offering_id)
        tags = tags_of(command.storage_tags)
        tagged = msgspec.structs.replace(root, rev=root.rev + 1, tags=tags)
        effects = (*effects, Replace(record=tagged))
    return Claim(kind="service_offering", id=old.id, effects=effects)


def check_delete(context: Context, command: DeleteServiceOffering) -> None:
    """Refuse offerings that are not the caller's to take away."""
    offering = context.service_offering(command.id)
    require_places(context, offering.domain_ids, (), None)


def claim_delete(context: Context, command: DeleteServiceOffering) -> Claim:
    """Offer it no longer."""
    old = context.service_offering(command.id)
    new = msgspec.structs.replace(old, rev=old.rev + 1, active=False)
    done = {"success": True}
    return Claim(kind="service_offering", id=old.id, effects=(Replace(record=new),), answer=done)
