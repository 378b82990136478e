"""Opens the addresses that images come from: web servers and folders that the rules allow."""

import ipaddress
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from http import HTTPStatus
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import anyio
import httpx
import msgspec
from anyio import to_thread

from core.model import errors
from core.model.errors import ForebayError
from drivers.failures import translated
from drivers.folder import Folder

REDIRECTS_MAX = 3
CHUNK_BYTES = 1 << 20
CONNECT_TIMEOUT_S = 10.0
SILENCE_TIMEOUT_S = 30.0
PORTS = {"http": 80, "https": 443}
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "forebay"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
BY_FAILURE: tuple[tuple[type[Exception], type[ForebayError], str], ...] = (
    (httpx.TimeoutException, errors.Unavailable, "the server does not answer"),
    (httpx.RemoteProtocolError, errors.Unavailable, "the server breaks the rules of HTTP"),
    (httpx.HTTPError, errors.Unavailable, "the server cannot be reached"),
    (httpx.InvalidURL, errors.Invalid, "no such address can be"),
    (UnicodeError, errors.Invalid, "no such name can be"),
    (OSError, errors.Unavailable, "the server's name, address or certificate is not good"),
)
FOREIGN: tuple[type[Exception], ...] = tuple(kind for kind, _, _ in BY_FAILURE)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What may be fetched besides public addresses of the Internet.

    `folders`: absolute folders below which file:// may read. `networks`: private networks that are
    allowed all the same, such as "10.1.0.0/16".
    """

    folders: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """An opened address; `total_bytes` is 0 when the server does not say it."""

    total_bytes: int
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def opened(url: str, rules: Rules, subject: str) -> AsyncGenerator[Download]:
    """Open `url` for reading until the block ends.

    A name is resolved once for each hop, checked, and the checked address is the one connected to.
    Raises Invalid (scheme, address or folder not allowed, too many redirects), NotFound,
    Unavailable.
    """
    parts = _split(url, subject)
    async with AsyncExitStack() as stack:
        if parts.scheme == "file":
            yield await _open_file(parts, rules, subject, stack)
        else:
            with _web_failures(subject):
                yield await _open_web(url, rules, subject, stack)


def _split(url: str, subject: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise _refused("no such address can be", subject, "check the address") from error


def _refused(message: str, subject: str, hint: str) -> errors.Invalid:
    return errors.Invalid(message, object=subject, hint=hint)


@contextmanager
def _web_failures(subject: str) -> Generator[None]:
    try:
        yield
    except FOREIGN as error:
        _, leaf, words = next(row for row in BY_FAILURE if isinstance(error, row[0]))
        raise leaf(f"{words}: {error}", object=subject, hint="try the address by hand") from error


async def _open_file(
    parts: SplitResult, rules: Rules, subject: str, stack: AsyncExitStack
) -> Download:
    path = unquote(parts.path)
    root = next((root for root in rules.folders if path.startswith(root.rstrip("/") + "/")), None)
    if root is None or parts.netloc not in ("", "localhost"):
        hint = "put the image into a folder that the configuration allows, or use https"
        raise _refused(f"{path} is in no allowed folder", subject, hint)
    folder = Folder(root.rstrip("/"), subject)
    descriptor = await to_thread.run_sync(folder.open, path.removeprefix(folder.root + "/"))
    if descriptor is None:
        raise errors.NotFound(f"{path} is not there", object=subject, hint="check the address")
    stack.callback(os.close, descriptor)
    return Download(total_bytes=os.fstat(descriptor).st_size, chunks=_read(descriptor, subject))


async def _read(descriptor: int, subject: str) -> AsyncIterator[bytes]:
    with translated(subject):
        while chunk := await to_thread.run_sync(os.read, descriptor, CHUNK_BYTES):
            yield chunk


async def _open_web(url: str, rules: Rules, subject: str, stack: AsyncExitStack) -> Download:
    timeout = httpx.Timeout(SILENCE_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    client = await stack.enter_async_context(
        httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)
    )
    for _ in range(REDIRECTS_MAX + 1):
        request = await _pinned(client, url, rules, subject)
        response = await client.send(request, stream=True)
        stack.push_async_callback(response.aclose)
        if not response.has_redirect_location:
            return _answered(response, subject)
        url = urljoin(url, response.headers["Location"])
    raise _refused("it redirects too often", subject, "give the image's own address")


async def _pinned(client: httpx.AsyncClient, url: str, rules: Rules, subject: str) -> httpx.Request:
    """A request to the one address of the URL's host that was checked."""
    parts = _split(url, subject)
    host = parts.hostname
    if parts.scheme not in PORTS or not host or parts.username is not None:
        hint = "use https://host/path, without a user's name"
        raise _refused(f"{parts.scheme}: addresses are not fetched", subject, hint)
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise _refused("no such port", subject, "use a port from 1 to 65535") from error
    address = await _resolve(host, port, rules, subject)
    literal = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004
    target = parts._replace(netloc=f"{literal}:{port}", fragment="").geturl()
    named = f"[{host}]" if ":" in host else host
    shown = named if port == PORTS[parts.scheme] else f"{named}:{port}"
    return client.build_request(
        "GET", target, headers={**HEADERS, "Host": shown}, extensions={"sni_hostname": host}
    )


async def _resolve(host: str, port: int, rules: Rules, subject: str) -> Address:
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if not _is_allowed(address, rules):
            hint = "use a public address, or let an administrator allow that network"
            raise _refused(f"{host} is at {address}, which is not allowed", subject, hint)
    return ipaddress.ip_address(str(found[0][4][0]))


def _is_allowed(address: Address, rules: Rules) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if any(address in ipaddress.ip_network(network) for network in rules.networks):
        return True
    return address.is_global and not address.is_multicast


def _answered(response: httpx.Response, subject: str) -> Download:
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise errors.NotFound("the server has no such image", object=subject, hint="check the URL")
    if response.status_code != HTTPStatus.OK:
        message = f"the server answers {response.status_code}"
        raise errors.Unavailable(message, object=subject, hint="try the address by hand")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise _refused("the server encodes the image", subject, "offer it without an encoding")
    length = response.headers.get("Content-Length", "")
    total_bytes = int(length) if length.isdecimal() else 0
    return Download(total_bytes=total_bytes, chunks=response.aiter_raw(CHUNK_BYTES))
