"""What zones, pods and clusters hold: one that is not empty is kept."""

from collections.abc import Iterator

from core.model import errors
from core.model.records import (
    KIND_OF,
    Cluster,
    Host,
    ImageStore,
    Pod,
    Pool,
    Record,
    SettingValue,
    Vm,
    Volume,
    Zone,
)
from core.plans.context import Context
from core.plans.step import Drop, Effect

HELD: dict[type[Record], tuple[type[Record], ...]] = {
    Zone: (Pod, Host, Pool, ImageStore, Vm, Volume),
    Pod: (Cluster, Host, Pool),
    Cluster: (Host, Pool),
}


def require_empty(context: Context, place: Zone | Pod | Cluster) -> None:
    """Raise Conflict (530) naming the first thing that it holds."""
    for held in _held(context, place):
        kind = KIND_OF[type(held)]
        raise errors.Conflict(
            f"{kind.replace('_', ' ')} {getattr(held, 'name', held.id)} is there",
            object=f"{KIND_OF[type(place)]}/{place.id}",
            hint=f"delete {kind}/{held.id} first",
            number=530,
        )


def _held(context: Context, place: Zone | Pod | Cluster) -> Iterator[Record]:
    field = f"{KIND_OF[type(place)]}_id"
    for kind in HELD[type(place)]:
        for record in context.inventory.all(kind):
            if getattr(record, field) == place.id:
                yield record


def forgotten(context: Context, place: Zone | Pod | Cluster) -> tuple[Effect, ...]:
    """The place goes, and with it the settings that were changed there."""
    kind = KIND_OF[type(place)]
    settings = (
        Drop(kind="setting_value", id=value.id)
        for value in context.inventory.all(SettingValue)
        if (value.scope, value.scope_id) == (kind, place.id)
    )
    return (*settings, Drop(kind=kind, id=place.id))
