"""How a list command finds what it answers: an index if one fits, filters, access, pages."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from core.model import errors
from core.model.access import is_below
from core.model.commands.command import ListCommand, OwnedListCommand, Role, Tags
from core.model.inventory import Inventory
from core.model.records import Account, Job, Record, Tag
from core.model.shelf import Having
from core.plans.context import Context

PAGE_SETTING = "default.page.size"
ALL_PROJECTS = "-1"
"""What CloudStack takes as projectid for all projects of the caller."""


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Listing(NamedTuple):
    """One list command.

    kind: what it lists. view: record to object. indexes: parameter -> mark of the inventory.
    fields: parameter -> field of the record that must equal it.
    tests: parameter -> (context, record, value) -> whether it passes. shared: seen by all accounts.
    hidden: seen by nobody. seen: (context, record) -> whether this caller sees it.
    rows: what makes the objects of one record, where it is shown as several.
    order: record -> what answers are sorted by (setting sortkey.algorithm), else they are by age.
    cut: (context, command, object) -> the object with just what the command wants to know.
    words: parameter -> all that it may be, in any case.
    """

    kind: type[Record]
    view: Callable[[Inventory, Any], object]
    indexes: Mapping[str, str] = NOTHING
    fields: Mapping[str, str] = NOTHING
    tests: Mapping[str, Callable[[Context, Any, Any], bool]] = NOTHING
    shared: Callable[[Any], bool] | None = None
    hidden: Callable[[Any], bool] | None = None
    seen: Callable[[Context, Any], bool] | None = None
    rows: Callable[[Context, Any, Any], Sequence[Callable[[], object]]] | None = None
    order: Callable[[Any], int] | None = None
    cut: Callable[[Context, Any, Any], object] | None = None
    words: Mapping[str, tuple[str, ...]] = NOTHING


Test = Callable[[Record], bool]
Views = dict[type[Record], tuple[str, Callable[[Inventory, Any], object]]]
"""Kind of record: the key and the view of it in answers."""
Answer = dict[str, object]
Query = Callable[[Context, Any], Answer]
"""Answers a command that only reads. Raises NotFound, Invalid."""


def _require_words(command: ListCommand, listing: Listing) -> None:
    for name, words in listing.words.items():
        asked = getattr(command, name)
        if asked is not None and asked.lower() not in {word.lower() for word in words}:
            raise errors.Invalid(f"{asked!r} is no {name}", hint=f"one of {', '.join(words)}")


def listed(context: Context, command: ListCommand, listing: Listing) -> tuple[int, list[object]]:
    """How many there are, and the objects of the page asked for."""
    _require_words(command, listing)
    candidates, tests = _candidates(context, command, listing)
    first, size = page_of(context, command)
    if tests:
        candidates = [record for record in candidates if all(test(record) for test in tests)]
    if listing.order is not None:
        falls = not context.settings.flag("sortkey.algorithm")
        candidates = sorted(candidates, key=listing.order, reverse=falls)
    if listing.rows is not None:
        rows = [row for found in candidates for row in listing.rows(context, command, found)]
        return len(rows), [make() for make in rows[first : first + size]]
    if getattr(command, "retrieve_only_resource_count", False):
        return len(candidates), []
    if isinstance(candidates, Having):
        page = candidates.page(first, size)
    else:
        page = islice(candidates, first, first + size)
    views = [listing.view(context.inventory, record) for record in page]
    if listing.cut is not None:
        views = [listing.cut(context, command, view) for view in views]
    return len(candidates), views


def page_of(context: Context, command: ListCommand) -> tuple[int, int]:
    """Where the page asked for begins, and the most that it holds. Raises Invalid."""
    most = context.settings.whole(PAGE_SETTING)
    size = min(command.pagesize or most, most)
    if command.page is not None and command.pagesize is None:
        raise errors.Invalid("page is given without pagesize", hint="give both")
    return ((command.page or 1) - 1) * size, size


def paged(context: Context, command: ListCommand, rows: Sequence[object]) -> Answer:
    """The page asked for of rows that were made for this answer."""
    first, size = page_of(context, command)
    return {"count": len(rows), command.returns: list(rows[first : first + size])}


def _candidates(
    context: Context, command: ListCommand, listing: Listing
) -> tuple[Collection[Record], list[Test]]:
    """The smallest ready-made set that holds all answers, and the tests that are left to do."""
    asked = _asked(command, listing)
    tests = list(_access_tests(context, command, listing))
    sets: list[Collection[Record]] = []
    named = _named(context, command, listing)
    if named is not None:
        sets.append(named)
    own = _own_account(context, command, listing)
    if own:
        sets.append(context.inventory.having(listing.kind, "account", own))
    for parameter, value in asked.items():
        if parameter in listing.indexes:
            index = listing.indexes[parameter]
            sets.append(context.inventory.having(listing.kind, index, str(value)))
    best = min(sets, key=len) if sets else context.inventory.all(listing.kind)
    if len(sets) > 1 or named is not None:
        tests.extend(_set_tests(sets, best))
    tests.extend(_field_tests(context, asked, listing))
    tests.extend(_text_tests(context, command))
    tests.extend(_sight_tests(context, listing))
    return best, tests


def _sight_tests(context: Context, listing: Listing) -> Iterator[Test]:
    hidden, seen = listing.hidden, listing.seen
    if hidden is not None:
        yield lambda record: not hidden(record)
    if seen is not None:
        yield lambda record: seen(context, record)


def _text_tests(context: Context, command: ListCommand) -> Iterator[Test]:
    if command.keyword:
        yield _keyword_test(command.keyword)
    if isinstance(command, OwnedListCommand) and command.tags:
        tags = command.tags
        yield lambda record: is_tagged(context, record, tags)


def _asked(command: ListCommand, listing: Listing) -> dict[str, object]:
    asked: dict[str, object] = {}
    for names in (listing.indexes, listing.fields, listing.tests):
        for name in names:
            value = getattr(command, name)
            if value is not None:
                asked[name] = value
    return asked


def _named(context: Context, command: ListCommand, listing: Listing) -> Collection[Record] | None:
    one = getattr(command, "id", None)
    many = getattr(command, "ids", ())
    wanted = [one] if one is not None else list(dict.fromkeys(many))
    if not wanted:
        return None
    found = (context.inventory.find(listing.kind, record_id) for record_id in wanted)
    return [record for record in found if record is not None]


def _own_account(context: Context, command: ListCommand, listing: Listing) -> str:
    """The one account whose things are listed, if it is one; a user never sees another's."""
    if not isinstance(command, OwnedListCommand):
        return ""
    if command.account is not None or command.project_id is not None:
        return _named_account(context, command)
    if context.caller.role is Role.USER and listing.shared is None:
        return context.caller.account_id
    named = getattr(command, "id", None) is not None or bool(getattr(command, "ids", ()))
    if command.list_all or command.domain_id is not None or named or listing.shared is not None:
        return ""
    return context.caller.account_id


