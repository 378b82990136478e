"""Steps that take a snapshot on its pool, back it up to an image store, and remove it."""

from core.model.records import Host, ImageStore, Pool, Snapshot, StoreRef, Volume
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
from core.plans.step import Add, Change, Drop, Step, change


def reference(context: Context, snapshot: Snapshot, volume: Volume, store: ImageStore) -> StoreRef:
    """A place on the image store for the snapshot's bytes."""
    return StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=store.id,
        of_kind="snapshot",
        of_id=snapshot.id,
        account_id=snapshot.account_id,
        path=f"snapshots/{volume.account_id}/{volume.id}/{snapshot.id}",
        format=volume.format,
        size_bytes=volume.size_bytes,
        state=RefState.CREATING,
        job_id=context.job_id,
    )


def _stored(ref: StoreRef) -> Change:
    return Change(
        kind="store_ref",
        id=ref.id,
        event="OperationSuccessed",
        learn={"physical_bytes": "physical_bytes"},
    )


def live_copy(snapshot: Snapshot, volume: Volume, ref: StoreRef, host: Host) -> Step:
    """The host copies the disk of a running machine straight to the image store."""
    return Step(
        name="copy the running disk to the image store",
        actor=f"host/{host.id}",
        do=SnapshotDisk(
            vm_id=volume.vm_id,
            device_id=volume.device_id,
            store_id=ref.store_id,
            path=ref.path,
            format=volume.format,
            size_bytes=volume.size_bytes,
        ),
        undo=RemoveImage(path=ref.path),
        undo_actor=f"image_store/{ref.store_id}",
        begin=(
            change(volume, "SnapshotRequested"),
            change(snapshot, "CreateRequested"),
            Add(record=ref),
        ),
        commit=(
            change(volume, "OperationSucceeded"),
            Change(
                kind="snapshot",
                id=snapshot.id,
                event="OperationNotPerformed",
                learn={"physical_bytes": "physical_bytes"},
            ),
            _stored(ref),
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


def backup(snapshot: Snapshot, volume: Volume, pool: Pool, ref: StoreRef) -> Step:
    """The image store copies the snapshot from the pool."""
    return Step(
        name="back the snapshot up to the image store",
        actor=f"image_store/{ref.store_id}",
        do=StoreImage(
            path=ref.path,
            source=DiskAt(pool_id=pool.id, name=volume.id, snapshot=snapshot.id),
        ),
        undo=RemoveImage(path=ref.path),
        begin=(change(snapshot, "BackupToSecondary"), Add(record=ref)),
        commit=(
            Change(
                kind="snapshot",
                id=snapshot.id,
                event="OperationSucceeded",
                learn={"physical_bytes": "physical_bytes"},
            ),
            _stored(ref),
        ),
        revert=(change(snapshot, "OperationFailed"), Drop(kind="store_ref", id=ref.id)),
        bytes=volume.size_bytes,
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
