"""How pages of other origins send and take images: CORS, for the origins that the site names."""

from collections.abc import Awaitable, Callable

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

REMEMBERED_S = 600
"""How long a browser may remember what it was allowed."""
SENT = ("X-signature", "X-metadata", "X-expires", "Content-Disposition", "Range", "If-Range")
SHOWN = ("Accept-Ranges", "Content-Disposition", "Content-Range", "ETag")

Handler = Callable[[Request], Awaitable[Response]]


def open_routes(
    path: str, handler: Handler, method: str, origins: tuple[str, ...]
) -> tuple[Route, Route]:
    """The route of `handler`, and that of the questions that browsers ask before they call it."""
    middleware = [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=[method],
            allow_headers=SENT,
            expose_headers=SHOWN,
            max_age=REMEMBERED_S,
        )
    ]

    async def allowed(_request: Request) -> Response:
        return Response(status_code=204, headers={"allow": f"{method}, OPTIONS"})

    return (
        Route(path, handler, methods=[method], middleware=middleware),
        Route(path, allowed, methods=["OPTIONS"], middleware=middleware),
    )
