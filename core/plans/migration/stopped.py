"""Volumes of a stopped machine go to other pools, all in one job (semantics section 6.2)."""

from collections.abc import Mapping

from core.model import errors
from core.model.commands.volume import MigrateVolume
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import Host, Pool, Vm, Volume
from core.model.states import VmState
from core.plans.admission import require_no_vm_snapshots, require_state
from core.plans.context import Context
from core.plans.disk import copying, source_removal, switched
from core.plans.migration.room import require_room
from core.plans.placement import reaches
from core.plans.snapshot_source import lost_with_disk
from core.plans.step import Change, Plan, Step, change
from core.plans.volume import migrate

WITH_DATA_DISKS = frozenset({Hypervisor.VMWARE, Hypervisor.KVM})
Targets = Mapping[str, Pool]


def require_stopped(context: Context, vm: Vm) -> None:
    """Raise unless the machine is Stopped, and its hypervisor moves disks of stopped machines."""
    require_state(vm, VmState.STOPPED, doing="migrating to another pool")
    require_no_vm_snapshots(context, vm)
    if not HYPERVISORS[vm.hypervisor].offline_motion:
        raise errors.Unsupported(
            f"{vm.hypervisor} does not move disks of stopped machines",
            object=f"vm/{vm.id}",
            hint="create volumes on the other pool and copy the data",
            number=431,
        )


def require_data_disks_movable(vm: Vm, volumes: list[Volume]) -> None:
    """Raise where the hypervisor moves a machine as a whole only without data disks."""
    has_data = any(volume.type != "ROOT" for volume in volumes)
    if has_data and vm.hypervisor not in WITH_DATA_DISKS:
        raise errors.Unsupported(
            f"{vm.hypervisor} does not move a machine that has data disks as a whole",
            object=f"vm/{vm.id}",
            hint="detach its data disks first, or migrate each volume by itself",
            number=431,
        )


def require_moves(context: Context, vm: Vm, volumes: list[Volume], targets: Targets) -> None:
    """Raise when there is nothing to move, or a volume cannot go where it shall."""
    moved = [volume for volume in volumes if volume.id in targets]
    if not moved:
        raise errors.Invalid(
            "none of the machine's volumes would move",
            object=f"vm/{vm.id}",
            hint="name another pool than they are on",
        )
    for volume in moved:
        migrate.check(context, MigrateVolume(volume_id=volume.id, storage_id=targets[volume.id].id))
    require_room(context, moved, targets)


def relocating(context: Context, vm: Vm, volumes: list[Volume], targets: Targets) -> Plan:
    """Copy and verify all disks, then switch over, then remove the sources.

    The machine starts anywhere afterwards when its last host does not reach the pools.
    """
    moved = [volume for volume in volumes if volume.id in targets]
    last = context.inventory.find(Host, vm.last_host_id)
    stays = last is not None and all(reaches(last, targets[volume.id]) for volume in moved)
    return Plan(
        steps=(
            _holding(vm),
            *(step for volume in moved for step in copying(volume, targets[volume.id])),
            Step(
                name="switch over to the copies",
                commit=(
                    *(switched(volume, targets[volume.id]) for volume in moved),
                    _settled(vm, vm.last_host_id if stays else ""),
                ),
                final=True,
            ),
            *(source_removal(volume, lost_with_disk(context, volume)) for volume in moved),
        )
    )


def _holding(vm: Vm) -> Step:
    """The machine is Migrating as long as its disks are copied."""
    return Step(
        name="hold the machine",
        begin=(change(vm, "StorageMigrationRequested"),),
        revert=(_settled(vm, vm.last_host_id),),
    )


def _settled(vm: Vm, last_host_id: str) -> Change:
    return change(vm, "AgentReportStopped", host_id="", last_host_id=last_host_id)
