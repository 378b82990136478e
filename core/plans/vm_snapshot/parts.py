"""What the plans share: the disks that a machine's snapshot is in, and its place in the tree."""

from collections.abc import Iterator

from core.model.records import Vm, VmSnapshot, Volume
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


def removals(taken: VmSnapshot, volumes: list[Volume], vm: Vm | None = None) -> list[Step]:
    """Remove it from all disks, which the machine `vm` has open; nothing leads back."""
    if vm is not None and volumes:
        return [
            Step(
                name="remove it from the disks of the running machine",
                actor=f"host/{vm.host_id}",
                do=running_removal(vm, taken, volumes),
                final=True,
            )
        ]
    return [
        Step(
            name=f"remove it from {volume.name}",
            actor=f"pool/{volume.pool_id}",
            do=RemoveSnapshot(name=volume.id, snapshot=taken.id),
            final=True,
        )
        for volume in volumes
    ]
