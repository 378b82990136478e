"""What callers are told of failures: what is inside the cloud is for root administrators alone.

Source: semantics section 10.2, where others get a general text instead.
"""

import msgspec

from core.model import errors
from core.model.commands.command import Role
from core.model.errors import Failure
from core.model.events import encode_record
from core.model.records import Job

_decode_job = msgspec.json.Decoder(Job).decode
INSIDE = frozenset(
    {
        "actor",
        "cluster",
        "directory",
        "file",
        "host",
        "image_store",
        "journal",
        "pod",
        "pool",
        "pool_template",
        "runtime",
        "store_ref",
        "system_vm",
    }
)
"""Kinds of objects whose names and addresses mean nothing to those who rent."""

# code: the text instead
ALWAYS = {
    errors.NoCapacity.code: "there is no room for it",
    errors.Internal.code: "something went wrong inside the cloud",
}
IF_INSIDE = {errors.Unavailable.code: "something that it needs does not answer"}


def told(failure: Failure, role: Role) -> Failure:
    """The failure as one of that role is told it; the hint stays, because it names nothing."""
    if role is Role.ADMIN:
        return failure
    inside = failure.object.partition("/")[0] in INSIDE
    texts = ALWAYS | IF_INSIDE if inside else ALWAYS
    return msgspec.structs.replace(
        failure,
        message=texts.get(failure.code, failure.message),
        object="" if inside else failure.object,
    )


def waited_for(text: str, role: Role) -> str:
    """What a job waits for, as one of that role is told it."""
    hidden = role is not Role.ADMIN and any(f"{kind}/" in text for kind in INSIDE)
    return "something inside the cloud" if hidden else text


def record_told(role: Role, kind: str, record: bytes) -> bytes:
    """A record that is published, as one of that role is told it: of failed jobs, less of why."""
    if kind != "job" or role is Role.ADMIN:
        return record
    job = _decode_job(record)
    if job.failure is None:
        return record
    return encode_record(msgspec.structs.replace(job, failure=told(job.failure, role)))
