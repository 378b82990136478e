"""Calls that need no session: commands, jobs and discovery, from whichever transport."""

from core.model.access import Caller
from core.model.commands.command import Command
from core.model.commands.meta import Meta
from core.model.commands.registry import COMMANDS
from core.plane import ControlPlane
from server.nearest import suggestion
from server.rpc.methods import METHODS, JobCancel, JobWait, RpcDiscover
from server.rpc.openrpc import document
from server.rpc.wire import Codec, Request, UnknownMethod

_NO_META = Meta()


class Dispatcher:
    """Turns requests into calls of the control plane and counts them."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.calls = self.failures = 0

    async def call(self, codec: Codec, request: Request, caller: Caller) -> object:
        """The result of the request, ready to be encoded. Raises errors of the tree."""
        self.calls += 1
        try:
            return await self._call(codec, request, caller)
        except Exception:
            self.failures += 1
            raise

    async def _call(self, codec: Codec, request: Request, caller: Caller) -> object:
        kind = COMMANDS.get(request.method)
        if kind is None:
            return await self._method(codec, request, caller)
        command: Command
        command, meta = codec.command(request, kind)
        return await self.plane.submit(command, caller, meta or _NO_META)

    async def _method(self, codec: Codec, request: Request, caller: Caller) -> object:
        match request.method:
            case JobWait.name:
                wait = codec.params(request, JobWait)
                return await self.plane.wait_job(wait.jobid, caller, wait.timeout_s)
            case JobCancel.name:
                return await self.plane.cancel_job(codec.params(request, JobCancel).jobid, caller)
            case RpcDiscover.name:
                codec.params(request, RpcDiscover)
                return document()
            case _:
                raise unknown(request.method)


def unknown(method: str) -> UnknownMethod:
    """The error for a method that does not exist here."""
    needs_session = method in METHODS
    meant = "" if needs_session else suggestion(method, (*COMMANDS, *METHODS))
    return UnknownMethod(
        f"there is no method {method}",
        object=f"method/{method}",
        hint=meant or "rpc.discover lists all; those of events and sessions need a websocket",
    )
