"""createTags and deleteTags."""

from collections.abc import Iterator

from core.model import errors
from core.model.commands.ownership.tag import CreateTags, DeleteTags
from core.model.records import KIND_OF, Tag, Template
from core.plans.context import Context
from core.plans.step import Add, Claim, Drop, Effect, Plan, change
from core.plans.tag.resource import ISO, Owner, find_thing, owner_of, tagged_type
from core.plans.template.access import own


def _things(context: Context, command: CreateTags | DeleteTags) -> Iterator[tuple[str, Owner]]:
    """Id and owner of each thing named. Raises Invalid, NotFound; Denied for others' templates."""
    type = tagged_type(command.resource_type)
    for thing_id in command.resource_ids:
        thing = find_thing(context, type, thing_id)
        if type.kind is Template:
            own(context, thing_id, iso=type is ISO)
        owner = owner_of(context, thing)
        assert owner is not None
        yield thing_id, owner


def check(context: Context, command: CreateTags) -> None:
    """Refuse unknown things, and tags without a value."""
    for _ in _things(context, command):
        pass
    for tag in command.tags:
        if tag.value is None:
            raise errors.Invalid(f"tag {tag.key!r} has no value", hint="give key and value")


def claim(context: Context, command: CreateTags) -> Claim:
    """Record the tags; one of the same key is replaced."""
    effects: list[Effect] = []
    for thing_id, owner in _things(context, command):
        have = {tag.key: tag for tag in context.inventory.having(Tag, "of", thing_id)}
        for asked in command.tags:
            if asked.key in have:
                effects.append(change(have[asked.key], value=asked.value))
                continue
            tag = Tag(
                id=context.new_id(),
                created_s=context.now_s,
                of_kind=KIND_OF[tagged_type(command.resource_type).kind],
                of_id=thing_id,
                key=asked.key,
                value=asked.value or "",
                account_id=owner.account_id,
                domain_id=owner.domain_id,
            )
            effects.append(Add(record=tag))
    return _claimed(context, command, tuple(effects))


def _claimed(
    context: Context, command: CreateTags | DeleteTags, effects: tuple[Effect, ...]
) -> Claim:
    kind = KIND_OF[tagged_type(command.resource_type).kind]
    return Claim(kind=kind, id=command.resource_ids[0], effects=effects)


def check_delete(context: Context, command: DeleteTags) -> None:
    """Refuse unknown things."""
    for _ in _things(context, command):
        pass


def claim_delete(context: Context, command: DeleteTags) -> Claim:
    """Take off the tags named, of any value or of just that one; all when none is named."""
    asked = {tag.key: tag.value for tag in command.tags}
    gone = tuple(
        Drop(kind="tag", id=tag.id)
        for thing_id, _ in _things(context, command)
        for tag in context.inventory.having(Tag, "of", thing_id)
        if not asked or (tag.key in asked and asked[tag.key] in (None, tag.value))
    )
    return _claimed(context, command, gone)


def plan(context: Context, command: CreateTags | DeleteTags, record_id: str) -> Plan:
    """Nothing more is to be done."""
    return Plan(steps=())
