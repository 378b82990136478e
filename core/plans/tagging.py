"""Tags that things get when they are made."""

from collections.abc import Mapping

from core.model.access import Owned
from core.model.commands.command import Tags
from core.model.records import Tag
from core.plans.context import Context
from core.plans.step import Add, Drop, Effect


def tagged(
    context: Context, kind: str, record_id: str, owner: Owned, tags: Mapping[str, str]
) -> tuple[Effect, ...]:
    """The tags of a new thing; the id of each is `<kind>/<id>/<key>`."""
    return tuple(
        Add(
            record=Tag(
                id=f"{kind}/{record_id}/{key}",
                created_s=context.now_s,
                of_kind=kind,
                of_id=record_id,
                key=key,
                value=value,
                account_id=owner.account_id,
                domain_id=owner.domain_id,
            )
        )
        for key, value in tags.items()
    )


def named(tags: Tags) -> dict[str, str]:
    """Keys and values as a command gives them; one without a value has an empty one."""
    return {tag.key: tag.value or "" for tag in tags}


def tags_on(context: Context, record_id: str) -> dict[str, str]:
    """Keys and values of the tags of a thing."""
    return {tag.key: tag.value for tag in context.inventory.having(Tag, "of", record_id)}


def untagged(context: Context, record_id: str) -> tuple[Effect, ...]:
    """All tags of a thing are taken off; those of a thing that goes go by themselves."""
    tags = context.inventory.having(Tag, "of", record_id)
    return tuple(Drop(kind="tag", id=tag.id) for tag in tags)
