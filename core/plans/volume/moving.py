"""Steps that bring a volume to another pool: a copy, or a mirror while a guest has it open."""

from core.model.records import Pool, Vm, Volume
from core.plans.admission import running_vm_of
from core.plans.context import Context
from core.plans.disk import handover, plugged, relocation, spec
from core.plans.operation import CreateDisk, MirrorDisk, RemoveDisk
from core.plans.snapshot_source import lost_with_disk
from core.plans.step import Scalar, Step, change


def moving(context: Context, volume: Volume, target: Pool, **fields: Scalar) -> tuple[Step, ...]:
    """The source disk goes last, when the copy is known to be whole and is the volume.

    fields: what else the volume gets when it has moved.
    """
    gone = lost_with_disk(context, volume)
    vm = running_vm_of(context, volume)
    if vm is None:
        return relocation(volume, target, gone, **fields)
    return (*_mirroring(volume, vm, target), *handover(volume, target, gone, **fields))


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
