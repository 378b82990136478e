"""GET of a link: the file of an image or a part of it, streamed as fast as its reader reads."""

from hashlib import sha256

import trio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.plane import ControlPlane
from core.streams import OpenedLink
from server.rpc.byte_range import ByteRange, NotSatisfiableError, asked_range

PARTIAL = 206
NOT_SATISFIABLE = 416


class FileResponse(Response):
    """Streams a file; the connection itself leaves a reader that takes nothing."""

    def __init__(self, opened: OpenedLink, part: ByteRange | None) -> None:
        """`part` is what was asked for; None is all of it."""
        total_bytes = opened.file.total_bytes
        sent = part or ByteRange(0, total_bytes)
        name = opened.link.url.rpartition("/")[2]
        super().__init__(
            status_code=PARTIAL if part else 200,
            headers={
                **_headers(opened),
                "content-disposition": f'attachment; filename="{name}"',
                "content-length": str(sent.length_bytes),
            },
            media_type="application/octet-stream",
        )
        if part:
            self.headers["content-range"] = part.content_range(total_bytes)
        self._chunks = opened.file.chunks
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, then chunk after chunk."""
        head = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(head)
        if scope["method"] != "HEAD":
            await self._send_chunks(send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_chunks(self, send: Send) -> None:
        chunks = self._chunks(self._sent.start_bytes, self._sent.length_bytes)
        try:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            with trio.CancelScope(shield=True):
                await chunks.aclose()


class Downloads:
    """Answers GET of /downloads/<secret>/<name>; the secret is all that is asked for."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane

    async def get(self, request: Request) -> Response:
        """The file, or the range of it. Raises NotFound (404), Unavailable (503)."""
        opened = await self._plane.streams.download(request.path_params["secret"])
        total_bytes = opened.file.total_bytes
        if request.method == "HEAD":
            return FileResponse(opened, None)
        try:
            part = asked_range(
                request.headers.get("range", ""),
                request.headers.get("if-range", ""),
                etag=_etag(opened),
                total_bytes=total_bytes,
            )
        except NotSatisfiableError:
            headers = {**_headers(opened), "content-range": f"bytes */{total_bytes}"}
            return Response(status_code=NOT_SATISFIABLE, headers=headers)
        return FileResponse(opened, part)


def _headers(opened: OpenedLink) -> dict[str, str]:
    return {"accept-ranges": "bytes", "etag": _etag(opened), "cache-control": "no-store"}


def _etag(opened: OpenedLink) -> str:
    """Names the file's bytes, and tells nothing about where they are."""
    link = opened.link
    identity = f"{link.store_id}\n{link.path}\n{opened.file.version}"
    return f'"{sha256(identity.encode()).hexdigest()[:32]}"'
