"""The steps that bring a volume to another pool, and what refuses a move under a running guest."""

from core.model import errors
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS
from core.model.records import Host, Pool, Vm, Volume
from core.plans.admission import running_vm_of
from core.plans.context import Context
from core.plans.disk import handover, plugged, relocation, spec
from core.plans.host.capability import moves_disks
from core.plans.operation import CreateDisk, MirrorDisk, RemoveDisk
from core.plans.placement import reaches
from core.plans.snapshot_source import lost_with_disk
from core.plans.step import Scalar, Step, change


def moving(context: Context, volume: Volume, target: Pool, **fields: Scalar) -> tuple[Step, ...]:
    """Copy the disk, live when a guest has it open; the source goes last.

    fields: what else the volume gets when the copy is the volume.
    """
    gone = lost_with_disk(context, volume)
    vm = running_vm_of(context, volume)
    if vm is None:
        return relocation(volume, target, gone, **fields)
    return (*_mirroring(volume, vm, target), *handover(volume, target, gone, **fields))


def making_room(volume: Volume, target: Pool) -> Step:
    """Make the blank disk to which a running machine's host will copy the volume."""
    return Step(
        name=f"make room on {target.name}",
        actor=f"pool/{target.id}",
        do=CreateDisk(disk=spec(volume, target)),
        undo=RemoveDisk(name=volume.id),
        begin=(change(volume, "MigrationRequested", target_pool_id=target.id),),
        revert=(change(volume, "OperationFailed", target_pool_id=""),),
    )


def _mirroring(volume: Volume, vm: Vm, target: Pool) -> tuple[Step, Step]:
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
    return making_room(volume, target), mirror


def require_live_motion(context: Context, volume: Volume, vm: Vm, target: Pool) -> None:
    """Raise unless the machine can go on running while its volume moves (semantics section 6.1)."""
    host = context.inventory.get(Host, vm.host_id)
    if not _moves_live(context, volume, vm, host, target):
        raise errors.Unsupported(
            f"{vm.hypervisor} does not move this volume while its machine runs",
            object=f"volume/{volume.id}",
            hint="detach the volume or stop the machine",
            number=431,
        )
    if not reaches(host, target):
        raise errors.Invalid(
            "the machine's host does not reach this pool",
            object=f"pool/{target.id}",
            hint="name a pool of the host's cluster or of the zone",
        )


def _moves_live(context: Context, volume: Volume, vm: Vm, host: Host, target: Pool) -> bool:
    if not moves_disks(context, vm.hypervisor, host.version):
        return False
    if vm.hypervisor is not Hypervisor.KVM:
        return HYPERVISORS[vm.hypervisor].live_volume_motion
    source = context.inventory.get(Pool, volume.pool_id)
    by_storage = source.type is target.type and POOLS[source.type].live_motion
    return by_storage or context.settings.flag("kvm.livevolumemigration.enabled")
