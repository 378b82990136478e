"""addResourceDetail and removeResourceDetail."""

from collections.abc import Mapping

from msgspec.structs import replace

from core.model import errors
from core.model.commands.ownership.detail import AddResourceDetail, RemoveResourceDetail
from core.model.records import KIND_OF, Pool
from core.model.records.record import Detailed
from core.plans.context import Context
from core.plans.detail.kept import is_detailed, require_few
from core.plans.pool.details import require_details, require_group_stays
from core.plans.step import Claim, Effect, Plan, Replace
from core.plans.tag.resource import detailed_type, find_thing
from core.plans.tagging import named


def _thing(context: Context, command: AddResourceDetail | RemoveResourceDetail) -> Detailed:
    """What the command names. Raises Invalid, NotFound."""
    thing = find_thing(context, detailed_type(command.resource_type), command.resource_id)
    assert is_detailed(thing)
    return thing


def check_add(context: Context, command: AddResourceDetail) -> None:
    """Refuse unknown things, keys without a value, and what the kind of pool does not know."""
    thing = _thing(context, command)
    for detail in command.details:
        if not detail.value:
            raise errors.Invalid(f"detail {detail.key!r} has no value", hint="give key and value")
    given = named(command.details)
    require_few({**thing.details, **given})
    if isinstance(thing, Pool):
        require_details(given, thing.type)
        require_group_stays(thing, given)


def claim_add(context: Context, command: AddResourceDetail) -> Claim:
    """Keep them; one of the same key is replaced, and is shown or hidden as this one is."""
    thing, given = _thing(context, command), named(command.details)
    hidden = set(thing.hidden_details) - set(given)
    if not command.for_display:
        hidden |= set(given)
    return _claimed(thing, {**thing.details, **given}, hidden)


def check_remove(context: Context, command: RemoveResourceDetail) -> None:
    """Refuse unknown things and keys, and a pool's resource group."""
    thing = _thing(context, command)
    if command.key is not None and command.key not in thing.details:
        raise errors.NotFound(
            f"it has no detail {command.key!r}",
            object=f"{KIND_OF[type(thing)]}/{thing.id}",
            hint="listResourceDetails shows those that it has",
        )
    if isinstance(thing, Pool):
        require_group_stays(thing, thing.details if command.key is None else {command.key: ""})


def claim_remove(context: Context, command: RemoveResourceDetail) -> Claim:
    """Forget the one named, or all."""
    thing = _thing(context, command)
    left = {
        key: value
        for key, value in thing.details.items()
        if command.key is not None and key != command.key
    }
    return _claimed(thing, left, set(thing.hidden_details) & set(left))


def _claimed(thing: Detailed, details: Mapping[str, str], hidden: set[str]) -> Claim:
    changed = replace(
        thing, rev=thing.rev + 1, details=details, hidden_details=tuple(sorted(hidden))
    )
    effects: tuple[Effect, ...] = (Replace(record=changed),)  # type: ignore[arg-type]
    return Claim(kind=KIND_OF[type(thing)], id=thing.id, effects=effects)


def plan(
    context: Context, command: AddResourceDetail | RemoveResourceDetail, record_id: str
) -> Plan:
    """Nothing more is to be done."""
    return Plan(steps=())
