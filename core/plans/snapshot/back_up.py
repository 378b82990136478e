"""archiveSnapshot, and the backup of a snapshot that was taken with asyncbackup."""

from core.model import errors
from core.model.commands.internal import BackUpSnapshot
from core.model.commands.snapshot import ArchiveSnapshot
from core.model.pool_types import POOLS
from core.model.records import Account, Pool, Snapshot, Volume
from core.model.states import SnapshotState
from core.plans.admission import require_state, running_vm_of, volume_locks
from core.plans.context import Context
from core.plans.operation import RemoveSnapshot
from core.plans.quota import require_quota
from core.plans.snapshot.copies import copying
from core.plans.snapshot.location import PRIMARY, SECONDARY
from core.plans.snapshot.take import Patience, backing_up
from core.plans.step import Claim, Effect, Plan, Step, change

RETURNS_TO_POOL = "OperationNotPerformed"


def _parts(context: Context, snapshot_id: str) -> tuple[Snapshot, Volume, Pool]:
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    volume = context.inventory.get(Volume, snapshot.volume_id)
    return snapshot, volume, context.inventory.get(Pool, snapshot.pool_id)


def _locks(context: Context, snapshot_id: str) -> tuple[str, ...]:
    """The snapshot, and the volume with its machine unless the storage reads beside its guest."""
    snapshot, volume, pool = _parts(context, snapshot_id)
    own = f"snapshot/{snapshot.id}"
    return (own,) if POOLS[pool.type].storage_snapshots else (own, *volume_locks(volume))


def check(context: Context, command: BackUpSnapshot) -> None:
    """Only one that was just taken waits for this."""
    snapshot = context.get(Snapshot, command.id)
    require_state(snapshot, SnapshotState.CREATED_ON_PRIMARY, doing="the backup")


def claim(context: Context, command: BackUpSnapshot) -> Claim:
    """From now on the snapshot is this job's."""
    snapshot = context.get(Snapshot, command.id)
    return Claim(
        kind="snapshot",
        id=snapshot.id,
        effects=(change(snapshot, job_id=context.job_id),),
        locks=_locks(context, snapshot.id),
    )


def plan(context: Context, command: BackUpSnapshot, snapshot_id: str) -> Plan:
    """Try backup.retry times; when all have failed, the pool's copy goes too."""
    snapshot, volume, pool = _parts(context, snapshot_id)
    patience = Patience(
        tries=context.settings.whole("backup.retry"),
        pause_s=context.settings.number("backup.retry.interval"),
    )
    kept = Step(
        name=f"keep the snapshot on {pool.name}",
        actor=f"pool/{pool.id}",
        undo=RemoveSnapshot(name=volume.id, snapshot=snapshot.id),
        revert=(change(snapshot, pool_id=""),),
    )
    steps = backing_up(context, snapshot, volume, pool, patience)
    return Plan(steps=(kept, *steps, *copying(snapshot, command.zone_ids)))


def give_up(context: Context, snapshot_id: str) -> tuple[Effect, ...]:
    """One whose backup never began stays as it is, on its pool."""
    snapshot = context.inventory.find(Snapshot, snapshot_id)
    if snapshot is None or snapshot.state is not SnapshotState.CREATED_ON_PRIMARY:
        return ()
    return (change(snapshot, "OperationNotPerformed", location=PRIMARY),)


def check_archive(context: Context, command: ArchiveSnapshot) -> None:
    """Refuse what is not on primary storage alone, or cannot be read there now."""
    snapshot = context.get(Snapshot, command.id)
    require_state(snapshot, SnapshotState.BACKED_UP, doing="archiving")
    if snapshot.location != PRIMARY or not snapshot.pool_id:
        raise errors.Invalid(
            "the snapshot is on an image store already",
            object=f"snapshot/{snapshot.id}",
            hint="copySnapshot copies it to another zone",
        )
    volume = context.inventory.get(Volume, snapshot.volume_id)
    pool = context.inventory.get(Pool, snapshot.pool_id)
    if running_vm_of(context, volume) and not POOLS[pool.type].storage_snapshots:
        raise errors.Conflict(
            "the snapshot is inside a disk that a running machine has open",
            object=f"volume/{volume.id}",
            hint="stop the machine first",
        )


def quota_archive(context: Context, command: ArchiveSnapshot) -> None:
    """It takes secondary storage from now on."""
    snapshot = context.get(Snapshot, command.id)
    owner = context.inventory.get(Account, snapshot.account_id)
    require_quota(context, owner, secondary_storage=snapshot.size_bytes)


def claim_archive(context: Context, command: ArchiveSnapshot) -> Claim:
    """Lock the snapshot, and its volume where that must not be in use."""
    snapshot = context.get(Snapshot, command.id)
    return Claim(kind="snapshot", id=snapshot.id, locks=_locks(context, snapshot.id))


def plan_archive(context: Context, command: ArchiveSnapshot, snapshot_id: str) -> Plan:
    """Back it up; a failure leaves it on its pool."""
    snapshot, volume, pool = _parts(context, snapshot_id)
    steps = backing_up(context, snapshot, volume, pool, Patience(event=RETURNS_TO_POOL))
    moved = Step(
        name="note where the snapshot is",
        commit=(change(snapshot, location=SECONDARY),),
        final=True,
    )
    return Plan(steps=(steps[0], moved, *steps[1:]))
