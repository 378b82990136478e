"""The HTTP side: one-shot calls, health, metrics and the schema."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from hashlib import sha256
from ipaddress import ip_address

import msgspec
import trio
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.model.access import Caller
from core.model.commands.command import Role
from core.model.errors import Deadline, Denied, ForebayError, Internal, Invalid
from server.limits import Limits, RateLimited, TokenBucket
from server.logging import Log
from server.rpc.cross_origin import open_routes
from server.rpc.dispatch import Dispatcher
from server.rpc.download import Downloads
from server.rpc.openrpc import document
from server.rpc.upload import Uploads
from server.rpc.wire import JSON, Malformed
from server.rpc.wire import Request as Call
from server.transport.head import Names

UNAUTHORIZED = 401
Numbers = Callable[[], Mapping[str, int | float | str]]
Handler = Callable[[Request], Awaitable[Response]]


class Metrics(Collector):
    """Turns the statistics of all parts into Prometheus' text; only numbers are published."""

    def __init__(self, parts: dict[str, Numbers]) -> None:
        self._parts = parts

    def collect(self) -> list[GaugeMetricFamily]:
        """One gauge for each number, named forebay_<part>_<name>."""
        return [
            GaugeMetricFamily(f"forebay_{part}_{name}", f"{name} of the {part}", value=value)
            for part, numbers in self._parts.items()
            for name, value in numbers().items()
            if not isinstance(value, str)
        ]


class HttpApp:
    """The handlers; `ready` says why the server cannot take changes now, "" when it can."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        limits: Limits,
        names: Names,
        parts: dict[str, Numbers],
        ready: Callable[[], str],
        log: Log,
    ) -> None:
        self._dispatcher = dispatcher
        self._limits = limits
        self._names = names
        self._ready = ready
        self._log = log
        self._buckets: dict[str, TokenBucket] = {}
        self._uploads = Uploads(dispatcher.plane, limits)
        self._downloads = Downloads(dispatcher.plane)
        self._registry = CollectorRegistry()
        self._registry.register(Metrics(parts))

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = (
            ("/rpc/v1", self.call, "POST"),
            ("/healthz", self.health, "GET"),
            ("/readyz", self.readiness, "GET"),
            ("/metrics", self.metrics, "GET"),
            ("/schema/openrpc.json", self.schema, "GET"),
        )
        opened = (
            ("/downloads/{secret}/{name}", self._downloads.get, "GET"),
            ("/upload/{ticket}", self._uploads.post, "POST"),
        )
        origins = self._names.origins
        return Starlette(
            routes=[
                *(
                    Route(path, self._checked(call), methods=[method])
                    for path, call, method in routes
                ),
                *(
                    route
                    for path, call, method in opened
                    for route in open_routes(path, self._checked(call), method, origins)
                ),
            ]
        )

    async def call(self, request: Request) -> Response:
        """One JSON-RPC call with a bearer token; the status is 200 whenever there is an answer."""
        call: Call | None = None
        try:
            _require_json(request)
            caller = self._caller(request)
            self._limit(caller)
            call = JSON.request(await self._body(request))
            result = await self._dispatcher.call(JSON, call, caller)
            answer = JSON.result(call.answer_id, result)
        except Malformed as error:
            return _json(JSON.failed(error.request_id, error), 400)
        except ForebayError as error:
            return _json(JSON.failed(call.answer_id if call else None, error), _status(error))
        except Exception:  # noqa: BLE001  (one call's fault is answered; the server goes on)
            self._log.exception("a call failed unexpectedly", method=call.method if call else "")
            internal = Internal("unexpected error", hint="see the server's log, and report it")
            return _json(JSON.failed(call.answer_id if call else None, internal), 500)
        if call.id is msgspec.UNSET:
            return Response(status_code=204)
        return _json(answer, 200)

    async def health(self, request: Request) -> Response:
        """Whether the process answers."""
        return PlainTextResponse("ok\n")

    async def readiness(self, request: Request) -> Response:
        """Whether the server can take changes, or why not."""
        reason = self._ready()
        return PlainTextResponse(f"{reason or 'ready'}\n", 503 if reason else 200)

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text, for the machine itself or for an administrator's token."""
        if not _is_local(request) and self._caller(request).role < Role.ADMIN:
            raise Denied("metrics need an administrator", object="path/metrics", number=403)
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    async def schema(self, request: Request) -> Response:
        """The OpenRPC document."""
        return _json(msgspec.json.encode(document()), 200)

    def _checked(self, handler: Handler) -> Handler:
        async def checked(request: Request) -> Response:
            local = request.scope.get("server") or ("", 0)
            headers = request.headers
            try:
                self._names.require(
                    headers.get("host", ""), headers.get("origin", ""), str(local[0])
                )
                return await handler(request)
            except ForebayError as error:
                return _json(msgspec.json.encode(error.failure()), _status(error))

        return checked

    def _caller(self, request: Request) -> Caller:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Denied(
                "no token",
                object="header/authorization",
                hint="send 'Authorization: Bearer <token>'",
                number=401,
            )
        return self._dispatcher.plane.identify(sha256(token.strip().encode()).hexdigest())

    def _limit(self, caller: Caller) -> None:
        """One bucket a user, whatever the number of connections. Raises RateLimited."""
        now_s = trio.current_time()
        bucket = self._buckets.get(caller.user_id)
        if bucket is None:
            bucket = self._buckets[caller.user_id] = TokenBucket(self._limits.calls_per_s, now_s)
        bucket.take(now_s)

    async def _body(self, request: Request) -> bytes:
        most = self._limits.message_bytes
        body = bytearray()
        with trio.move_on_after(self._limits.message_s):
            try:
                async with aclosing(request.stream()) as chunks:
                    async for chunk in chunks:
                        body += chunk
                        if len(body) > most:
                            raise Invalid(f"longer than {most} bytes", object="body", number=413)
            except ClientDisconnect:
                raise Invalid("the body ended early", object="body") from None
            return bytes(body)
        raise Deadline(
            f"no whole body in {self._limits.message_s:g} s", object="body", hint="send it faster"
        )


def _require_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Invalid(
            "the body is not declared to be JSON",
            object="header/content-type",
            hint="send 'Content-Type: application/json'",
            number=415,
        )


def _is_local(request: Request) -> bool:
    return request.client is not None and ip_address(request.client.host).is_loopback


def _status(error: ForebayError) -> int:
    """401 and the like speak about the connection; errors of calls are answers, hence 200."""
    if error.number in (401, 403, 404, 413, 415, 421, 503):
        return error.number
    if isinstance(error, RateLimited):
        return 429
    return 408 if isinstance(error, Deadline) and error.object == "body" else 200


def _json(body: bytes, status: int) -> Response:
    headers = {"www-authenticate": "Bearer"} if status == UNAUTHORIZED else None
    return Response(body, status, headers, media_type="application/json")
