"""createVolume."""

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.volume import CreateVolume
from core.model.records import Account, DiskOffering, Host, Snapshot, Vm, Volume
from core.model.states import SnapshotState
from core.plans.admission import (
    promised_iops,
    require_custom_size,
    require_local_storage,
    require_open_zone,
    require_size,
    require_state,
)
from core.plans.context import GIB, Context
from core.plans.custom_id import require_unused, require_uuid
from core.plans.disk import creation
from core.plans.limit.limited_tag import under
from core.plans.placement import choose_pool, need_of
from core.plans.quota import require_quota
from core.plans.snapshot_source import snapshot_source, snapshot_zones
from core.plans.step import Add, Claim, Drop, Effect, Plan, reading
from core.plans.volume.attach import device_for, joining, require_place, require_taking


def _offering(context: Context, command: CreateVolume) -> DiskOffering:
    if command.disk_offering_id is not None:
        return context.disk_offering(command.disk_offering_id, _zone_id(context, command))
    if command.snapshot_id is None:
        raise errors.Invalid(
            "diskofferingid or snapshotid is needed", hint="listDiskOfferings names offerings"
        )
    snapshot = context.get(Snapshot, command.snapshot_id)
    offering = context.inventory.find(DiskOffering, snapshot.disk_offering_id)
    if snapshot.volume_type == "ROOT" or offering is None:
        raise errors.Invalid(
            "a volume from this snapshot needs a diskofferingid",
            object=f"snapshot/{snapshot.id}",
            hint="name an offering at least as large as the snapshot",
        )
    return offering


def _size_bytes(context: Context, command: CreateVolume, offering: DiskOffering) -> int:
    if command.snapshot_id is not None:
        return _size_from_snapshot(context, command, offering)
    if offering.size_bytes:
        if command.size is not None:
            raise errors.Invalid(
                "size is given, but the disk offering fixes it",
                object=f"disk_offering/{offering.id}",
                hint="leave size out or use a customized offering",
            )
        return offering.size_bytes
    if command.size is None:
        raise errors.Invalid(
            "a customized disk offering needs a size",
            object=f"disk_offering/{offering.id}",
            hint="give size in GiB",
        )
    require_custom_size(context, command.size)
    return command.size * GIB


def _size_from_snapshot(context: Context, command: CreateVolume, offering: DiskOffering) -> int:
    snapshot = context.get(Snapshot, command.snapshot_id or "")
    asked = offering.size_bytes or (command.size or 0) * GIB or snapshot.size_bytes
    if snapshot.volume_type == "DATADISK" and command.disk_offering_id is None:
        asked = max(snapshot.size_bytes, (command.size or 0) * GIB)
    if asked < snapshot.size_bytes:
        raise errors.Invalid(
            f"the snapshot has {snapshot.size_bytes} bytes, the volume would have {asked}",
            object=f"snapshot/{snapshot.id}",
            hint="use an offering at least as large as the snapshot",
        )
    return asked


def _zone_id(context: Context, command: CreateVolume) -> str:
    """The zone asked for; a snapshot's volume is where that is. Raises Invalid, NotFound."""
    if command.snapshot_id is None:
        return context.zone(command.zone_id).id
    snapshot = context.get(Snapshot, command.snapshot_id)
    if command.zone_id not in (None, *snapshot_zones(context, snapshot)):
        raise errors.Invalid(
            "the snapshot is in another zone",
            object=f"snapshot/{snapshot.id}",
            hint="leave zoneid out, or copySnapshot to that zone first",
        )
    return command.zone_id or snapshot.zone_id


def check(context: Context, command: CreateVolume) -> None:
    """Refuse what cannot be created (semantics sections 2.12 and 9.1)."""
    offering = _offering(context, command)
    zone_id = _zone_id(context, command)
    require_open_zone(context, zone_id)
    require_local_storage(context, zone_id, offering)
    _check_administration(context, command)
    promised_iops(offering, command.min_iops, command.max_iops)
    if command.snapshot_id is not None:
        snapshot = context.get(Snapshot, command.snapshot_id)
        require_state(snapshot, SnapshotState.BACKED_UP, doing="creating a volume")
        snapshot_source(context, snapshot)
        if snapshot.volume_type == "DATADISK" and command.disk_offering_id is not None:
            raise errors.Invalid(
                "a volume from a data disk's snapshot inherits its disk offering",
                object=f"snapshot/{snapshot.id}",
                hint="leave diskofferingid out",
            )
        if command.virtual_machine_id is not None:
            vm = context.get(Vm, command.virtual_machine_id)
            require_taking(context, vm, zone_id)
            require_place(context, vm)
    elif command.virtual_machine_id is not None:
        raise errors.Invalid(
            "virtualmachineid goes only with snapshotid", hint="attachVolume attaches a volume"
        )
    require_size(context, _size_bytes(context, command, offering))


