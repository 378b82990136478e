"""archiveEvents and deleteEvents."""

from core.model import errors
from core.model.commands.job import ArchiveEvents, DeleteEvents
from core.model.records import Job
from core.model.states import Phase
from core.plans.context import Context
from core.plans.event.kind import event_type
from core.plans.moment import moment_s
from core.plans.step import Claim, change

Clearing = ArchiveEvents | DeleteEvents
ARCHIVED, DELETED = "archived", "deleted"


def check(context: Context, command: Clearing) -> None:
    """Refuse when nothing says which, unknown ones, and dates that are none."""
    if not (command.ids or command.type or command.start_date or command.end_date):
        raise errors.Invalid(
            "nothing says which events", hint="give ids, type, startdate or enddate"
        )
    for event_id in command.ids:
        context.get(Job, event_id)
    moment_s(command.start_date, 0.0)
    moment_s(command.end_date, 0.0)


def _meant(context: Context, command: Clearing) -> list[Job]:
    """The caller's own events that are complete, and fit."""
    first_s = moment_s(command.start_date, 0.0)
    last_s = moment_s(command.end_date, context.now_s)
    named = [context.get(Job, event_id) for event_id in dict.fromkeys(command.ids)]
    return [
        job
        for job in named or context.inventory.all(Job)
        if job.phase is Phase.ENDED
        and command.type in (None, event_type(job.command))
        and first_s <= job.created_s <= last_s
        and context.may_use(job)
    ]


def archive(context: Context, command: ArchiveEvents) -> Claim:
    """They are listed only when archived ones are asked for."""
    return _cleared(context, command, ARCHIVED)


def delete(context: Context, command: DeleteEvents) -> Claim:
    """They are listed no more; their jobs can be asked for until they expire."""
    return _cleared(context, command, DELETED)


def _cleared(context: Context, command: Clearing, mark: str) -> Claim:
    effects = tuple(change(job, event_mark=mark) for job in _meant(context, command))
    return Claim(kind="job", id="", effects=effects, answer={"success": True})
