"""Tag rules: what they say to which tags, and that nothing else can be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.errors import Invalid
from core.model.storage_tags.rule import compiled, rule_admits
from tests.refusal import refusal


@pytest.mark.parametrize(
    ("rule", "tags", "admitted"),
    [
        ("tags.includes('ssd')", ("ssd", "fast"), True),
        ("tags.includes('ssd')", ("hdd",), False),
        ("tags.includes('ssd') && !tags.includes('slow')", ("ssd", "slow"), False),
        ("tags[0] == 'ssd' || tags.length == 0", (), True),
        ("tags[0] == 'ssd' || tags.length == 0", ("hdd",), False),
        ('tags.indexOf("gold") >= 0', ("a", "gold"), True),
        ("tags.indexOf('gold') != -1", ("a",), False),
        ("tags[1] === undefined", ("a",), True),
        ("tags[0].startsWith('ssd') && tags[0].endsWith('1')", ("ssd-1",), True),
        ("!(tags.length > 1) && tags.length < 2", ("a",), True),
        ("'b' > 'a'", (), True),
        ("tags", (), True),
        ("true;", (), True),
        ("tags[0].includes('x')", (), False),
        ("tags > 1", ("a",), False),
        ("nonsense(", ("a",), False),
        ("", ("a",), False),
    ],
)
def test_a_rule_says_yes_or_no(rule: str, tags: tuple[str, ...], admitted: bool) -> None:
    """As JavaScript would; a rule that goes wrong says no."""
    assert rule_admits(rule, tags) is admitted


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "tags.includes('ssd'",
        "tags.pop()",
        "process.exit()",
        "while (true) {}",
        "tags[0] = 'a'",
        "tags['length']",
        "a" * 2000,
        "(" * 100 + "true" + ")" * 100,
        "'a' 'b'",
        "tags.constructor.constructor('return 1')()",
    ],
)
def test_anything_else_cannot_be_read(rule: str) -> None:
    """A rule is refused when the pool gets it, not when a volume looks for a place."""
    with refusal(Invalid, 431):
        compiled(rule)


@given(st.text(max_size=60), st.lists(st.text(max_size=5), max_size=3))
def test_no_text_does_harm(rule: str, tags: list[str]) -> None:
    """Whatever is written answers yes or no."""
    assert rule_admits(rule, tags) in (True, False)
