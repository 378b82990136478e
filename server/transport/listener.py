"""Binds the one port, accepts connections for the front, and stops well."""

import ssl
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import trio

from core.model.errors import Invalid, Unavailable
from server.config import SiteFile
from server.logging import Log
from server.rpc.dispatch import Dispatcher
from server.rpc.http import HttpApp
from server.rpc.session import Hello, hello_limits
from server.site import Service
from server.transport.front import Front
from server.transport.head import Names
from server.transport.http_server import HttpServer
from server.version import program_version

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class Address(msgspec.Struct, frozen=True):
    """Where to listen; port 0 lets the system choose."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def url(self, *, secure: bool) -> str:
        """The URL of a server that listens here."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if secure else 'http'}://{host}:{self.port}"


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """The bound port, before anyone is let in."""

    listeners: list[trio.SocketListener]
    url: str
    address: Address
    tls: ssl.SSLContext | None


def parse_address(text: str) -> Address:
    """The address in HOST:PORT, an IPv6 host in brackets. Raises Invalid."""
    try:
        parts = urlsplit(f"//{text}")
        if parts.hostname and parts.port is not None and parts.netloc == text and not parts.path:
            return Address(parts.hostname, parts.port)
    except ValueError:
        pass
    raise Invalid(
        f"{text!r} is not HOST:PORT", object="option/listen", hint="for example 127.0.0.1:8250"
    )


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or later with the certificate. Raises Invalid when the files do not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise Invalid(
            f"the certificate or its key cannot be used: {error}",
            object=f"file/{certificate}",
            hint="give PEM files with --tls-cert and --tls-key",
        ) from None
    return context


async def bind(address: Address, tls: ssl.SSLContext | None) -> Door:
    """Bind the port. Raises Invalid for plain text beyond this machine, Unavailable if taken."""
    if tls is None and not address.loopback:
        raise Invalid(
            f"{address.host} can be reached from other machines, so it needs TLS",
            object="option/listen",
            hint="give --tls-cert and --tls-key, or listen on 127.0.0.1",
        )
    try:
        listeners = await trio.open_tcp_listeners(address.port, host=address.host)
    except OSError as error:
        raise Unavailable(
            f"cannot listen on {address.host}:{address.port}: {error.strerror or error}",
            object="option/listen",
            hint="stop what listens there, or choose another port",
        ) from None
    bound = Address(address.host, int(listeners[0].socket.getsockname()[1]))
    url = bound.url(secure=tls is not None)
    return Door(listeners=listeners, url=url, address=bound, tls=tls)


async def serve(
    door: Door, service: Service, site: SiteFile, log: Log, *, boot: str, stopping: trio.Event
) -> None:
    """Let clients in until `stopping` is set, then end their sessions within `stop_s`."""
    front, http = _front(door, service, site, log, boot)
    async with trio.open_nursery() as handlers:
        async with trio.open_nursery() as accepting:
            for listener in door.listeners:
                accepting.start_soon(_accept, listener, front, handlers)
            await stopping.wait()
            accepting.cancel_scope.cancel()
        log.info("stopping", connections=front.connections.open)
        handlers.cancel_scope.deadline = trio.current_time() + site.limits.stop_s + 1
        front.stop()
        await http.stop()


async def _accept(listener: trio.SocketListener, front: Front, handlers: trio.Nursery) -> None:
    await trio.serve_listeners(front.serve, [listener], handler_nursery=handlers)


def _front(
    door: Door, service: Service, site: SiteFile, log: Log, boot: str
) -> tuple[Front, HttpServer]:
    limits = site.limits
    hosts = (*LOOPBACK_NAMES, door.address.host, *site.listen.hosts)
    names = Names(hosts, site.listen.origins)
    dispatcher = Dispatcher(service.plane)

    def hello() -> Hello:
        return Hello(
            server=f"forebay {program_version()}",
            instance=service.journal.instance,
            boot=boot,
            limits=hello_limits(limits),
            head=service.plane.head,
            sim=service.simulated,
        )

    def ready() -> str:
        failure = service.journal.failure
        return "" if failure is None else failure.message

    def numbers() -> dict[str, int]:
        return front.statistics()

    app = HttpApp(
        dispatcher=dispatcher,
        limits=limits,
        names=names,
        parts={
            "plane": service.plane.statistics,
            "journal": service.journal.statistics,
            "server": numbers,
        },
        ready=ready,
        log=log,
    )
    http = HttpServer(app.application(), limits)
    front = Front(
        dispatcher=dispatcher,
        http=http,
        limits=limits,
        names=names,
        hello=hello,
        tls=door.tls,
        log=log,
    )
    return front, http
