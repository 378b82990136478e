"""The file that lets local commands in: where the server is, and the administrator's token."""

import os
import secrets
from hashlib import sha256
from pathlib import Path

import msgspec

from core.model.errors import ForebayError, Integrity, Unavailable

FILE = "credentials.json"


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Content of the file; it is readable by its owner only.

    The token is for this server's own interfaces; apikey and secretkey are the pair that clients
    of CloudStack's signed API are given.
    """

    url: str
    websocket_url: str
    username: str
    token: str
    apikey: str
    secretkey: str

    @property
    def token_sha256(self) -> str:
        """What the server keeps of the token."""
        return sha256(self.token.encode()).hexdigest()


def drawn(url: str) -> Credentials:
    """Fresh credentials of the first administrator, from the system's entropy."""
    return Credentials(
        url=url,
        websocket_url=websocket_url(url),
        username="admin",
        token=secrets.token_urlsafe(32),
        apikey=secrets.token_urlsafe(48),
        secretkey=secrets.token_urlsafe(48),
    )


def moved(known: Credentials, url: str) -> Credentials:
    """The same credentials for a server that now listens elsewhere."""
    return msgspec.structs.replace(known, url=url, websocket_url=websocket_url(url))


def websocket_url(url: str) -> str:
    """Where the websocket of the server at `url` is."""
    return f"ws{url.removeprefix('http').rstrip('/')}/rpc/v1"


def read(directory: Path) -> Credentials | None:
    """The credentials in a data directory, None without. Raises Integrity, Unavailable."""
    path = directory / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise Integrity(
            f"the credentials cannot be understood: {error}",
            object=f"file/{path}",
            hint="put the file back from a backup of the data directory",
        ) from None
    except OSError as error:
        raise _unavailable(path, "read", error) from None


def write(directory: Path, credentials: Credentials) -> None:
    """Replace the credentials in one step that survives a power cut. Raises Unavailable."""
    path = directory / FILE
    fresh = path.with_suffix(".new")
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(credentials), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        _sync_directory(directory)
    except OSError as error:
        raise _unavailable(path, "written", error) from None


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unavailable(path: Path, done: str, error: OSError) -> ForebayError:
    return Unavailable(
        f"the credentials cannot be {done}: {error.strerror}",
        object=f"file/{path}",
        hint="the data directory must belong to the user that runs the command",
    )
