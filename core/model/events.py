"""What has happened: the two things that can happen to a record, and why.

An event holds the whole record as it is afterwards, so a reader needs no history to understand
it, and applying it twice is harmless.
"""

from typing import Union

import msgspec

from core.model.records import AnyRecord, Record


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    """What all events have.

    what: the name of the change ("SnapshotRequested", "Created", ...).
    cause: id of the job, or name of the command, that brought it about.
    """

    what: str
    cause: str = ""


class Put(Event, frozen=True, kw_only=True, tag="put"):
    """A record was created (`rev` 1) or changed."""

    record: AnyRecord


class Removed(Event, frozen=True, kw_only=True, tag="removed"):
    """A record is gone; `account_id` is whose it was, for those who may watch it."""

    kind: str
    id: str
    account_id: str = ""


AnyEvent = Union[Put, Removed]

_encoder = msgspec.json.Encoder()
encode = _encoder.encode
decode = msgspec.json.Decoder(AnyEvent).decode
decode_record = msgspec.json.Decoder(AnyRecord).decode


def encode_record(record: Record) -> bytes:
    """The record as the journal stores it."""
    return _encoder.encode(record)
