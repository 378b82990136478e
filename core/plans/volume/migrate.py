"""migrateVolume, live and detached."""

from core.model import errors
from core.model.commands.volume import MigrateVolume
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_tags import admits_tags
from core.model.records import DiskOffering, Host, Pool, Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import (
    require_state,
    require_usable_pool,
    require_volume_state,
    running_vm_of,
    vm_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.disk import handover, plugged, relocation, spec
from core.plans.operation import CreateDisk, MirrorDisk, RemoveDisk
from core.plans.placement import reaches, why_no_room
from core.plans.snapshot_source import lost_with_disk, require_backed_up
from core.plans.step import Claim, Plan, Scalar, Step, change


def check(context: Context, command: MigrateVolume) -> None:
    """Refuse what cannot be migrated, in CloudStack's order (semantics section 6.1)."""
    volume = context.get(Volume, command.volume_id)
    require_volume_state(volume, VolumeState.READY, doing="migrating")
    target = context.inventory.get(Pool, command.storage_id)
    if target.id == volume.pool_id:
        raise errors.Invalid(
            "the volume is on this pool already",
            object=f"pool/{target.id}",
            hint="name another pool; findStoragePoolsForMigration lists those that suit",
        )
    if target.zone_id != volume.zone_id:
        raise errors.Invalid(
            "the pool is in another zone",
            object=f"pool/{target.id}",
            hint="name a pool of the volume's zone",
        )
    vm = vm_of(context, volume)
    if vm is not None:
        require_state(vm, VmState.STOPPED, VmState.RUNNING, doing="migrating", number=530)
    if vm is not None and vm.state is VmState.RUNNING:
        _check_live(context, command, volume, vm, target)
    require_usable_pool(target)
    require_backed_up(context, volume)
    _check_offering(context, command, volume, target)
    reason = why_no_room(context, target, volume.size_bytes, _min_iops(context, command, volume))
    if reason:
        raise errors.NoCapacity(
            f"the pool has no room: {reason}",
            object=f"pool/{target.id}",
            hint="name another pool or free room on it",
            number=530,
        )


def _check_live(
    context: Context, command: MigrateVolume, volume: Volume, vm: Vm, target: Pool
) -> None:
    row = HYPERVISORS[vm.hypervisor]
    allowed = vm.hypervisor is not Hypervisor.KVM or context.settings.flag(
        "kvm.livevolumemigration.enabled"
    )
    if not row.storage_motion or not allowed:
        raise errors.Unsupported(
            f"{vm.hypervisor} does not move volumes of running machines",
            object=f"volume/{volume.id}",
            hint="detach the volume or stop the machine",
            number=431,
        )
    if not command.live_migrate:
        raise errors.Invalid(
            "the machine runs and livemigrate is not true",
            object=f"vm/{vm.id}",
            hint="give livemigrate=true or stop the machine",
        )
    if not reaches(context.inventory.get(Host, vm.host_id), target):
        raise errors.Invalid(
            "the machine's host does not reach this pool",
            object=f"pool/{target.id}",
            hint="name a pool of the host's cluster or of the zone",
        )


def _offering(context: Context, command: MigrateVolume, volume: Volume) -> DiskOffering:
    if command.new_disk_offering_id is not None:
        return context.disk_offering(command.new_disk_offering_id)
    return context.inventory.get(DiskOffering, volume.disk_offering_id)


def _min_iops(context: Context, command: MigrateVolume, volume: Volume) -> int:
    if command.new_disk_offering_id is None:
        return volume.min_iops
    return _offering(context, command, volume).min_iops


def _check_offering(context: Context, command: MigrateVolume, volume: Volume, target: Pool) -> None:
    offering = _offering(context, command, volume)
    if (offering.storage_type == "local") != (target.scope == "HOST"):
        raise errors.Invalid(
            f"the offering is for {offering.storage_type} storage, the pool is {target.scope}",
            object=f"disk_offering/{offering.id}",
            hint="give a newdiskofferingid of the right kind",
        )
    matching = command.new_disk_offering_id is not None or context.settings.flag(
        "match.storage.pool.tags.with.disk.offering", ("zone", volume.zone_id)
    )
    if matching and not admits_tags(target, offering.tags):
        raise errors.Invalid(
            f"the pool lacks the offering's tags {', '.join(offering.tags)}",
            object=f"pool/{target.id}",
            hint="name a pool with these tags or give a newdiskofferingid",
        )


def claim(context: Context, command: MigrateVolume) -> Claim:
    """Lock the volume and its machine."""
    volume = context.get(Volume, command.volume_id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: MigrateVolume, volume_id: str) -> Plan:
    """The source disk goes last, when the copy is known to be whole and is the volume."""
    volume = context.inventory.get(Volume, volume_id)
    target = context.inventory.get(Pool, command.storage_id)
    fields: dict[str, Scalar] = {}
    if command.new_disk_offering_id is not None:
        offering = context.disk_offering(command.new_disk_offering_id)
        fields["disk_offering_id"] = offering.id
        fields["min_iops"], fields["max_iops"] = offering.min_iops, offering.max_iops
    gone = lost_with_disk(context, volume)
    vm = running_vm_of(context, volume)
    if vm is None:
        return Plan(steps=relocation(volume, target, gone, **fields))
    return Plan(steps=(*_mirroring(volume, vm, target), *handover(volume, target, gone, **fields)))


def _mirroring(volume: Volume, vm: Vm, target: Pool) -> tuple[Step, Step]:
    make = Step(
        name=f"make room on {target.name}",
        actor=f"pool/{target.id}",
        do=CreateDisk(disk=spec(volume, target)),
        undo=RemoveDisk(name=volume.id),
        begin=(change(volume, "MigrationRequested", target_pool_id=target.id),),
        revert=(change(volume, "OperationFailed", target_pool_id=""),),
    )
    mirror = Step(
        name=f"mirror the disk to {target.name}",
        actor=f"host/{vm.host_id}",
        do=MirrorDisk(
            vm_id=vm.id,
            device_id=volume.device_id,
            target=plugged(volume, volume.device_id, target.id),
        ),
        bytes=volume.size_bytes,
        certain=False,
    )
    return make, mirror
