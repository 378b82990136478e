"""A client over one websocket, for programs on trio: calls, jobs and events."""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio

from core.model.errors import Deadline, ForebayError, Unavailable
from server.credentials import websocket_url
from server.failures import unwrapped
from server.rpc.remote_error import error_of
from server.rpc.wire import JSON, Codec
from server.transport.websocket import Channel, connect

ANSWER_S = 60.0
"""How long a call may take unless its caller says otherwise."""
EVENTS_WAITING = 4096
"""Credit of a subscription: so many events may wait here for their reader."""

Object = dict[str, Any]


class _Message(msgspec.Struct):
    id: int | None = None
    result: Any = None
    error: Object | None = None
    method: str = ""
    params: Any = None


class _Waiting:
    """A call whose answer has not come."""

    def __init__(self, *, subscribes: bool) -> None:
        self.subscribes = subscribes
        self.done = trio.Event()
        self.message: _Message | None = None


class EventStream:
    """One subscription: iterate over its events; `bookmark` is where to resume from later.

    `mode` "snapshot" says that the start was too old: list anew, what follows comes after `start`.
    """

    def __init__(self, client: "Client", answer: Object) -> None:
        self.label = str(answer["sub"])
        self.mode = str(answer["mode"])
        self.start = self.bookmark = int(answer["start"])
        self.progress: dict[str, Object] = {}
        self._client = client
        self._send, self._receive = trio.open_memory_channel[Object](EVENTS_WAITING)
        self._read = 0
        self._failure: ForebayError | None = None

    def __aiter__(self) -> AsyncIterator[Object]:
        return self

    async def __anext__(self) -> Object:
        """The next event. Raises the error that ended the subscription."""
        try:
            event = await self._receive.receive()
        except trio.EndOfChannel:
            if self._failure is not None:
                raise self._failure from None
            raise StopAsyncIteration from None
        self._read += 1
        self.bookmark = int(event["position"])
        if self._read >= EVENTS_WAITING // 2:
            grant, self._read = self._read, 0
            await self._client.call("events.ack", sub=self.label, credit=grant)
        return event

    def take(self, method: str, params: Object) -> None:
        """Take in a notice; bounded by the credit that was given."""
        if method == "event":
            for event in params["events"]:
                self._send.send_nowait(event)
        elif method == "progress":
            self.progress = {str(job["jobid"]): job for job in params["jobs"]}
        elif method == "events.ended":
            self.end(error_of(params["error"]))

    def end(self, failure: ForebayError | None = None) -> None:
        """Nothing more will come."""
        self._failure = failure
        self._send.close()


class Client:
    """An identified session. Calls may run side by side; errors are raised as the server's own."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._codec = channel.codec
        self._decode = channel.codec.decoder(_Message)
        self._waiting: dict[int, _Waiting] = {}
        self._streams: dict[str, EventStream] = {}
        self._last_id = 0
        self._greeted = trio.Event()
        self.hello: Object = {}

    async def call(self, method: str, *, timeout_s: float = ANSWER_S, **params: Any) -> Any:
        """Call a method with its wire parameters and answer its result.

        Raises the server's error, Unavailable when the connection ends, Deadline.
        """
        return await self._call(method, params, timeout_s)

    async def wait_job(self, job_id: str, timeout_s: float = 3600.0) -> Object:
        """The job as it is at its end, or as it is when the time is out."""
        params = {"jobid": job_id, "timeout_s": timeout_s}
        job: Object = await self._call("job.wait", params, timeout_s + ANSWER_S)
        return job

    async def subscribe(
        self,
        topics: tuple[str, ...] = (),
        *,
        after: int | None = None,
        filter: dict[str, str] | None = None,
    ) -> EventStream:
        """Follow events above position `after`, or from now on."""
        params: Object = {"topics": topics, "filter": filter or {}, "credit": EVENTS_WAITING}
        if after is not None:
            params["from"] = after
        answer: Object = await self._call("events.subscribe", params, ANSWER_S)
        return self._streams[str(answer["sub"])]

    async def run(self) -> None:
        """Take in messages until the connection ends."""
        while (message := await self._channel.receive()) is not None:
            self._take(self._decode(message))
        for waiting in self._waiting.values():
            waiting.done.set()
        for stream in self._streams.values():
            stream.end(self._lost())
        self._greeted.set()

    async def greeted(self) -> Object:
        """What the server said first. Raises Unavailable when it said nothing."""
        await self._greeted.wait()
        if not self.hello:
            raise self._lost()
        return self.hello

    async def _call(self, method: str, params: Object, timeout_s: float) -> Any:
        self._last_id += 1
        call_id = self._last_id
        waiting = self._waiting[call_id] = _Waiting(subscribes=method == "events.subscribe")
        request = {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params}
        try:
            with trio.move_on_after(timeout_s) as scope:
                if not await self._channel.send(self._codec.encode(request)):
                    raise self._lost()
                await waiting.done.wait()
        finally:
            del self._waiting[call_id]
        if scope.cancelled_caught:
            raise Deadline(
                f"no answer in {timeout_s:g} s", object=f"method/{method}", hint="try again"
            )
        if waiting.message is None:
            raise self._lost()
        if waiting.message.error is not None:
            raise error_of(waiting.message.error)
        return waiting.message.result

    def _take(self, message: _Message) -> None:
        if message.method == "hello":
            self.hello = message.params
            self._greeted.set()
        elif message.method:
            stream = self._streams.get(str(message.params.get("sub", "")))
            if stream is not None:
                stream.take(message.method, message.params)
        elif message.id in self._waiting:
            # A stream must be there before its first event is read, which comes right behind.
            waiting = self._waiting[message.id]
            if waiting.subscribes and message.error is None:
                stream = EventStream(self, message.result)
                self._streams[stream.label] = stream
            waiting.message = message
            waiting.done.set()

    def _lost(self) -> Unavailable:
        code, reason = self._channel.close_code, self._channel.close_reason
        return Unavailable(
            f"the connection has ended ({code}: {reason or 'no reason given'})",
            object="session",
            hint="connect again; events can be resumed from the bookmark",
        )


@asynccontextmanager
async def open_client(
    url: str,
    token: str,
    *,
    codec: Codec = JSON,
    tls: ssl.SSLContext | None = None,
    name: str = "forebay",
) -> AsyncGenerator[Client]:
    """An identified session with the server at `url` (http or https, without a path).

    Raises Unavailable when it cannot be reached, Denied for a wrong token.
    """
    socket_url = websocket_url(url)
    with unwrapped():
        async with connect(socket_url, codec, tls) as channel, trio.open_nursery() as nursery:
            client = Client(channel)
            nursery.start_soon(client.run)
            await client.greeted()
            await client.call("session.identify", token=token, client=name)
            yield client
            nursery.cancel_scope.cancel()
