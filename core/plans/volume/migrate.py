"""migrateVolume, live and detached."""

from core.model import errors
from core.model.commands.volume import MigrateVolume
from core.model.hypervisors import ANY, serves
from core.model.pool_types import PoolType
from core.model.records import DiskOffering, Host, Pool, Vm, Volume
from core.model.states import VmState, VolumeState
from core.model.storage_tags.match import admits_tags
from core.plans.admission import (
    require_no_vm_snapshots,
    require_state,
    require_usable_pool,
    require_volume_state,
    vm_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.room import why_no_room
from core.plans.snapshot_source import require_backed_up
from core.plans.step import Claim, Plan, Scalar
from core.plans.storage_access.groups import admits_groups, groups_of
from core.plans.volume.move import moving, require_live_motion


def check(context: Context, command: MigrateVolume) -> None:
    """Refuse what cannot be migrated, in CloudStack's order (semantics section 6.1)."""
    volume = context.get(Volume, command.volume_id)
    require_volume_state(volume, VolumeState.READY, doing="migrating")
    target = context.inventory.get(Pool, command.storage_id)
    _require_other_pool(volume, target)
    vm = vm_of(context, volume)
    if vm is not None:
        require_state(vm, VmState.STOPPED, VmState.RUNNING, doing="migrating", number=530)
        require_no_vm_snapshots(context, vm)
        _require_access(context, vm, target)
    if vm is not None and vm.state is VmState.RUNNING:
        require_live_motion(context, volume, vm, target)
        if not command.live_migrate:
            raise errors.Invalid(
                "the machine runs and livemigrate is not true",
                object=f"vm/{vm.id}",
                hint="give livemigrate=true or stop the machine",
            )
    require_movable(context, volume, target)
    _require_same_host(context, volume, target)
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


def _require_other_pool(volume: Volume, target: Pool) -> None:
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


def _require_access(context: Context, vm: Vm, target: Pool) -> None:
    """The machine's host must have one of the pool's storage access groups."""
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    if host is not None and not admits_groups(target, groups_of(host)):
        raise errors.Invalid(
            f"the pool is for the storage access groups {', '.join(target.access_groups)} only",
            object=f"pool/{target.id}",
            hint=f"configureStorageAccess gives host {host.name} one of them",
        )


def require_movable(context: Context, volume: Volume, target: Pool) -> None:
    """Raise for encrypted volumes, other hypervisors' pools, and storage of its own.

    Source: semantics section 6.1.
    """
    source = context.inventory.get(Pool, volume.pool_id)
    reason = ""
    if _is_encrypted(context, volume) and source.type is not PoolType.POWERFLEX:
        reason = "an encrypted volume does not migrate"
    elif (source.type is PoolType.POWERFLEX) != (target.type is PoolType.POWERFLEX):
        reason = "volumes do not move between PowerFlex and other storage"
    elif not serves(target.hypervisor, source.hypervisor) and source.hypervisor != ANY:
        reason = f"the pool is for {target.hypervisor}, the volume for {source.hypervisor}"
    if reason:
        raise _unmovable(volume, reason)


def _require_same_host(context: Context, volume: Volume, target: Pool) -> None:
    """Raise where local storage would leave its host (guide, "Using Local Storage ...")."""
    source = context.inventory.get(Pool, volume.pool_id)
    if source.scope == target.scope == "HOST" and source.host_id != target.host_id:
        raise _unmovable(volume, "a volume on local storage does not move to another host")


def _unmovable(volume: Volume, reason: str) -> errors.Unsupported:
    return errors.Unsupported(
        reason,
        object=f"volume/{volume.id}",
        hint="create another volume there and copy the data",
        number=431,
    )


def _is_encrypted(context: Context, volume: Volume) -> bool:
    return context.inventory.get(DiskOffering, volume.disk_offering_id).encrypt


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
    require_right_kind(offering, target)
    if command.new_disk_offering_id is not None:
        _check_new_offering(context, volume, offering)
        require_tags(offering, target)
    else:
        require_tags_if_matched(context, volume, target)


def require_tags_if_matched(context: Context, volume: Volume, target: Pool) -> None:
    """Raise Invalid where tags are to match and the pool lacks those of the volume's offering."""
    if context.settings.flag(
        "match.storage.pool.tags.with.disk.offering", ("zone", volume.zone_id)
    ):
        require_tags(context.inventory.get(DiskOffering, volume.disk_offering_id), target)


def require_right_kind(offering: DiskOffering, target: Pool) -> None:
    """Raise Invalid when the offering is local and the pool is not, or the other way round."""
    if (offering.storage_type == "local") != (target.scope == "HOST"):
        raise errors.Invalid(
            f"the offering is for {offering.storage_type} storage, the pool is {target.scope}",
            object=f"disk_offering/{offering.id}",
            hint="give a newdiskofferingid of the right kind",
        )


def require_tags(offering: DiskOffering, target: Pool) -> None:
    """Raise Invalid when the pool lacks tags of the offering."""
    if not admits_tags(target, offering.tags):
        raise errors.Invalid(
            f"the pool lacks the offering's tags {', '.join(offering.tags)}",
            object=f"pool/{target.id}",
            hint="name a pool with these tags or give a newdiskofferingid",
        )


def _check_new_offering(context: Context, volume: Volume, offering: DiskOffering) -> None:
    old = context.inventory.get(DiskOffering, volume.disk_offering_id)
    reason = ""
    if not offering.active:
        reason = "the disk offering is not active any more"
    elif offering.size_strict and offering.size_bytes != volume.size_bytes:
        reason = "the disk offering is strict about its size, and the volume has another"
    elif offering.encrypt != old.encrypt:
        reason = "one of the offerings encrypts, the other does not"
    if reason:
        raise errors.Invalid(
            reason, object=f"disk_offering/{offering.id}", hint="name another disk offering"
        )


def claim(context: Context, command: MigrateVolume) -> Claim:
    """Lock the volume and its machine; wait for a place among the pool's migrations."""
    volume = context.get(Volume, command.volume_id)
    return Claim(
        kind="volume",
        id=volume.id,
        slot=f"pool/{command.storage_id}",
        locks=volume_locks(volume),
    )


def plan(context: Context, command: MigrateVolume, volume_id: str) -> Plan:
    """The source disk goes last, when the copy is known to be whole and is the volume."""
    volume = context.inventory.get(Volume, volume_id)
    target = context.inventory.get(Pool, command.storage_id)
    fields: dict[str, Scalar] = {}
    if command.new_disk_offering_id is not None:
        offering = context.disk_offering(command.new_disk_offering_id)
        fields["disk_offering_id"] = offering.id
        fields["min_iops"], fields["max_iops"] = offering.min_iops, offering.max_iops
    return Plan(steps=moving(context, volume, target, **fields))
