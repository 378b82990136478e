"""Events as callers see them: one of each job."""

from collections.abc import Callable
from functools import partial

from core.model.commands.command import Command, Role
from core.model.commands.job import ListEvents
from core.model.inventory import Inventory
from core.model.records import Job, User
from core.plans.context import Context
from core.plans.event.clear import ARCHIVED, DELETED
from core.plans.event.kind import event_level, event_state, event_type
from core.plans.moment import moment_s
from core.views.history.told import told
from core.views.listing import Answer, Listing, Query, listed
from core.views.view import View, date, owner_of, text


class EventView(View, frozen=True, kw_only=True):
    """CloudStack's event object; its id is that of the job."""

    id: str
    type: str
    level: str
    state: str
    description: str
    username: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    created: str | None = None
    resourceid: str | None = None
    resourcetype: str | None = None
    archived: bool


def event_view(inventory: Inventory, job: Job, role: Role) -> EventView:
    """What the job was to do, and why it failed if it did, as one of that role is told it."""
    account, domain, _ = owner_of(inventory, job.account_id, job.domain_id)
    user = inventory.find(User, job.user_id)
    about = f"{job.command} of {job.instance_kind}/{job.instance_id}"
    return EventView(
        id=job.id,
        type=event_type(job.command),
        level=event_level(job),
        state=event_state(job),
        description=f"{about}: {told(job.failure, role).message}" if job.failure else about,
        username=user.username if user is not None else None,
        account=account,
        domainid=text(job.domain_id),
        domain=domain,
        created=date(job.created_s),
        resourceid=text(job.instance_id),
        resourcetype=text(job.instance_kind),
        archived=job.event_mark == ARCHIVED,
    )


def _is_left_out(command: ListEvents, first_s: float, last_s: float) -> Callable[[Job], bool]:
    """Whether an event is none that is asked for."""
    mark = ARCHIVED if command.archived else ""

    def left_out(job: Job) -> bool:
        asked = (
            (command.type, event_type(job.command)),
            (command.level, event_level(job)),
            (command.state, event_state(job)),
            (command.resource_id, job.instance_id),
            (command.resource_type, job.instance_kind),
        )
        fits = all(value is None or value.lower() == found.lower() for value, found in asked)
        wanted = job.event_mark == mark or (command.id == job.id and job.event_mark != DELETED)
        return not (fits and wanted and first_s <= job.created_s <= last_s)

    return left_out


def _events(context: Context, command: ListEvents) -> Answer:
    """Oldest first, as all lists. Raises Invalid for a date that is none."""
    first_s = moment_s(command.start_date, 0.0)
    hidden = _is_left_out(command, first_s, moment_s(command.end_date, context.now_s))
    view = partial(event_view, role=context.caller.role)
    listing = Listing(Job, view, hidden=hidden)
    count, page = listed(context, command, listing)
    return {"count": count, command.returns: page}


QUERIES: dict[type[Command], Query] = {ListEvents: _events}
