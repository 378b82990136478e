"""Storage tags: how they are written."""


def tags_of(text: str | None) -> tuple[str, ...]:
    """Comma-separated tags, without blanks, each once."""
    return tuple(dict.fromkeys(tag.strip() for tag in (text or "").split(",") if tag.strip()))
