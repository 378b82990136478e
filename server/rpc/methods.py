"""The methods beside the commands: jobs, events, discovery and who one is."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from core.model.commands.command import Id

Position = Annotated[int, Meta(ge=0, le=1 << 53, description="Position in the journal")]
Credit = Annotated[int, Meta(ge=1, le=100_000, description="Events that may be sent")]
Label = Annotated[str, Meta(max_length=128)]


class Method(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Parameters of a method; `session_only` says that it needs a websocket."""

    name: ClassVar[str]
    session_only: ClassVar[bool] = False


class JobWait(Method, frozen=True, kw_only=True):
    """Wait for the end of a job; answers the job as it is then, or when the time is out."""

    name: ClassVar[str] = "job.wait"

    jobid: Id
    timeout_s: Annotated[float, Meta(ge=0, le=3600)] = 60.0


class JobCancel(Method, frozen=True, kw_only=True):
    """Ask a job to stop; answers at once what will become of it."""

    name: ClassVar[str] = "job.cancel"

    jobid: Id


class RpcDiscover(Method, frozen=True, kw_only=True):
    """The OpenRPC document of this server."""

    name: ClassVar[str] = "rpc.discover"


class SessionIdentify(Method, frozen=True, kw_only=True):
    """Say who one is; the first call of every session."""

    name: ClassVar[str] = "session.identify"
    session_only: ClassVar[bool] = True

    token: Annotated[str, Meta(min_length=1, max_length=512)]
    client: Label = ""
    api: Label = ""


class EventsSubscribe(Method, frozen=True, kw_only=True):
    """Follow events, from after the position `from` or from now on; no topics means all."""

    name: ClassVar[str] = "events.subscribe"
    session_only: ClassVar[bool] = True

    topics: Annotated[tuple[Label, ...], Meta(max_length=64)] = ()
    filter: Annotated[dict[Label, Label], Meta(max_length=16)] = {}
    after: Position | None = msgspec.field(name="from", default=None)
    credit: Credit = 256


class EventsAck(Method, frozen=True, kw_only=True):
    """Let a subscription send `credit` more events."""

    name: ClassVar[str] = "events.ack"
    session_only: ClassVar[bool] = True

    sub: Label
    credit: Credit
    position: Position = 0


class EventsUnsubscribe(Method, frozen=True, kw_only=True):
    """End a subscription."""

    name: ClassVar[str] = "events.unsubscribe"
    session_only: ClassVar[bool] = True

    sub: Label


METHOD_TYPES: tuple[type[Method], ...] = (
    SessionIdentify,
    JobWait,
    JobCancel,
    EventsSubscribe,
    EventsAck,
    EventsUnsubscribe,
    RpcDiscover,
)
METHODS: dict[str, type[Method]] = {kind.name: kind for kind in METHOD_TYPES}
