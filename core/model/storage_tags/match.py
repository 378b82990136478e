"""A pool's tags, or the one rule over an offering's tags that stands in their place."""

from core.model.records import Pool
from core.model.storage_tags.rule import compiled, rule_admits
from core.model.storage_tags.written import tags_of


def pool_tags(text: str | None, *, rule: bool) -> tuple[str, ...]:
    """What `tags` of a pool means. Raises Invalid for a rule that cannot be read."""
    if not rule:
        return tags_of(text)
    written = (text or "").strip()
    compiled(written)
    return (written,)


def admits_tags(pool: Pool, tags: tuple[str, ...]) -> bool:
    """Whether the pool takes volumes of an offering with these tags (semantics section 4.4)."""
    if pool.tag_rule:
        return rule_admits(pool.tags[0] if pool.tags else "", tags)
    return set(tags) <= set(pool.tags)
