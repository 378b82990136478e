"""The tree of errors: its leaves, their numbers, and the way to data and back."""

import msgspec
import pytest

from core.model.errors import (
    BY_CODE,
    LEAVES,
    Failure,
    ForebayError,
    Internal,
    Invalid,
    Unavailable,
    failure_of,
    raised,
)

# CloudStack's ApiErrorCode: param 431, unsupported 432, internal 530, account 531,
# insufficient capacity 533, resource unavailable 534, resource allocation 535.
NUMBERS = {
    "invalid.params": 431,
    "not_found": 431,
    "auth.denied": 531,
    "conflict.state": 431,
    "capacity.insufficient": 533,
    "quota.exceeded": 535,
    "busy.limit": 530,
    "unsupported": 432,
    "unavailable": 534,
    "integrity": 530,
    "cancelled": 530,
    "deadline": 530,
    "internal": 530,
}

every_leaf = pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)


def test_codes_are_unique() -> None:
    """A code names one leaf, on the journal's wire and on JSON-RPC's."""
    assert len({leaf.code for leaf in LEAVES}) == len(LEAVES)
    assert len({leaf.rpc for leaf in LEAVES}) == len(LEAVES)
    assert set(BY_CODE.values()) == set(LEAVES)


def test_leaves_are_all_of_the_tree() -> None:
    """Each leaf is one of the base's own children, and no child was left out."""
    children = {
        kind for kind in ForebayError.__subclasses__() if kind.__module__ == Failure.__module__
    }
    assert children == set(LEAVES)


@every_leaf
def test_leaf_has_the_number_of_cloudstack(leaf: type[ForebayError]) -> None:
    """Existing clients tell errors apart by it."""
    assert leaf.number == NUMBERS[leaf.code]
    assert leaf.__doc__


@every_leaf
def test_failure_and_error_are_two_forms_of_one(leaf: type[ForebayError]) -> None:
    """What was raised, kept as JSON and raised again is the same."""
    error = leaf("it did not work", object="pool/1", hint="do this", number=999)
    data = msgspec.json.decode(msgspec.json.encode(error.failure()), type=Failure)
    again = raised(data)
    assert type(again) is leaf
    assert again.failure() == error.failure()
    assert (again.message, again.object, again.hint) == ("it did not work", "pool/1", "do this")
    assert again.number == 999


@every_leaf
def test_own_number_of_one_error_leaves_the_leaf_alone(leaf: type[ForebayError]) -> None:
    """A number given to one error is not that of the next."""
    assert leaf("a", number=401).number == 401
    assert leaf("b").number == NUMBERS[leaf.code]


def test_retryable_are_those_that_pass_by_themselves() -> None:
    """Full queues, silent things and expired waits."""
    assert {leaf.code for leaf in LEAVES if leaf.retryable} == {
        "busy.limit",
        "unavailable",
        "deadline",
    }


def test_failure_of_an_unknown_code_is_internal() -> None:
    """A journal written by a later version can still be read."""
    error = raised(Failure(code="brand.new", message="?", number=530))
    assert type(error) is Internal


def test_foreign_exception_is_internal_and_named() -> None:
    """What escaped from a library says its type, and counts as a fault of ours."""
    failure = failure_of(KeyError("x"))
    assert failure.code == Internal.code
    assert "KeyError" in failure.message


def test_error_of_the_tree_keeps_its_kind_as_data() -> None:
    """failure_of does not turn what is known into Internal."""
    assert failure_of(Unavailable("no answer", object="host/1")).code == Unavailable.code


def test_text_of_an_error_names_its_object() -> None:
    """Logs say on what it failed, if that is known."""
    assert str(Invalid("too large", object="volume/1")) == "too large [volume/1]"
    assert str(Invalid("too large")) == "too large"
