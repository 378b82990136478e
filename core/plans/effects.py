"""Effects become events: the one place where a record is changed."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from core.model.activity import dates
from core.model.events import AnyEvent, Put, Removed
from core.model.inventory import Inventory
from core.model.records import KINDS, Record, Tag
from core.model.transitions import STATE_FIELDS, TRANSITIONAL, admits, next_state
from core.plans.step import Add, Change, Drop, Effect, Replace


def changed(
    record: Record, change: Change, job_id: str, answer: msgspec.Struct | None = None
) -> Record:
    """The record after the change.

    A transitional state makes the job its owner, a settled one frees it.
    Raises IllegalTransition.
    """
    fields: dict[str, object] = {
        field: _typed(getattr(record, field), value) for field, value in change.fields.items()
    }
    for field, source in change.learn.items():
        fields[field] = getattr(answer, source)
    if change.event:
        name = STATE_FIELDS.get(change.kind, "state")
        state = next_state(change.kind, getattr(record, name), change.event, change.id)
        fields[name] = state
        fields["job_id"] = job_id if state in TRANSITIONAL[change.kind] else ""
    fields["rev"] = record.rev + 1
    return msgspec.structs.replace(record, **fields)


def _typed(current: object, value: object) -> object:
    """The value as the field has it: a plan that was journaled holds plain text for states."""
    return type(current)(str(value)) if isinstance(current, StrEnum) else value


def events_of(
    effect: Effect,
    inventory: Inventory,
    cause: str,
    answer: msgspec.Struct | None = None,
    now_s: float = 0.0,
) -> Sequence[AnyEvent]:
    """The events that let the effect happen now: the tags of a thing that goes go before it."""
    event = event_of(effect, inventory, cause, answer, now_s)
    if event is None:
        return ()
    if not isinstance(effect, Drop):
        return (event,)
    tags = inventory.having(Tag, "of", effect.id)
    return (*[_removed(inventory, cause, "tag", tag.id) for tag in tags], event)


def _removed(inventory: Inventory, cause: str, kind: str, id: str) -> Removed:
    owner = getattr(inventory.find(KINDS[kind], id), "account_id", "")
    return Removed(what="Removed", cause=cause, kind=kind, id=id, account_id=owner)


def event_of(
    effect: Effect,
    inventory: Inventory,
    cause: str,
    answer: msgspec.Struct | None = None,
    now_s: float = 0.0,
) -> AnyEvent | None:
    """The event that lets the effect happen now; None when it has happened already."""
    if isinstance(effect, Change):
        record = inventory.find(KINDS[effect.kind], effect.id)
        if record is None:
            return None
        new = changed(record, effect, cause, answer)
        moments = dates(inventory, record, new, now_s)
        new = msgspec.structs.replace(new, **moments) if moments else new
        return Put(what=effect.event or "Updated", cause=cause, record=new)  # type: ignore[arg-type]
    if isinstance(effect, Add | Replace):
        known = inventory.find(type(effect.record), effect.record.id)
        what = "Created" if known is None else "Updated"
        return Put(what=what, cause=cause, record=effect.record)
    return _removed(inventory, cause, effect.kind, effect.id)


def still_due(effect: Effect, inventory: Inventory) -> bool:
    """Whether an effect that takes something back is due: no state goes back twice."""
    if not isinstance(effect, Change) or not effect.event:
        return True
    record = inventory.find(KINDS[effect.kind], effect.id)
    name = STATE_FIELDS.get(effect.kind, "state")
    return record is not None and admits(effect.kind, getattr(record, name), effect.event)
