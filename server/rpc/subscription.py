"""One client's view of the events: sends as many as it gave credit for, then waits for more."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import trio

from core.model.errors import ForebayError
from core.plane import ControlPlane
from server.rpc.methods import EventsSubscribe
from server.rpc.wire import ErrorBody, error_body
from server.transport.websocket import Channel

CREDIT_MOST = 1_000_000
BOOKMARK_S = 1.0
"""How often at most a client is told only that nothing concerned it."""
LAGGING_S = 1.0
"""How often a subscription without credit looks whether it should say so."""


class Batch(Protocol):
    """What a watch has next."""

    @property
    def events(self) -> Sequence[bytes]: ...
    @property
    def bookmark(self) -> int: ...
    @property
    def progress(self) -> Sequence[object]: ...


class Watch(Protocol):
    """The control plane's cursor over the events."""

    mode: str
    start: int

    async def next(self, limit: int) -> Batch: ...
    def close(self) -> None: ...


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to events.subscribe; in mode "snapshot" the client must list anew from `start`."""

    sub: str
    mode: str
    start: int
    head: int


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """Notice `event`: events in order, and the position up to which nothing is missing."""

    sub: str
    events: tuple[object, ...]
    bookmark: int


class Ticks(msgspec.Struct, frozen=True, kw_only=True):
    """Notice `progress`: how far jobs are; not durable, only the latest counts."""

    sub: str
    jobs: Sequence[object]


class Lagging(msgspec.Struct, frozen=True, kw_only=True):
    """Notice `lagging`: there are events above `bookmark` but no credit."""

    sub: str
    bookmark: int
    head: int


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """Notice `events.ended`: the subscription has failed; subscribe again from the bookmark."""

    sub: str
    bookmark: int
    error: ErrorBody


class Subscription:
    """Moves events from a watch to a channel. Buffers one message: the watch is a cursor."""

    def __init__(
        self,
        label: str,
        asked: EventsSubscribe,
        watch: Watch,
        plane: ControlPlane,
        channel: Channel,
    ) -> None:
        self.label = label
        self._watch = watch
        self._plane = plane
        self._channel = channel
        self._credit = asked.credit
        self._granted = trio.Event()
        self._bookmark = watch.start
        self._told_s = trio.current_time()
        self._waiting = trio.CancelScope()
        self._over = self._told_lagging = False

    @property
    def answer(self) -> Subscribed:
        """What the client is told at the beginning."""
        watch = self._watch
        return Subscribed(sub=self.label, mode=watch.mode, start=watch.start, head=self._plane.head)

    def grant(self, credit: int) -> None:
        """Let `credit` more events be sent."""
        self._credit = min(self._credit + credit, CREDIT_MOST)
        self._told_lagging = False
        self._granted.set()

    def end(self) -> None:
        """Send nothing more; a message that is being sent still goes out whole."""
        self._over = True
        self._waiting.cancel()

    async def run(self, events_per_message: int) -> None:
        """Send until it is ended, the channel closes or the watch fails."""
        try:
            open = True
            while open and not self._over:
                if self._credit > 0:
                    open = await self._follow(events_per_message)
                else:
                    open = await self._pause()
        except ForebayError as error:
            ended = Ended(sub=self.label, bookmark=self._bookmark, error=error_body(error))
            await self._notice("events.ended", ended)
        finally:
            self._watch.close()

    async def _follow(self, events_per_message: int) -> bool:
        batch = None
        with trio.CancelScope() as self._waiting:
            batch = await self._watch.next(min(self._credit, events_per_message))
        return batch is not None and await self._send(batch)

    async def _pause(self) -> bool:
        self._granted = trio.Event()
        with trio.move_on_after(LAGGING_S) as self._waiting:
            await self._granted.wait()
        head = self._plane.head
        if self._credit > 0 or self._told_lagging or head <= self._bookmark:
            return True
        self._told_lagging = True
        return await self._notice(
            "lagging", Lagging(sub=self.label, bookmark=self._bookmark, head=head)
        )

    async def _send(self, batch: Batch) -> bool:
        self._bookmark = batch.bookmark
        self._credit -= len(batch.events)
        open = True
        if batch.progress:
            open = await self._notice("progress", Ticks(sub=self.label, jobs=batch.progress))
        if batch.events or trio.current_time() - self._told_s >= BOOKMARK_S:
            self._told_s = trio.current_time()
            embedded = self._channel.codec.embedded
            events = tuple(embedded(event) for event in batch.events)
            said = Events(sub=self.label, events=events, bookmark=batch.bookmark)
            open = await self._notice("event", said)
        return open

    async def _notice(self, method: str, params: object) -> bool:
        return await self._channel.send(self._channel.codec.notice(method, params))
