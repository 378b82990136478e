"""GET of a link: the file of an image, streamed as fast as its reader reads."""

import trio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.driver_words import ByteStream
from core.plane import ControlPlane
from core.streams import OpenedLink


class FileResponse(Response):
    """Streams a file; the connection itself leaves a reader that takes nothing."""

    def __init__(self, opened: OpenedLink) -> None:
        name = opened.link.url.rpartition("/")[2]
        super().__init__(
            headers={
                "content-disposition": f'attachment; filename="{name}"',
                "content-length": str(opened.source.total_bytes),
                "cache-control": "no-store",
            },
            media_type="application/octet-stream",
        )
        self._source: ByteStream = opened.source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, then chunk after chunk."""
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        chunks = self._source.chunks
        try:
            await send(head)
            if scope["method"] != "HEAD":
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            with trio.CancelScope(shield=True):
                await chunks.aclose()


class Downloads:
    """Answers GET of /downloads/<secret>/<name>; the secret is all that is asked for."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane

    async def get(self, request: Request) -> Response:
        """The file. Raises NotFound (404), Unavailable (503)."""
        opened = await self._plane.streams.download(request.path_params["secret"])
        return FileResponse(opened)
