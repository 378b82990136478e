"""Events: the way through JSON and back."""

import msgspec
import pytest

from core.model.events import Put, Removed, decode, encode, encode_record
from core.model.records import KIND_OF, AnyRecord
from tests.model.samples import RECORDS

every_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: KIND_OF[type(record)])


@every_record
def test_put_survives_the_journal(record: AnyRecord) -> None:
    """The whole record comes back with the name and the cause of its change."""
    again = decode(encode(Put(what="Created", cause="job-1", record=record)))
    assert isinstance(again, Put)
    assert (again.what, again.cause) == ("Created", "job-1")
    assert type(again.record) is type(record)
    assert msgspec.json.decode(encode_record(again.record)) == msgspec.json.decode(
        encode_record(record)
    )


@every_record
def test_removed_survives_the_journal(record: AnyRecord) -> None:
    """Kind and id are all that is needed to take a record away."""
    event = Removed(what="Removed", kind=KIND_OF[type(record)], id=record.id)
    assert decode(encode(event)) == event


def test_event_of_neither_kind_is_not_read() -> None:
    """Bytes that are no event of ours are refused."""
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"event":"moved","what":"x","kind":"volume","id":"1"}')
