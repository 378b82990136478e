"""createServiceOffering."""

from core.model import errors
from core.model.commands.offering import CreateServiceOffering
from core.model.records import DiskOffering, ServiceOffering
from core.model.tags import tags_of
from core.plans.context import GIB, Context
from core.plans.offering.disk import STORAGE_TYPES, require_one_of
from core.plans.step import Add, Claim

MIB = 1 << 20


def check(context: Context, command: CreateServiceOffering) -> None:
    """Refuse what CloudStack refuses (semantics section 2.12)."""
    require_one_of(command.storage_type, STORAGE_TYPES, "storagetype")
    if command.offer_ha and command.storage_type == "local":
        raise errors.Invalid(
            "high availability needs shared storage", hint="leave out offerha or use shared"
        )
    most = context.settings.whole("storage.max.volume.size")
    if command.root_disk_size is not None and command.root_disk_size > most:
        raise errors.Invalid(
            f"rootdisksize is 1 to {most} GiB, not {command.root_disk_size}",
            object="setting/storage.max.volume.size",
            hint="ask for a smaller size or raise the setting",
        )


def claim(context: Context, command: CreateServiceOffering) -> Claim:
    """Record the offering, and the hidden disk offering of its root disk."""
    offering_id = context.new_id()
    text = command.display_text or command.name
    root = DiskOffering(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        display_text=text,
        size_bytes=(command.root_disk_size or 0) * GIB,
        storage_type=command.storage_type,
        tags=tags_of(command.tags),
        service_offering_id=offering_id,
    )
    offering = ServiceOffering(
        id=offering_id,
        created_s=context.now_s,
        name=command.name,
        display_text=text,
        cpus=command.cpu_number,
        cpu_mhz=command.cpu_speed,
        memory_bytes=command.memory * MIB,
        disk_offering_id=root.id,
        offer_ha=command.offer_ha,
        volatile=command.is_volatile,
    )
    return Claim(
        kind="service_offering",
        id=offering.id,
        effects=(Add(record=root), Add(record=offering)),
    )
