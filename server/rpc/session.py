"""One websocket client from hello to goodbye: who it is, whether it is alive, why it ended."""

from collections.abc import Callable
from hashlib import sha256

import msgspec
import trio

from core.model.access import Caller
from core.model.errors import Denied, ForebayError
from server.limits import Limits
from server.logging import Log
from server.rpc.calls import Calls
from server.rpc.dispatch import Dispatcher
from server.rpc.methods import SessionIdentify
from server.rpc.wire import Malformed, Request, Unparsable
from server.transport.websocket import ServerChannel
from server.version import API_VERSION

RESTART, TROUBLE, GARBAGE, DENIED, LATE, SLOW = 1012, 1011, 4400, 4401, 4408, 4429
PINGS_MISSED = 2
"""After so many unanswered pings the client is taken for gone."""
TICK_S = 5.0
"""How often at most a session looks after its client."""


class HelloLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits that a client should know."""

    message_bytes: int
    calls_running: int
    subscriptions: int
    ping_s: float


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """What the server says first; events can be resumed as long as `instance` is the same."""

    server: str
    instance: str
    boot: str
    limits: HelloLimits
    head: int
    sim: bool
    api: str = API_VERSION
    auth: tuple[str, ...] = ("token",)


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to session.identify."""

    session: str
    user: str
    account: str
    role: str


class Session:
    """Serves one client until either side ends it."""

    def __init__(
        self, label: str, channel: ServerChannel, dispatcher: Dispatcher, limits: Limits, log: Log
    ) -> None:
        self.label = label
        self._channel = channel
        self._codec = channel.codec
        self._dispatcher = dispatcher
        self._limits = limits
        self._log = log.bind(session=label)
        self._ending: tuple[int, str] | None = None
        self._reading = trio.CancelScope()
        self._scope = trio.CancelScope()
        self._receiving = self._stopping = False
        self._unanswered = 0

    async def run(self, hello: Hello, identified: Callable[[], None]) -> None:
        """Serve the client; `identified` is told when it has said who it is."""
        try:
            caller = await self._greet(hello)
            if caller is not None:
                identified()
                await self._serve(caller)
        finally:
            ended = self._ending is None and self._channel.close_code is not None
            code, reason = self._ending or (
                RESTART,
                "closed by the client" if ended else "the server stops",
            )
            await self._channel.close(code, reason)
            self._log.info("session ended", code=self._channel.close_code, reason=reason)

    def stop(self) -> None:
        """Take no more calls, answer those that end soon, then close."""
        self._stopping = True
        if self._receiving:
            self._reading.cancel()

    async def _greet(self, hello: Hello) -> Caller | None:
        caller = None
        with trio.move_on_after(self._limits.identify_s) as self._reading:
            await self._channel.send(self._codec.notice("hello", hello))
            while caller is None and self._ending is None:
                message = await self._receive()
                if message is None:
                    return None
                request = await self._request(message)
                if request is not None:
                    caller = await self._identify(request)
        if self._reading.cancelled_caught and not self._stopping:
            self._ending = LATE, f"not identified in {self._limits.identify_s:g} s"
        return caller

    async def _identify(self, request: Request) -> Caller | None:
        try:
            caller = self._caller(request)
        except ForebayError as error:
            await self._channel.send(self._codec.failed(request.answer_id, error))
            if request.method == SessionIdentify.name:
                self._ending = DENIED, error.message[:100]
            return None
        answer = Identified(
            session=self.label,
            user=caller.username,
            account=caller.account_id,
            role=caller.role.name.lower(),
        )
        await self._channel.send(self._codec.result(request.answer_id, answer))
        return caller

    def _caller(self, request: Request) -> Caller:
        if request.method != SessionIdentify.name:
            raise Denied(
                "say first who you are",
                object=f"method/{request.method}",
                hint="call session.identify with your token",
                number=401,
            )
        asked = self._codec.params(request, SessionIdentify)
        caller = self._dispatcher.plane.identify(sha256(asked.token.encode()).hexdigest())
        self._log = self._log.bind(user=caller.username, client=asked.client)
        self._log.info("session identified")
        return caller

    async def _serve(self, caller: Caller) -> None:
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._look_after, nursery, caller)
                calls = Calls(
                    self._channel, self._dispatcher, self._limits, caller, nursery, self._log
                )
                await self._read(calls)
                if self._stopping:
                    with trio.move_on_after(self._limits.stop_s):
                        await calls.wait_idle()
                nursery.cancel_scope.cancel()

    async def _read(self, calls: Calls) -> None:
        with trio.CancelScope() as self._reading:
            while (message := await self._receive()) is not None:
                request = await self._request(message)
                if request is not None:
                    await calls.take(request)

    async def _receive(self) -> str | bytes | None:
        """The next message, None at the end; only here, not amid an answer, does `stop` cut in."""
        if self._stopping:
            return None
        self._receiving = True
        try:
            return await self._channel.receive()
        finally:
            self._receiving = False

    async def _request(self, message: str | bytes) -> Request | None:
        """The request in the message; garbage is answered, and ends the session."""
        try:
            return self._codec.request(message)
        except Unparsable as error:
            await self._channel.send(self._codec.failed(None, error))
            self._hang_up(GARBAGE, error.message[:100])
        except Malformed as error:
            await self._channel.send(self._codec.failed(error.request_id, error))
        return None

    async def _look_after(self, nursery: trio.Nursery, caller: Caller) -> None:
        """Ping, and end the session of who does not answer, does not read, or is let in no more."""
        pinged_s = trio.current_time()
        while True:
            await trio.sleep(min(TICK_S, self._limits.slow_s / 3, self._limits.ping_s / 3))
            self._see_out(caller)
            if self._channel.blocked_s >= self._limits.slow_s:
                self._hang_up(SLOW, f"nothing was read for {self._limits.slow_s:g} s")
            elif trio.current_time() - pinged_s >= self._limits.ping_s:
                pinged_s = trio.current_time()
                self._unanswered += 1
                if self._unanswered <= PINGS_MISSED:
                    nursery.start_soon(self._ping)
                elif not self._channel.blocked_s:
                    self._hang_up(TROUBLE, "two pings were not answered")

    def _see_out(self, caller: Caller) -> None:
        try:
            self._dispatcher.plane.require_standing(caller)
        except Denied as error:
            self._hang_up(DENIED, error.message[:100])

    async def _ping(self) -> None:
        if await self._channel.ping():
            self._unanswered = 0

    def _hang_up(self, code: int, reason: str) -> None:
        self._ending = code, reason
        self._scope.cancel()


def hello_limits(limits: Limits) -> HelloLimits:
    """What a client is told of the limits."""
    return HelloLimits(
        message_bytes=limits.message_bytes,
        calls_running=limits.calls_running,
        subscriptions=limits.subscriptions,
        ping_s=limits.ping_s,
    )
