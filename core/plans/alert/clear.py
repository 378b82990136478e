"""archiveAlerts and deleteAlerts."""

from core.model import errors
from core.model.commands.capacity import ArchiveAlerts, DeleteAlerts
from core.model.records import Alert
from core.plans.context import Context
from core.plans.moment import moment_s
from core.plans.step import Claim, Drop, Effect, change

Clearing = ArchiveAlerts | DeleteAlerts


def check(context: Context, command: Clearing) -> None:
    """Refuse when nothing says which, unknown ones, and dates that are none."""
    if not (command.ids or command.type or command.start_date or command.end_date):
        raise errors.Invalid(
            "nothing says which alerts", hint="give ids, type, startdate or enddate"
        )
    for alert_id in command.ids:
        context.inventory.get(Alert, alert_id)
    moment_s(command.start_date, 0.0)
    moment_s(command.end_date, 0.0)


def _meant(context: Context, command: Clearing) -> list[Alert]:
    first_s, last_s = moment_s(command.start_date, 0.0), moment_s(command.end_date, context.now_s)
    return [
        alert
        for alert in context.inventory.all(Alert)
        if (not command.ids or alert.id in command.ids)
        and command.type in (None, str(alert.type))
        and first_s <= alert.created_s <= last_s
    ]


def archive(context: Context, command: ArchiveAlerts) -> Claim:
    """They are listed no more, and kept."""
    effects = tuple(change(alert, archived=True) for alert in _meant(context, command))
    return _claim(effects)


def delete(context: Context, command: DeleteAlerts) -> Claim:
    """They are forgotten; one whose reason stands comes again at the next look."""
    return _claim(tuple(Drop(kind="alert", id=alert.id) for alert in _meant(context, command)))


def _claim(effects: tuple[Effect, ...]) -> Claim:
    return Claim(kind="alert", id="", effects=effects, answer={"success": True})
