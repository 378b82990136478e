"""Takes the snapshots that policies make due, and deletes those that are too many.

Source: the guide ("Automatic Snapshot Creation and Retention", "Volume Status"), semantics section
5.6. The job of a policy's snapshot is noted by the command itself, so no crash takes two.
"""

from core.actors.rounds.round import Means
from core.model import errors
from core.model.access import Caller
from core.model.activity import idle_since_s
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.records import Account, Job, Snapshot, SnapshotPolicy, Volume
from core.model.schedule import INTERVALS, next_after, parse_schedule
from core.model.states import JobStatus, SnapshotState, VolumeState
from core.plans.step import Drop, Effect, Scalar, change

CAUSE = "recurring snapshots"
_GONE = frozenset({VolumeState.DESTROY, VolumeState.EXPUNGING, VolumeState.EXPUNGED})
_KEPT = frozenset(
    {
        SnapshotState.CREATED_ON_PRIMARY,
        SnapshotState.BACKING_UP,
        SnapshotState.BACKED_UP,
        SnapshotState.COPYING,
    }
)


class RecurringSnapshots:
    """Looks at every policy, every snapshot.poll.interval.

    What was due while no control plane ran is not made up for: after a start every policy is due
    next from then on.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self._inventory = means.inventory
        self._started_s: float | None = means.runtime.now()

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("snapshot.poll.interval")

    async def run(self) -> None:
        """Look at each, one after the other."""
        if self._started_s is not None:
            for policy in list(self._inventory.all(SnapshotPolicy)):
                self._note(self._rescheduled(policy, self._started_s))
            self._started_s = None
        for policy in list(self._inventory.all(SnapshotPolicy)):
            await self._tend(policy.id)

    async def _tend(self, policy_id: str) -> None:
        """Begin the policy's snapshot when it is due and its last one has ended."""
        policy = self._inventory.find(SnapshotPolicy, policy_id)
        if policy is None:
            return
        volume = self._inventory.find(Volume, policy.volume_id)
        if volume is None or volume.state in _GONE:
            self._note(Drop(kind="snapshot_policy", id=policy.id))
            return
        if policy.running_job_id:
            job = self._inventory.find(Job, policy.running_job_id)
            if job is not None and job.status is JobStatus.IN_PROGRESS:
                return
            now_s = self._means.runtime.now()
            self._note(self._rescheduled(policy, now_s, running_job_id=""))
            if job is None or job.status is JobStatus.SUCCEEDED:
                await self._delete_oldest(policy)
        elif 0 < policy.next_s < self._means.runtime.now():
            await self._begin(policy, volume)

    async def _begin(self, policy: SnapshotPolicy, volume: Volume) -> None:
        """Begin it as the volume's account; what cannot be now is tried again at the next look."""
        caller = self._caller(policy)
        if caller is None or not volume.pool_id:
            return
        if self._is_idle_since_last(volume):
            self._note(self._rescheduled(policy, self._means.runtime.now()))
            return
        await self._submit(CreateSnapshot(volume_id=volume.id, policy_id=policy.id), caller)

    def _caller(self, policy: SnapshotPolicy) -> Caller | None:
        """The account, unless it is gone or disabled; a locked one still has its snapshots."""
        account = self._inventory.find(Account, policy.account_id)
        if account is None or account.state == "disabled":
            return None
        return Caller(
            user_id="",
            account_id=account.id,
            domain_id=account.domain_id,
            role=account.role,
            username=CAUSE,
        )

    def _is_idle_since_last(self, volume: Volume) -> bool:
        """Whether a snapshot has been taken since the volume became inactive."""
        since_s = idle_since_s(self._inventory, volume)
        taken = self._inventory.having(Snapshot, "volume", volume.id)
        last_s = max((one.created_s for one in taken if one.state in _KEPT), default=-1.0)
        return since_s is not None and last_s >= since_s

    async def _delete_oldest(self, policy: SnapshotPolicy) -> None:
        """Delete the oldest of the policy's kind until as many are left as are to be kept."""
        most = self._means.settings.whole(INTERVALS[policy.interval].setting)
        most = max(1, min(most, policy.max_snaps))
        kept = [
            snapshot
            for snapshot in self._inventory.having(Snapshot, "volume", policy.volume_id)
            if snapshot.type == policy.interval and snapshot.state in _KEPT
        ]
        kept.sort(key=lambda snapshot: snapshot.created_s)
        caller = self._caller(policy)
        for snapshot in kept[: max(0, len(kept) - most)]:
            if caller is not None:
                await self._submit(DeleteSnapshot(id=snapshot.id), caller)

    async def _submit(self, command: CreateSnapshot | DeleteSnapshot, caller: Caller) -> None:
        try:
            await self._means.submit(command, caller)
        except errors.ForebayError:
            return

    def _rescheduled(self, policy: SnapshotPolicy, now_s: float, **fields: Scalar) -> Effect:
        """The policy is due next after that moment; a hidden one never is."""
        schedule = parse_schedule(policy.interval, policy.schedule)
        due_s = next_after(schedule, policy.timezone, now_s) if policy.display else 0.0
        return change(policy, next_s=due_s, **fields)

    def _note(self, effect: Effect) -> None:
        try:
            self._means.ledger.record((effect,), CAUSE)
        except errors.Unavailable:
            return
