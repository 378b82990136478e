"""What the plans share: the disks that a machine's snapshot is in, and its place in the tree."""

from collections.abc import Iterator

from core.model.pool_types import POOLS
from core.model.records import Pool, Vm, VmSnapshot, Volume
from core.plans.admission import vm_snapshots_of
from core.plans.context import Context
from core.plans.operation import DiskAt, RemoveSnapshot, RemoveVmSnapshot
from core.plans.step import Change, Step, change


def volumes_in(context: Context, taken: VmSnapshot) -> list[Volume]:
    """The volumes that have it inside."""
    found = (context.inventory.find(Volume, volume_id) for volume_id in taken.disks)
    return [volume for volume in found if volume is not None and volume.pool_id]


def locks_of(context: Context, vm_id: str) -> tuple[str, ...]:
    """The machine with all its disks."""
    volumes = context.inventory.having(Volume, "vm", vm_id)
    return (f"vm/{vm_id}", *(f"volume/{volume.id}" for volume in volumes))


def current_of(context: Context, vm_id: str) -> VmSnapshot | None:
    """The snapshot from which the machine has gone on."""
    return next((each for each in vm_snapshots_of(context, vm_id) if each.current), None)


def going_on_from(context: Context, taken: VmSnapshot) -> Iterator[Change]:
    """From now on the machine goes on from that snapshot and from no other."""
    old = current_of(context, taken.vm_id)
    if old is not None and old.id != taken.id:
        yield change(old, current=False)
    yield change(taken, current=True)


def running_removal(vm: Vm, taken: VmSnapshot, volumes: list[Volume]) -> RemoveVmSnapshot:
    """Its host removes it from the disks of a running machine."""
    disks = tuple(DiskAt(pool_id=volume.pool_id, name=volume.id) for volume in volumes)
    return RemoveVmSnapshot(vm_id=vm.id, snapshot=taken.id, disks=disks)


def is_kept_by_storage(context: Context, volume: Volume) -> bool:
    """Whether its storage keeps snapshots by itself, also while a guest writes to the disk."""
    pool = context.inventory.find(Pool, volume.pool_id)
    return pool is not None and POOLS[pool.type].storage_snapshots


def removals(context: Context, taken: VmSnapshot, *, running: Vm | None = None) -> list[Step]:
    """Remove it from all its disks, of a `running` machine by its host; nothing leads back."""
    volumes = volumes_in(context, taken)
    if running is None:
        return [_removal(taken, volume) for volume in volumes]
    by_storage = [volume for volume in volumes if is_kept_by_storage(context, volume)]
    steps = [_removal(taken, volume) for volume in by_storage]
    inside = [volume for volume in volumes if volume not in by_storage]
    if inside:
        open_ones = Step(
            name="remove it from the disks of the running machine",
            actor=f"host/{running.host_id}",
            do=running_removal(running, taken, inside),
            final=True,
        )
        steps.append(open_ones)
    return steps


def _removal(taken: VmSnapshot, volume: Volume) -> Step:
    return Step(
        name=f"remove it from {volume.name}",
        actor=f"pool/{volume.pool_id}",
        do=RemoveSnapshot(name=volume.id, snapshot=taken.id),
        final=True,
    )
