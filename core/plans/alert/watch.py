"""Which alerts begin and which are over, when the levels are looked at."""

from uuid import NAMESPACE_URL, uuid5

from core.model.records import Alert
from core.plans.alert.level import KINDS, Level, Place, is_over, levels
from core.plans.context import Context
from core.plans.step import Add, Effect, change


def due(context: Context) -> list[Effect]:
    """One alert for each place from the moment that its level passes the share until it is back."""
    standing = {
        (alert.type, Place(alert.zone_id, alert.pod_id, alert.cluster_id)): alert
        for alert in context.inventory.all(Alert)
        if not alert.resolved_s
    }
    effects: list[Effect] = []
    for level in levels(context):
        over = is_over(context, level)
        if over and standing.pop((level.type, level.place), None) is None:
            effects.append(Add(record=_alert(context, level)))
    ended = (change(alert, resolved_s=context.now_s) for alert in standing.values())
    return [*effects, *ended]


def _alert(context: Context, level: Level) -> Alert:
    """Its id follows from what it is about and when, so that no random number is drawn."""
    kind, place = KINDS[level.type], level.place
    return Alert(
        id=str(uuid5(NAMESPACE_URL, f"{kind.name}/{'/'.join(place)}/{context.now_s}")),
        created_s=context.now_s,
        type=level.type,
        name=kind.name,
        description=f"{level.share:.0%} of the {kind.what}: "
        f"{level.taken_bytes} of {level.total_bytes} bytes",
        zone_id=place.zone_id,
        pod_id=place.pod_id,
        cluster_id=place.cluster_id,
    )