def _named_account(context: Context, command: OwnedListCommand) -> str:
    if command.project_id is None:
        return context.owner(command.account, command.domain_id).id
    if command.account is not None:
        raise errors.Invalid(
            "account and projectid are both given", hint="leave out one of the two"
        )
    return "" if command.project_id == ALL_PROJECTS else context.account_of(command.project_id).id


def _access_tests(context: Context, command: ListCommand, listing: Listing) -> Iterator[Test]:
    if not isinstance(command, OwnedListCommand):
        return
    if context.caller.role is not Role.ADMIN:
        yield _use_test(context, listing.shared)
    if command.project_id == ALL_PROJECTS:
        yield lambda record: _is_of_project(context, record)
    if command.domain_id is not None and command.account is None:
        yield _domain_test(context, command.domain_id, recursive=command.is_recursive)


def _use_test(context: Context, shared: Callable[[Any], bool] | None) -> Test:
    """Whether the caller may use it, found out once for each owner."""
    known: dict[tuple[str, str], bool] = {}

    def passes(record: Any) -> bool:
        if shared is not None and shared(record):
            return True
        owner = (record.account_id, record.domain_id)
        if owner not in known:
            known[owner] = context.may_use(record)
        return known[owner]

    return passes


def _is_of_project(context: Context, record: Record) -> bool:
    account = context.inventory.find(Account, getattr(record, "account_id", ""))
    return account is not None and bool(account.project_id)


def _domain_test(context: Context, domain_id: str, *, recursive: bool) -> Test:
    context.inventory.domain(domain_id)

    def passes(record: Record) -> bool:
        own = str(getattr(record, "domain_id", ""))
        return own == domain_id or (recursive and is_below(own, domain_id, context.inventory))

    return passes


def _set_tests(sets: list[Collection[Record]], best: Collection[Record]) -> Iterator[Test]:
    for other in sets:
        if other is best:
            continue
        ids = {record.id for record in other} if isinstance(other, list) else other
        yield lambda record, ids=ids: record.id in ids  # type: ignore[misc]


def _field_tests(context: Context, asked: dict[str, object], listing: Listing) -> Iterator[Test]:
    for parameter, value in asked.items():
        if parameter in listing.fields:
            yield _field_test(listing.fields[parameter], value)
        elif parameter in listing.tests:
            yield partial(_passes, context, listing.tests[parameter], value)


def _field_test(field: str, value: object) -> Test:
    """Whether the field is the value, whatever the case of its letters."""
    wanted = str(value).lower()
    return lambda record: str(getattr(record, field)).lower() == wanted


def _passes(
    context: Context,
    test: Callable[[Context, Any, Any], bool],
    value: object,
    record: Record,
) -> bool:
    return test(context, record, value)


def is_tagged(context: Context, record: Record, asked: Tags) -> bool:
    """Whether all tags asked for are on it; one without a value may have any."""
    have = {tag.key: tag.value for tag in context.inventory.having(Tag, "of", record.id)}
    return all(tag.key in have and tag.value in (None, have[tag.key]) for tag in asked)


def _keyword_test(keyword: str) -> Test:
    """Jobs have no names; they are found by their commands."""
    wanted = keyword.lower()

    def passes(record: Record) -> bool:
        if isinstance(record, Job):
            return wanted in record.command.lower()
        texts = (getattr(record, "name", ""), getattr(record, "display_name", ""))
        return any(wanted in str(text).lower() for text in texts)

    return passes
