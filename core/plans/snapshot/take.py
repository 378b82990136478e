"""Steps that take a snapshot on its pool, back it up to an image store, and remove it."""

from typing import NamedTuple

from core.model.pool_types import POOLS, DiskFormat
from core.model.records import Host, Pool, Snapshot, StoreRef, Volume
from core.model.states import RefState
from core.plans.context import Context
from core.plans.operation import (
    DiskAt,
    RemoveImage,
    RemoveSnapshot,
    SnapshotDisk,
    StoreImage,
    TakeSnapshot,
)
from core.plans.placement import choose_store
from core.plans.snapshot.chain import parent_of
from core.plans.step import Add, Change, Drop, Effect, Step, change


class Target(NamedTuple):
    """Where a snapshot's bytes go; `base` is the image there of which they are the changes."""

    ref: StoreRef
    base: StoreRef | None

    @property
    def base_path(self) -> str:
        """The path of the base, "" for a full snapshot."""
        return self.base.path if self.base is not None else ""


class Patience(NamedTuple):
    """How a backup fails: after so many tries, so far apart, with that event for the snapshot."""

    tries: int = 0
    pause_s: float = 0.0
    event: str = "OperationFailed"


ONCE = Patience()


def target_of(context: Context, snapshot: Snapshot, volume: Volume) -> Target:
    """A place for the snapshot's bytes: where its parent is, or on the best store for a full one.

    Raises NoCapacity.
    """
    base = parent_of(context, volume)
    if base is not None:
        store_id = base.store_id
    else:
        store_id = choose_store(context, volume.zone_id, volume.size_bytes).id
    ref = StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=store_id,
        of_kind="snapshot",
        of_id=snapshot.id,
        account_id=snapshot.account_id,
        path=f"snapshots/{volume.account_id}/{volume.id}/{snapshot.id}",
        format=DiskFormat.VMDK if volume.format is DiskFormat.OVA else volume.format,
        size_bytes=volume.size_bytes,
        parent_id=base.id if base is not None else "",
        state=RefState.CREATING,
        job_id=context.job_id,
    )
    return Target(ref, base)


def _begun(snapshot: Snapshot, target: Target, event: str) -> tuple[Effect, ...]:
    """The image is being made; the snapshot knows of which other one it holds the changes."""
    parent_id = target.base.of_id if target.base is not None else ""
    return (change(snapshot, event, parent_id=parent_id), Add(record=target.ref))


def _stored(snapshot: Snapshot, volume: Volume, target: Target, event: str) -> tuple[Effect, ...]:
    """The image is complete; a full one begins a new chain."""
    learn = {"physical_bytes": "physical_bytes"}
    begins = (change(volume, chain_ended=False),) if volume.chain_ended else ()
    return (
        Change(kind="snapshot", id=snapshot.id, event=event, learn=learn),
        Change(kind="store_ref", id=target.ref.id, event="OperationSuccessed", learn=learn),
        *begins,
    )


def live_copy(snapshot: Snapshot, volume: Volume, target: Target, host: Host) -> Step:
    """The host copies the disk of a running machine straight to the image store."""
    ref = target.ref
    return Step(
        name="copy the running disk to the image store",
        actor=f"host/{host.id}",
        do=SnapshotDisk(
            vm_id=volume.vm_id,
            device_id=volume.device_id,
            store_id=ref.store_id,
            path=ref.path,
            format=ref.format,
            size_bytes=volume.size_bytes,
            base=target.base_path,
        ),
        undo=RemoveImage(path=ref.path),
        undo_actor=f"image_store/{ref.store_id}",
        begin=(
            change(volume, "SnapshotRequested"),
            *_begun(snapshot, target, "CreateRequested"),
        ),
        commit=(
            change(volume, "OperationSucceeded"),
            *_stored(snapshot, volume, target, "OperationNotPerformed"),
        ),
        revert=(
            change(volume, "OperationFailed"),
            change(snapshot, "OperationFailed"),
            Drop(kind="store_ref", id=ref.id),
        ),
        bytes=volume.size_bytes,
    )


def take(snapshot: Snapshot, volume: Volume, pool: Pool, *, keep: bool) -> Step:
    """The pool fixes the disk's content; `keep`: that is all, nothing is copied."""
    taken = (
        change(volume, "OperationSucceeded"),
        change(snapshot, "OperationSucceeded", pool_id=pool.id),
    )
    settled = (change(snapshot, "OperationNotPerformed"),) if keep else ()
    return Step(
        name=f"take the snapshot on {pool.name}",
        actor=f"pool/{pool.id}",
        do=TakeSnapshot(name=volume.id, snapshot=snapshot.id),
        undo=RemoveSnapshot(name=volume.id, snapshot=snapshot.id),
        begin=(change(volume, "SnapshotRequested"), change(snapshot, "CreateRequested")),
        commit=(*taken, *settled),
        revert=(
            change(volume, "OperationFailed"),
            change(snapshot, "OperationFailed"),
            change(snapshot, pool_id=""),
        ),
    )


def backing_up(
    context: Context,
    snapshot: Snapshot,
    volume: Volume,
    pool: Pool,
    patience: Patience = ONCE,
) -> tuple[Step, ...]:
    """Copy it to an image store; then the pool lets it go, unless it is one that keeps them."""
    target = target_of(context, snapshot, volume)
    steps = (backup(snapshot, volume, pool, target, patience),)
    if POOLS[pool.type].keeps_snapshots:
        return steps
    return (*steps, forget_primary(snapshot, volume, pool))


def backup(
    snapshot: Snapshot, volume: Volume, pool: Pool, target: Target, patience: Patience
) -> Step:
    """The image store copies the snapshot from the pool."""
    ref = target.ref
    return Step(
        name="back the snapshot up to the image store",
        actor=f"image_store/{ref.store_id}",
        do=StoreImage(
            path=ref.path,
            source=DiskAt(pool_id=pool.id, name=volume.id, snapshot=snapshot.id),
            base=target.base_path,
        ),
        undo=RemoveImage(path=ref.path),
        begin=_begun(snapshot, target, "BackupToSecondary"),
        commit=_stored(snapshot, volume, target, "OperationSucceeded"),
        revert=(change(snapshot, patience.event), Drop(kind="store_ref", id=ref.id)),
        bytes=volume.size_bytes,
        tries=patience.tries,
        pause_s=patience.pause_s,
    )


def forget_primary(snapshot: Snapshot, volume: Volume, pool: Pool) -> Step:
    """The pool lets the snapshot go, because an image store has it or nobody needs it."""
    return Step(
        name=f"remove the snapshot from {pool.name}",
        actor=f"pool/{pool.id}",
        do=RemoveSnapshot(name=volume.id, snapshot=snapshot.id),
        commit=(change(snapshot, pool_id=""),),
        final=True,
    )
