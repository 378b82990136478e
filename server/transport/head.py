"""The head of a connection's first request: what it asks for, and whether it may."""

from urllib.parse import urlsplit

import h11
import msgspec

from core.model.errors import Denied, ForebayError, Invalid

END = b"\r\n\r\n"
_STATUSES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    421: "Misdirected Request",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
}


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Method, path and headers (names in lower case) of a request."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str:
        """The header's value, "" without; of a header sent twice both, which matches nothing."""
        return ", ".join(value for key, value in self.headers if key == name)

    @property
    def websocket(self) -> bool:
        """Whether it asks to become a websocket."""
        return "websocket" in self.header("upgrade").lower()


def parse(data: bytes) -> Head:
    """The head in `data`, which ends in an empty line. Raises Invalid."""
    connection = h11.Connection(h11.SERVER)
    try:
        connection.receive_data(data)
        event = connection.next_event()
    except h11.RemoteProtocolError as error:
        raise Invalid(
            f"not an HTTP request: {error}", object="request", hint="send HTTP/1.1"
        ) from None
    if not isinstance(event, h11.Request):
        raise Invalid("not an HTTP request", object="request", hint="send HTTP/1.1")
    return Head(
        method=event.method.decode("ascii", "replace"),
        path=event.target.decode("ascii", "replace").partition("?")[0],
        headers=tuple(
            (name.decode("ascii", "replace"), value.decode("latin-1"))
            for name, value in event.headers
        ),
    )


class Names:
    """By which names the server may be called, and from which pages.

    Host is checked against DNS rebinding, Origin against pages of other sites that borrow the
    user's browser. A client without Origin is no browser, and shows a token anyway.
    """

    def __init__(self, hosts: tuple[str, ...], origins: tuple[str, ...]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origin.lower() for origin in origins)

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins from whose pages the server may be called, beside its own."""
        return tuple(self._origins)

    def require(self, host: str, origin: str, local_address: str) -> None:
        """Raise Denied (421 a wrong Host, 403 a wrong Origin) unless both may be."""
        name = _host_name(host)
        if name not in self._hosts and name != local_address:
            raise Denied(
                f"this server is not called {host[:64]!r}",
                object="header/host",
                hint="add the name to `hosts` under [listen] in the site file",
                number=421,
            )
        if origin and origin.lower() not in self._origins and _authority(origin) != host.lower():
            raise Denied(
                f"pages of {origin[:64]!r} may not call this server",
                object="header/origin",
                hint="add the page's origin to `origins` under [listen] in the site file",
                number=403,
            )


def refusal(status: int, error: ForebayError) -> bytes:
    """A whole HTTP response that says why a connection is refused."""
    body = msgspec.json.encode(error.failure())
    lines = (
        f"HTTP/1.1 {status} {_STATUSES.get(status, 'Refused')}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "connection: close",
    )
    return "\r\n".join(lines).encode() + END + body


def _host_name(host: str) -> str:
    try:
        parts = urlsplit(f"//{host}")
        return (parts.hostname or "").lower() if parts.port or parts.netloc == host else ""
    except ValueError:
        return ""


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
