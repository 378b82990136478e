"""Bytes of images past the jobs: out of the zone by a link's secret, into it by a ticket."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

import msgspec

from core.actors.fabric import Fabric
from core.driver_words import ByteStream, StoredFile
from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command, Role
from core.model.commands.internal import TakeUpload
from core.model.commands.meta import Meta
from core.model.inventory import Inventory
from core.model.records import Account, Extraction, Job, UploadTicket
from core.model.settings import Settings
from core.plans.upload.ticket import MINUTE_S, expires, metadata
from core.runtime import Runtime

GRACE_S = 60.0
Begin = Callable[[Command, Caller, Meta], Awaitable[str]]
Wait = Callable[[str, float], Awaitable[bool]]


class OpenedLink(NamedTuple):
    """A link, and the file that it leads to."""

    link: Extraction
    file: StoredFile


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a client shows that wants to send: as getUploadParamsForVolume has told it."""

    signature: str
    metadata: str
    expires: str


class Streams:
    """The way of bytes; `begin` and `wait` are the plane's, for the jobs that take them in."""

    def __init__(
        self,
        runtime: Runtime,
        inventory: Inventory,
        settings: Settings,
        fabric: Fabric,
        begin: Begin,
        wait: Wait,
    ) -> None:
        self._runtime = runtime
        self._inventory = inventory
        self._settings = settings
        self._fabric = fabric
        self._begin = begin
        self._wait = wait

    async def download(self, secret: str) -> OpenedLink:
        """What the link with that secret leads to.

        Raises NotFound (404) for unknown, expired and broken links alike, and Unavailable (503)
        when the image store does not answer.
        """
        for link in self._inventory.having(Extraction, "secret", secret):
            if link.expires_s > self._runtime.now():
                return OpenedLink(link, await self._opened(link))
        raise _nothing()

    async def _opened(self, link: Extraction) -> StoredFile:
        try:
            return await self._fabric.image_store(link.store_id).read(link.path)
        except errors.NotFound:
            raise _nothing() from None
        except errors.ForebayError as refusal:
            raise errors.Unavailable(
                refusal.message, object="link", hint="try again later", number=503
            ) from refusal

    def require_ticket(self, ticket_id: str, proof: Proof) -> None:
        """Raise Denied (403) unless the ticket is good; which of the two is wrong is not told."""
        ticket = self._inventory.find(UploadTicket, ticket_id)
        shown = sha256(proof.signature.encode()).hexdigest()
        right = compare_digest(shown, ticket.signature_sha256 if ticket is not None else "")
        if (
            ticket is None
            or not right
            or not compare_digest(proof.metadata.encode(), metadata(ticket).encode())
            or not compare_digest(proof.expires.encode(), expires(ticket).encode())
            or ticket.expires_s <= self._runtime.now()
        ):
            raise errors.Denied(
                "there is no leave to upload here, or it has expired",
                object="upload",
                hint="ask getUploadParamsForVolume, -Template or -Iso for a new one",
                number=403,
            )

    async def upload(self, ticket_id: str, proof: Proof, source: ByteStream) -> str:
        """Take in what comes; answers the id of its job when it is whole.

        Raises Denied (403), Conflict while somebody sends it already, and what the job fails with.
        """
        try:
            self.require_ticket(ticket_id, proof)
            ticket = self._inventory.get(UploadTicket, ticket_id)
            if ticket_id in self._fabric.arrivals:
                raise errors.Conflict(
                    "it is being uploaded", object=f"{ticket.of_kind}/{ticket.of_id}", hint="wait"
                )
        except errors.ForebayError:
            await source.chunks.aclose()
            raise
        self.arrive(ticket_id, source)
        try:
            return await self._taken(ticket)
        finally:
            if self._fabric.arrivals.pop(ticket_id, None) is not None:
                await source.chunks.aclose()

    def arrive(self, ticket_id: str, source: ByteStream) -> None:
        """Let the job that takes the upload in find what comes."""
        self._fabric.arrivals[ticket_id] = source

    async def _taken(self, ticket: UploadTicket) -> str:
        timeout_s = self._settings.number("upload.operation.timeout") * MINUTE_S
        owner = self._inventory.get(Account, ticket.account_id)
        caller = Caller(
            user_id="",
            account_id=owner.id,
            domain_id=owner.domain_id,
            role=Role.USER,
            username="",
        )
        job_id = await self._begin(TakeUpload(id=ticket.id), caller, Meta(deadline_s=timeout_s))
        await self._wait(job_id, timeout_s + GRACE_S)
        job = self._inventory.get(Job, job_id)
        if job.failure is not None:
            raise errors.raised(job.failure)
        return job_id


def _nothing() -> errors.NotFound:
    return errors.NotFound(
        "there is no such link, or it has expired",
        object="link",
        hint="ask for a new one with extractVolume, extractSnapshot or extractTemplate",
        number=404,
    )
