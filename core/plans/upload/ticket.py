"""Leave to POST the bytes of one volume or template, once, until it expires."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from core.model.records import KIND_OF, ImageStore, StoreRef, Template, UploadTicket, Volume
from core.model.states import TemplateState, VolumeState
from core.plans.context import Context
from core.plans.step import Add, Claim

MINUTE_S = 60.0


def timeout_s(context: Context) -> float:
    """How long an upload may take to begin, and then to end (upload.operation.timeout)."""
    return context.settings.number("upload.operation.timeout") * MINUTE_S


def issued(
    context: Context, subject: Volume | Template, store: ImageStore, image: StoreRef
) -> Claim:
    """Record what will come, and the ticket for it; only the answer knows the signature."""
    signature = context.new_secret()
    kind = KIND_OF[type(subject)]
    ticket = UploadTicket(
        id=subject.id,
        created_s=context.now_s,
        of_kind=kind,
        of_id=subject.id,
        account_id=subject.account_id,
        store_id=store.id,
        path=image.path,
        format=image.format,
        checksum=subject.checksum,
        signature_sha256=sha256(signature.encode()).hexdigest(),
        expires_s=context.now_s + timeout_s(context),
    )
    base = context.settings.text("endpoint.url").rstrip("/")
    answer = {
        "id": subject.id,
        "postURL": f"{base}/upload/{ticket.id}",
        "metadata": metadata(ticket),
        "expires": expires(ticket),
        "signature": signature,
    }
    return Claim(
        kind=kind,
        id=subject.id,
        effects=(Add(record=subject), Add(record=ticket)),
        answer={"getuploadparams": answer},
    )


def metadata(ticket: UploadTicket) -> str:
    """What the client shows to say what it sends."""
    said = {"uuid": ticket.id, "type": ticket.of_kind.upper(), "format": ticket.format}
    return b64encode(msgspec.json.encode(said)).decode()


def expires(ticket: UploadTicket) -> str:
    """Until when it is good, as ISO 8601 has it."""
    return datetime.fromtimestamp(ticket.expires_s, UTC).isoformat(timespec="milliseconds")


def is_awaited(subject: Volume | Template | None) -> bool:
    """Whether nothing has come yet."""
    return subject is not None and subject.state in (
        VolumeState.NOT_UPLOADED,
        TemplateState.NOT_UPLOADED,
    )
