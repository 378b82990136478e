"""Rules over an offering's tags, in the small part of JavaScript that CloudStack's rules use.

    tags.includes('ssd') && !tags.includes('slow')      tags[0] == 'ssd' || tags.length == 0
    tags.indexOf("gold") >= 0                           tags[0].startsWith('ssd')

A rule is read into nested functions of the tags: nothing of it is ever run as code, and it can
neither loop nor call anything else, so it needs no limit of time. Source: semantics section 4.4.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, cast

from core.model import errors

Value = object
Term = Callable[[tuple[str, ...]], Value]
LENGTH_MAX = 1024
DEPTH_MAX = 32
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^'\\]*'|"[^"\\]*")|(?P<number>\d{1,9})|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<sign>===|!==|==|!=|<=|>=|&&|\|\||[!<>()\[\].,]))""",
    re.ASCII,
)
_UNDEFINED = None


class Token(NamedTuple):
    """A piece of a rule; kind is text, number, word or sign."""

    kind: str
    text: str


def rule_admits(rule: str, tags: Sequence[str]) -> bool:
    """Whether the rule says yes to these tags; one that cannot be worked out says no."""
    try:
        return _true(compiled(rule)(tuple(tags)))
    except (errors.Invalid, TypeError):
        return False


@lru_cache(maxsize=256)
def compiled(rule: str) -> Term:
    """The rule as a function of tags. Raises Invalid, saying where it cannot be read."""
    reader = _Reader(_tokens(rule))
    term = reader.either(0)
    reader.require_end()
    return term


def _unreadable(what: str) -> errors.Invalid:
    return errors.Invalid(
        f"the tag rule cannot be read at {what}",
        hint="as tags.includes('ssd') && !tags.includes('slow')",
    )


def _tokens(rule: str) -> list[Token]:
    if len(rule) > LENGTH_MAX:
        raise errors.Invalid("the tag rule is too long", hint=f"write it in {LENGTH_MAX} letters")
    found: list[Token] = []
    position, end = 0, len(rule.rstrip().rstrip(";"))
    while position < end:
        match = _TOKEN.match(rule, position, end)
        if match is None:
            raise _unreadable(repr(rule[position : position + 20]))
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind]))
        position = match.end()
    return found


def _true(value: Value) -> bool:
    """What JavaScript takes for true; a list is, even an empty one."""
    return isinstance(value, tuple) or bool(value)


def _less(left: Value, right: Value) -> bool:
    if isinstance(left, int) and isinstance(right, int):
        return left < right
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    raise TypeError


_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "==": lambda left, right: left == right,
    "===": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "!==": lambda left, right: left != right,
    "<": _less,
    ">": lambda left, right: _less(right, left),
    "<=": lambda left, right: not _less(right, left),
    ">=": lambda left, right: not _less(left, right),
}


def _index_of(holder: Value, wanted: Value) -> Value:
    if isinstance(holder, tuple):
        return holder.index(wanted) if wanted in holder else -1
    return _words(holder).find(_words(wanted))


def _includes(holder: Value, wanted: Value) -> Value:
    return wanted in holder if isinstance(holder, tuple) else _words(wanted) in _words(holder)


def _words(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


def _sequence(value: Value) -> tuple[str, ...] | str:
    """Tags, or a text; nothing else has a length."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return cast("tuple[str, ...]", value)
    raise TypeError


_METHODS: dict[str, Callable[[Value, Value], Value]] = {
    "includes": _includes,
    "indexOf": _index_of,
    "startsWith": lambda holder, wanted: _words(holder).startswith(_words(wanted)),
    "endsWith": lambda holder, wanted: _words(holder).endswith(_words(wanted)),
}
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "undefined": _UNDEFINED}


class _Reader:
    """Reads a rule by descent: either > both > comparison > not > member > atom."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def either(self, depth: int) -> Term:
        """Terms joined by ||."""
        if depth > DEPTH_MAX:
            raise _unreadable("so many brackets")
        terms = [self._both(depth)]
        while self._take("||"):
            terms.append(self._both(depth))
        return terms[0] if len(terms) == 1 else lambda tags: any(_true(t(tags)) for t in terms)

    def require_end(self) -> None:
        """Raise Invalid when something follows."""
        if self._next < len(self._tokens):
            raise _unreadable(repr(self._tokens[self._next].text))

    def _both(self, depth: int) -> Term:
        terms = [self._comparison(depth)]
        while self._take("&&"):
            terms.append(self._comparison(depth))
        return terms[0] if len(terms) == 1 else lambda tags: all(_true(t(tags)) for t in terms)

    def _comparison(self, depth: int) -> Term:
        left = self._not(depth)
        for sign, compare in _COMPARISONS.items():
            if self._take(sign):
                right = self._not(depth)
                return lambda tags: compare(left(tags), right(tags))
        return left

    def _not(self, depth: int) -> Term:
        denied = False
        while self._take("!"):
            denied = not denied
        term = self._member(depth)
        return (lambda tags: not _true(term(tags))) if denied else term

    def _member(self, depth: int) -> Term:
        term = self._atom(depth)
        while True:
            if self._take("["):
                term = self._element(term)
            elif self._take("."):
                term = self._property(term, depth)
            else:
                return term

    def _element(self, holder: Term) -> Term:
        index = int(self._expect("number"))
        self._require("]")

        def element(tags: tuple[str, ...]) -> Value:
            held = _sequence(holder(tags))
            return held[index] if index < len(held) else _UNDEFINED

        return element

    def _property(self, holder: Term, depth: int) -> Term:
        name = self._expect("word")
        if name == "length":
            return lambda tags: len(_sequence(holder(tags)))
        method = _METHODS.get(name)
        if method is None:
            raise _unreadable(repr(name))
        self._require("(")
        wanted = self.either(depth + 1)
        self._require(")")
        return lambda tags: method(holder(tags), wanted(tags))

    def _atom(self, depth: int) -> Term:
        if self._take("("):
            term = self.either(depth + 1)
            self._require(")")
            return term
        if self._next >= len(self._tokens):
            raise _unreadable("its end")
        kind, text = self._tokens[self._next]
        self._next += 1
        if kind == "word" and text == "tags":
            return lambda tags: tags
        constant: Value
        if kind == "text":
            constant = text[1:-1]
        elif kind == "number":
            constant = int(text)
        elif kind == "word" and text in _CONSTANTS:
            constant = _CONSTANTS[text]
        else:
            raise _unreadable(repr(text))
        return lambda _: constant

    def _take(self, sign: str) -> bool:
        tokens = self._tokens
        found = self._next < len(tokens) and tokens[self._next] == ("sign", sign)
        self._next += found
        return found

    def _require(self, sign: str) -> None:
        if not self._take(sign):
            raise _unreadable(f"the place of {sign!r}")

    def _expect(self, kind: str) -> str:
        if self._next >= len(self._tokens) or self._tokens[self._next].kind != kind:
            raise _unreadable(f"the place of a {kind}")
        self._next += 1
        return self._tokens[self._next - 1].text
