"""Storage tags as they are written."""

import pytest

from core.model.storage_tags.written import tags_of


@pytest.mark.parametrize(
    ("text", "tags"),
    [(None, ()), ("", ()), ("ssd", ("ssd",)), (" a, b ,,b", ("a", "b")), ("b,a,b", ("b", "a"))],
)
def test_each_tag_counts_once(text: str | None, tags: tuple[str, ...]) -> None:
    """In the order in which they were given first."""
    assert tags_of(text) == tags
