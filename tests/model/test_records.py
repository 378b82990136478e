"""Records: kinds, their names, and the way through JSON and back."""

import re
from typing import get_args

import msgspec
import pytest

from core.model.errors import Failure
from core.model.events import decode_record, encode_record
from core.model.records import (
    KIND_OF,
    KINDS,
    PRIVATE_KINDS,
    RECORD_TYPES,
    AnyRecord,
    Job,
    JobPlan,
    Record,
    RequestKey,
    UploadTicket,
    User,
    Volume,
)
from core.model.states import VolumeState
from tests.model.samples import RECORDS

every_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: KIND_OF[type(record)])


def _plain(record: Record) -> object:
    return msgspec.json.decode(encode_record(record))


def test_there_is_a_sample_of_every_kind() -> None:
    """The samples, the list of types and the union speak of the same kinds."""
    assert {type(record) for record in RECORDS} == set(RECORD_TYPES)
    assert get_args(AnyRecord) == RECORD_TYPES


def test_names_of_kinds_are_unique_and_reversible() -> None:
    """KINDS and KIND_OF are each other's inverse, and each name is the tag on the wire."""
    assert len(KINDS) == len(RECORD_TYPES)
    assert {name: KIND_OF[kind] for name, kind in KINDS.items()} == {name: name for name in KINDS}
    assert all(kind.__struct_config__.tag == name for name, kind in KINDS.items())
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in KINDS)


@every_record
def test_record_survives_the_journal(record: AnyRecord) -> None:
    """What is read back is the same record of the same type."""
    again = decode_record(encode_record(record))
    assert type(again) is type(record)
    assert _plain(again) == _plain(record)


@every_record
def test_record_says_its_kind(record: AnyRecord) -> None:
    """The bytes carry the kind, by which readers tell them apart."""
    fields = _plain(record)
    assert isinstance(fields, dict)
    assert fields["kind"] == KIND_OF[type(record)]
    assert fields["rev"] == 1


@every_record
def test_record_cannot_be_changed(record: AnyRecord) -> None:
    """Records are replaced, never mutated."""
    with pytest.raises(AttributeError):
        record.rev = 2  # type: ignore[misc]


def test_full_job_survives_the_journal() -> None:
    """A failure and the request's own bytes come back as they were."""
    failure = Failure(code="busy.limit", message="full", number=530, retryable=True, object="a/b")
    job = Job(
        id="j",
        command="resizeVolume",
        account_id="a",
        domain_id="d",
        user_id="u",
        request=msgspec.Raw(b'{"id":"vol"}'),
        locks=("volume/vol", "vm/v"),
        failure=failure,
    )
    again = decode_record(encode_record(job))
    assert isinstance(again, Job)
    assert again.failure == failure
    assert bytes(again.request) == b'{"id":"vol"}'
    assert again.locks == ("volume/vol", "vm/v")


def test_unknown_state_is_not_read() -> None:
    """A record with a state that the tables don't know is refused, not kept."""
    volume = next(record for record in RECORDS if isinstance(record, Volume))
    data = encode_record(volume).replace(VolumeState.ALLOCATED.encode(), b"Sleeping")
    with pytest.raises(msgspec.ValidationError, match=r"\$\.state"):
        decode_record(data)


def test_private_kinds_are_those_with_secrets_or_inner_workings() -> None:
    """Tokens, plans and stored answers are never published."""
    assert {KINDS[name] for name in PRIVATE_KINDS} == {User, JobPlan, RequestKey, UploadTicket}
