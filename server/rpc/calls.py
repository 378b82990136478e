"""What one identified client asks for: its calls, side by side, and its subscriptions."""

from collections.abc import Callable

import msgspec
import trio

from core.model.access import Caller
from core.model.commands.command import Mode
from core.model.commands.registry import COMMANDS
from core.model.errors import Busy, Conflict, ForebayError, Internal, NotFound
from server.limits import Limits, TokenBucket
from server.logging import Log
from server.rpc.dispatch import Dispatcher
from server.rpc.methods import (
    EventsAck,
    EventsSubscribe,
    EventsUnsubscribe,
    JobWait,
    SessionIdentify,
)
from server.rpc.subscription import Subscription
from server.rpc.wire import Request
from server.transport.websocket import ServerChannel

QUERIES_RUNNING = 8
"""So many queries of a session run side by side; the next is read when one was answered."""


class Calls:
    """Answers requests over one channel; `nursery` holds those that wait, and the subscriptions."""

    def __init__(
        self,
        channel: ServerChannel,
        dispatcher: Dispatcher,
        limits: Limits,
        caller: Caller,
        nursery: trio.Nursery,
        log: Log,
    ) -> None:
        self._channel = channel
        self._codec = channel.codec
        self._dispatcher = dispatcher
        self._limits = limits
        self._caller = caller
        self._nursery = nursery
        self._log = log
        self._bucket = TokenBucket(limits.calls_per_s, trio.current_time())
        self._subscriptions: dict[str, Subscription] = {}
        self._subscribed = self._running = self._querying = 0
        self._ended = trio.Event()
        self._own: dict[str, Callable[[Request], object]] = {
            SessionIdentify.name: self._identify_again,
            EventsSubscribe.name: self._subscribe,
            EventsAck.name: self._acknowledge,
            EventsUnsubscribe.name: self._unsubscribe,
        }

    async def take(self, request: Request) -> None:
        """Answer the request now, or begin to; too many at once are refused with Busy."""
        kind = COMMANDS.get(request.method)
        if kind is not None and kind.mode is Mode.QUERY:
            begin = self._answer if self._dispatcher.plane.settled else self._begin_query
            await begin(request)
        elif kind is None and request.method != JobWait.name:
            await self._answer(request)
        elif self._running >= self._limits.calls_running:
            busy = Busy(
                f"{self._running} calls of this session are running",
                object="session",
                hint="wait for an answer before the next call",
            )
            await self._channel.send(self._codec.failed(request.answer_id, busy))
        else:
            self._running += 1
            self._nursery.start_soon(self._answer_later, request)

    async def wait_idle(self) -> None:
        """Wait until no call is running."""
        while self._running or self._querying:
            self._ended = trio.Event()
            await self._ended.wait()

    async def _begin_query(self, request: Request) -> None:
        # Answers of queries can be long, so the client must take some before it gets more.
        while self._querying >= QUERIES_RUNNING:
            self._ended = trio.Event()
            await self._ended.wait()
        self._querying += 1
        self._nursery.start_soon(self._answer_query, request)

    async def _answer_query(self, request: Request) -> None:
        try:
            await self._answer(request)
        finally:
            self._querying -= 1
            self._ended.set()

    async def _answer_later(self, request: Request) -> None:
        try:
            await self._answer(request)
        finally:
            self._running -= 1
            self._ended.set()

    async def _answer(self, request: Request) -> None:
        request_id = request.answer_id
        try:
            self._bucket.take(trio.current_time())
            message = self._codec.result(request_id, await self._result(request))
        except ForebayError as error:
            message = self._codec.failed(request_id, error)
        except Exception:  # noqa: BLE001  (one call's fault is answered; the others go on)
            self._log.exception("a call failed unexpectedly", method=request.method)
            internal = Internal("unexpected error", hint="see the server's log, and report it")
            message = self._codec.failed(request_id, internal)
        if request.id is not msgspec.UNSET:
            await self._channel.send(message)

    async def _result(self, request: Request) -> object:
        own = self._own.get(request.method)
        if own is not None:
            return own(request)
        return await self._dispatcher.call(self._codec, request, self._caller)

    def _identify_again(self, request: Request) -> object:
        raise Conflict(
            "this session is identified already",
            object="session",
            hint="open another one for another user",
        )

    def _subscribe(self, request: Request) -> object:
        asked = self._codec.params(request, EventsSubscribe)
        if len(self._subscriptions) >= self._limits.subscriptions:
            raise Busy(
                f"{len(self._subscriptions)} subscriptions are open",
                object="session",
                hint="end one with events.unsubscribe",
            )
        plane = self._dispatcher.plane
        watch = plane.watch(
            self._caller, after=asked.after, topics=asked.topics, filter=asked.filter
        )
        self._subscribed += 1
        label = f"q{self._subscribed}"
        subscription = Subscription(label, asked, watch, plane, self._channel)
        self._subscriptions[label] = subscription
        self._nursery.start_soon(self._follow, subscription)
        return subscription.answer

    async def _follow(self, subscription: Subscription) -> None:
        try:
            await subscription.run(self._limits.events_per_message)
        finally:
            self._subscriptions.pop(subscription.label, None)

    def _acknowledge(self, request: Request) -> object:
        asked = self._codec.params(request, EventsAck)
        self._subscription(asked.sub).grant(asked.credit)
        return {"success": True}

    def _unsubscribe(self, request: Request) -> object:
        self._subscription(self._codec.params(request, EventsUnsubscribe).sub).end()
        return {"success": True}

    def _subscription(self, label: str) -> Subscription:
        if label not in self._subscriptions:
            raise NotFound(
                f"this session has no subscription {label}",
                object=f"subscription/{label}",
                hint="subscribe with events.subscribe",
            )
        return self._subscriptions[label]
