"""POST of an image, to where getUploadParamsForVolume says: a form with a file, or bare bytes."""

from collections.abc import AsyncGenerator

import msgspec
import trio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from core.decompression.compression import compression_of
from core.driver_words import ByteStream
from core.model import errors
from core.plane import ControlPlane
from core.streams import Proof
from server.limits import Limits
from server.rpc.multipart import boundary_of, file_of, name_in

STATUSES: tuple[tuple[type[errors.ForebayError], int], ...] = (
    (errors.Denied, 403),
    (errors.NotFound, 404),
    (errors.Deadline, 408),
    (errors.Conflict, 409),
    (errors.Cancelled, 409),
    (errors.NoCapacity, 507),
    (errors.Unavailable, 503),
    (errors.Internal, 500),
)
FORM = "multipart/form-data"


class Uploads:
    """Answers POST of /upload/<ticket> with the headers X-signature, X-metadata and X-expires."""

    def __init__(self, plane: ControlPlane, limits: Limits) -> None:
        self._plane = plane
        self._limits = limits

    async def post(self, request: Request) -> Response:
        """200 when the image is whole and accepted, else why it is not."""
        try:
            job_id = await self._taken(request)
        except errors.ForebayError as error:
            body = msgspec.json.encode(error.failure())
            return Response(body, _status(error), media_type="application/json")
        return Response(msgspec.json.encode({"jobid": job_id}), media_type="application/json")

    async def _taken(self, request: Request) -> str:
        headers = request.headers
        proof = Proof(
            signature=headers.get("x-signature", ""),
            metadata=headers.get("x-metadata", ""),
            expires=headers.get("x-expires", ""),
        )
        ticket_id = request.path_params["ticket"]
        self._plane.streams.require_ticket(ticket_id, proof)
        source = await self._source(request)
        return await self._plane.streams.upload(ticket_id, proof, source)

    async def _source(self, request: Request) -> ByteStream:
        """The image's bytes, however they are wrapped; the file's name says how compressed.

        Raises Invalid (415).
        """
        kind = request.headers.get("content-type", "")
        body = _body(request, self._limits.slow_s)
        if kind.partition(";")[0].strip().lower() == FORM:
            file = await file_of(body, boundary_of(kind))
            compression = compression_of(file.name)
            return ByteStream(total_bytes=0, chunks=file.chunks, compression=compression)
        length = request.headers.get("content-length", "")
        name = name_in(request.headers.get("content-disposition", "")) or ""
        return ByteStream(
            total_bytes=int(length) if length.isdecimal() else 0,
            chunks=body,
            compression=compression_of(name),
        )


async def _body(request: Request, silence_s: float) -> AsyncGenerator[bytes, None]:
    """What comes. Raises Deadline when nothing does for so long, Integrity when it breaks off."""
    stream = request.stream()
    try:
        while True:
            chunk: bytes | None = None
            with trio.move_on_after(silence_s) as scope:
                chunk = await anext(stream, None)
            if scope.cancelled_caught:
                raise errors.Deadline(
                    f"nothing came for {silence_s:g} s", object="body", hint="send it faster"
                )
            if chunk is None:
                return
            yield chunk
    except ClientDisconnect:
        raise errors.Integrity(
            "the connection broke off", object="body", hint="ask for new upload parameters"
        ) from None
    finally:
        await stream.aclose()


def _status(error: errors.ForebayError) -> int:
    if error.number in (403, 413, 415):
        return error.number
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 400)
