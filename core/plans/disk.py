"""Steps that several plans share: a disk is made, moved, plugged in, unplugged, removed."""

from core.driver_words import DiskSpec
from core.model.hypervisors import ANY, HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS, DiskFormat
from core.model.records import Pool, Vm, Volume
from core.model.transitions import admits
from core.plans.operation import (
    AttachDisk,
    CreateDisk,
    DetachDisk,
    DiskAt,
    PluggedDisk,
    RemoveDisk,
    Source,
    VerifyCopy,
)
from core.plans.step import Change, Drop, Effect, Scalar, Step, change


def spec(volume: Volume, pool: Pool, hypervisor: str = "") -> DiskSpec:
    """The disk that a volume is, or would be, on a pool; `hypervisor` as `format_on` wants it."""
    kept = POOLS[pool.type].rates
    return DiskSpec(
        name=volume.id,
        size_bytes=volume.size_bytes,
        format=format_on(pool, volume.format, hypervisor or volume.hypervisor),
        min_iops=volume.min_iops if kept else 0,
        max_iops=volume.max_iops if kept else 0,
    )


def hypervisor_on(pool: Pool, hypervisor: str = "") -> str:
    """The hypervisor that a disk there is for: the pool's where it serves only one, else as told.

    "" while nothing says so.
    """
    return hypervisor if pool.hypervisor in ("", ANY) else str(pool.hypervisor)


def format_on(pool: Pool, wanted: DiskFormat, hypervisor: str = "") -> DiskFormat:
    """The format of a disk on a pool: its hypervisor's own, else any that the pool's type has."""
    formats = POOLS[pool.type].formats
    name = hypervisor_on(pool, hypervisor)
    if name:
        wanted = HYPERVISORS[Hypervisor(name)].format
    elif wanted not in (DiskFormat.QCOW2, DiskFormat.RAW):
        wanted = DiskFormat.QCOW2
    return wanted if wanted in formats else formats[0]


def plugged(volume: Volume, device_id: int, pool_id: str) -> PluggedDisk:
    """The volume's disk in a slot."""
    return PluggedDisk(
        device_id=device_id, pool_id=pool_id, name=volume.id, size_bytes=volume.size_bytes
    )


def creation(
    volume: Volume, pool: Pool, source: Source | None = None, hypervisor: str = ""
) -> Step:
    """Make the disk of an Allocated volume; `hypervisor` counts where the pool serves any."""
    name = hypervisor_on(pool, hypervisor or volume.hypervisor)
    disk = spec(volume, pool, name)
    return Step(
        name=f"create the disk on {pool.name}",
        actor=f"pool/{pool.id}",
        do=CreateDisk(disk=disk, source=source),
        undo=RemoveDisk(name=volume.id),
        begin=(
            change(
                volume,
                "CreateRequested",
                pool_id=pool.id,
                format=disk.format,
                hypervisor=name,
            ),
        ),
        commit=(change(volume, "OperationSucceeded"),),
        # Creating is the only state that leads back to Allocated, also for a disk that was Ready.
        revert=(
            change(volume, "CreateRequested"),
            change(
                volume,
                "OperationFailed",
                pool_id="",
                format=volume.format,
                hypervisor=volume.hypervisor,
            ),
        ),
        bytes=volume.size_bytes if source is not None else 0,
    )


def relocation(
    volume: Volume, target: Pool, gone: tuple[Effect, ...], **fields: Scalar
) -> tuple[Step, ...]:
    """Copy a disk that no guest has open to another pool, verify, switch, remove the source.

    gone: what becomes of the snapshots inside the source. fields: what else the volume gets.
    """
    return (*copying(volume, target), *handover(volume, target, gone, **fields))


def copying(volume: Volume, target: Pool) -> tuple[Step, Step]:
    """Make a verified copy of a disk that no guest has open; the volume stays where it is."""
    source = DiskAt(pool_id=volume.pool_id, name=volume.id)
    return (
        Step(
            name=f"copy the disk to {target.name}",
            actor=f"pool/{target.id}",
            do=CreateDisk(disk=spec(volume, target), source=source),
            undo=RemoveDisk(name=volume.id),
            begin=(
                change(
                    volume,
                    "MigrationRequested",
                    target_pool_id=target.id,
                    target_size_bytes=volume.size_bytes,
                ),
            ),
            revert=(change(volume, "OperationFailed", target_pool_id="", target_size_bytes=0),),
            bytes=volume.size_bytes,
        ),
        Step(
            name="verify the copy",
            actor=f"pool/{target.id}",
            do=VerifyCopy(name=volume.id, source=source),
            bytes=volume.size_bytes,
        ),
    )


def handover(
    volume: Volume, target: Pool, gone: tuple[Effect, ...], **fields: Scalar
) -> tuple[Step, ...]:
    """Let the copy on `target` be the volume, then remove the source: the last, destroying step."""
    done = switched(volume, target, **fields)
    return (
        Step(name="switch over to the copy", commit=(done,), final=True),
        source_removal(volume, gone),
    )


def switched(volume: Volume, target: Pool, **fields: Scalar) -> Change:
    """From now on the copy on `target` is the volume."""
    return change(
        volume,
        "OperationSucceeded",
        pool_id=target.id,
        target_pool_id="",
        target_size_bytes=0,
        format=format_on(target, volume.format, volume.hypervisor),
        chain_ended=True,
        **{name: value for name, value in fields.items() if name != "target_size_bytes"},
    )


def source_removal(volume: Volume, gone: tuple[Effect, ...]) -> Step:
    """Remove the disk that is not the volume any more; `gone` goes with it."""
    return Step(
        name="remove the source disk",
        actor=f"pool/{volume.pool_id}",
        do=RemoveDisk(name=volume.id),
        commit=gone,
        final=True,
    )


def plugging(volume: Volume, vm: Vm, device_id: int, pool_id: str) -> Step:
    """Plug a Ready disk into a running VM."""
    return Step(
        name="attach the disk",
        actor=f"host/{vm.host_id}",
        do=AttachDisk(vm_id=vm.id, disk=plugged(volume, device_id, pool_id)),
        undo=DetachDisk(vm_id=vm.id, device_id=device_id),
        begin=(change(volume, "AttachRequested"),),
        commit=(change(volume, "OperationSucceeded"),),
        revert=(change(volume, "OperationFailed"),),
    )


def removal(
    volume: Volume, lost: tuple[Effect, ...], images: tuple[Step, ...] = ()
) -> tuple[Step, ...]:
    """Remove the volume for good; its disk goes last, and with it the snapshots inside (`lost`).

    images: steps that remove what image stores have of it.
    """
    expunge: tuple[Change, ...] = (change(volume, "ExpungingRequested"),)
    if admits("volume", volume.state, "DestroyRequested"):
        expunge = (change(volume, "DestroyRequested"), *expunge)
    begin: tuple[Step, ...] = ()
    if images:
        begin = (Step(name="put the volume out of use", commit=expunge, final=True), *images)
        expunge = ()
    gone = (*lost, change(volume, "OperationSucceeded"), Drop(kind="volume", id=volume.id))
    if not volume.pool_id:
        return (*begin, Step(name="forget the volume", commit=(*expunge, *gone), final=True))
    return (
        *begin,
        Step(
            name="remove the disk",
            actor=f"pool/{volume.pool_id}",
            do=RemoveDisk(name=volume.id),
            begin=expunge,
            commit=gone,
            final=True,
        ),
    )