def _check_administration(context: Context, command: CreateVolume) -> None:
    """Refuse users what only root administrators may choose, and ids that are none."""
    if command.custom_id is None and command.display_volume is None:
        return
    if context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "only a root administrator may give customid or displayvolume",
            object=f"account/{context.caller.account_id}",
            hint="leave them out",
        )
    require_uuid(Volume, command.custom_id)


def require_unused_id(context: Context, command: CreateVolume) -> None:
    """Refuse the id of a volume that there is."""
    require_unused(context, Volume, command.custom_id, "customid")


def quota(context: Context, command: CreateVolume) -> None:
    """Refuse what the account has no limit left for."""
    owner = context.owner(command.account, command.domain_id, command.project_id)
    offering = _offering(context, command)
    size = _size_bytes(context, command, offering)
    tagged = under(offering.tags, volume=1, primary_storage=size)
    require_quota(context, owner, tagged, volume=1, primary_storage=size)


def claim(context: Context, command: CreateVolume) -> Claim:
    """Record the volume as Allocated."""
    offering = _offering(context, command)
    min_iops, max_iops = promised_iops(offering, command.min_iops, command.max_iops)
    owner: Account = context.owner(command.account, command.domain_id, command.project_id)
    volume_id = command.custom_id or context.new_id()
    volume = Volume(
        id=volume_id,
        created_s=context.now_s,
        name=command.name or volume_id,
        account_id=owner.id,
        domain_id=owner.domain_id,
        zone_id=_zone_id(context, command),
        type="DATADISK",
        size_bytes=_size_bytes(context, command, offering),
        disk_offering_id=offering.id,
        snapshot_id=command.snapshot_id or "",
        min_iops=min_iops,
        max_iops=max_iops,
        display=command.display_volume is not False,
    )
    return Claim(
        kind="volume",
        id=volume_id,
        effects=(Add(record=volume),),
        locks=(f"volume/{volume_id}", *_other_locks(command)),
    )


def _other_locks(command: CreateVolume) -> tuple[str, ...]:
    """The snapshot is only read; the machine gets the volume."""
    snapshot_id, vm_id = command.snapshot_id, command.virtual_machine_id
    read = (reading(f"snapshot/{snapshot_id}"),) if snapshot_id is not None else ()
    return (*read, f"vm/{vm_id}") if vm_id is not None else read


def plan(context: Context, command: CreateVolume, volume_id: str) -> Plan:
    """Nothing more for a volume from an offering; one from a snapshot is made at once.

    With a machine it is made near that, and attached.
    """
    if command.snapshot_id is None:
        return Plan(steps=())
    volume = context.inventory.get(Volume, volume_id)
    offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
    snapshot = context.inventory.get(Snapshot, command.snapshot_id)
    source = snapshot_source(context, snapshot, volume.zone_id)
    need = need_of(volume, offering)
    if command.virtual_machine_id is None:
        pool = choose_pool(context, need._replace(hypervisor=snapshot.hypervisor))
        return Plan(steps=(creation(volume, pool, source, snapshot.hypervisor),))
    vm = context.inventory.get(Vm, command.virtual_machine_id)
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    near = need_of(volume, offering, host)._replace(hypervisor=str(vm.hypervisor))
    pool = choose_pool(context, near)
    joined = joining(context, volume, vm, device_for(context, vm, None), pool)
    return Plan(steps=(creation(volume, pool, source, str(vm.hypervisor)), *joined))


def give_up(context: Context, volume_id: str) -> tuple[Effect, ...]:
    """A volume that could not be made is forgotten."""
    return (Drop(kind="volume", id=volume_id),)
