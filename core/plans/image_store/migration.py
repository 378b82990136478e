"""What the two commands that migrate share: who goes first, what moves where, and how it is told.

docs/decisions/0047-one-migration-at-a-time.md says where this differs from CloudStack.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from core.model.commands.command import Command, command_name
from core.model.commands.image_store import (
    MigrateResourceToAnotherSecondaryStorage,
    MigrateSecondaryStorageData,
)
from core.model.commands.internal import MoveImages
from core.model.records import ImageStore, Job, Migration
from core.plans.context import Context
from core.plans.image_store.balance import Decision
from core.plans.image_store.holding import Holding
from core.plans.operation import CancelJobs, RunJobs, errand
from core.plans.step import Change, Scalar, Step

COMPLETE = "complete"
BALANCE = "balance"
MIGRATIONS: tuple[type[Command], ...] = (
    MigrateSecondaryStorageData,
    MigrateResourceToAnotherSecondaryStorage,
)
NAMES = frozenset(command_name(kind) for kind in MIGRATIONS)


def held_back(context: Context) -> str:
    """Why this migration has to come later, "" when it may go."""
    for job in context.inventory.having(Job, "status", "pending"):
        if job.command in NAMES and job.id != context.job_id:
            return f"another migration is in progress, try again after job {job.id}"
    return ""


def begun(context: Context, source: ImageStore, type: str) -> Migration:
    """The record of a migration, by the id of its job."""
    return Migration(
        id=context.job_id,
        created_s=context.now_s,
        source_id=source.id,
        type=type,
        held_back=held_back(context),
    )


def moving(
    context: Context,
    migration: Migration,
    decision: Decision,
    held: Mapping[str, Holding],
    targets: Sequence[ImageStore],
    *,
    late: bool = False,
) -> Step:
    """Other jobs move what was decided, side by side; one that fails does not stop the others.

    No more of them wait than all system VMs that may come could carry, or they would expire.
    late: it is the second round, whose failures count instead of those of the first.
    """
    told: dict[str, Scalar] = {
        "skipped": len(held) - len(decision.moves),
        "stopped": decision.stopped,
        "failed": 0,
        "failure": "",
    }
    told |= {} if late else {"files": len(decision.moves)}
    noted = Change(kind="migration", id=migration.id, fields=told)
    if not decision.moves:
        return Step(name="find nothing to move", commit=(noted,))
    errands = tuple(
        errand(
            MoveImages(
                ref_ids=tuple(ref.id for ref in held[move.file_id].refs), store_id=move.store_id
            ),
            held[move.file_id].file.size_bytes,
        )
        for move in decision.moves
    )
    learn = {"late" if late else "moved": "succeeded", "failed": "failed", "failure": "message"}
    return Step(
        name=_name(decision, len(held), targets),
        actor="jobs",
        do=RunJobs(errands=errands, tolerant=True, at_once=_sessions_max(context)),
        undo=CancelJobs(count=len(errands)),
        begin=(noted,),
        commit=(Change(kind="migration", id=migration.id, learn=learn),),
        bytes=sum(each.bytes for each in errands),
    )


def _sessions_max(context: Context) -> int:
    """How many copies the most system VMs that a zone may have carry at a time."""
    each = context.settings.whole("secstorage.max.migrate.sessions")
    return each * (1 + context.settings.whole("max.ssvm.count"))


def _name(decision: Decision, of: int, targets: Sequence[ImageStore]) -> str:
    counts = Counter(move.store_id for move in decision.moves)
    shares = (f"{counts[store.id]} to {store.name}" for store in targets if counts[store.id])
    return f"move {len(decision.moves)} of {of}: {', '.join(shares)}"
