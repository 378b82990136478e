"""Which server a command talks to, and with whose token."""

import os
import ssl
from pathlib import Path

import msgspec

from core.model.errors import Denied, Invalid
from server import credentials


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A server's URL and a token for it; `ca` is a file with the certificate to trust."""

    url: str
    token: str
    ca: Path | None = None

    @property
    def tls(self) -> ssl.SSLContext | None:
        """How to check the server's certificate; None for plain text."""
        if not self.url.startswith("https:"):
            return None
        return ssl.create_default_context(cafile=self.ca)


def find_target(
    url: str | None, token: str | None, data: Path | None, ca: Path | None = None
) -> Target:
    """The options first, then FOREBAY_URL, FOREBAY_TOKEN and FOREBAY_DATA.

    Raises Invalid when no server is named, Denied without a token.
    """
    url = url or os.environ.get("FOREBAY_URL")
    token = token or os.environ.get("FOREBAY_TOKEN")
    named = data or os.environ.get("FOREBAY_DATA")
    if named and not (url and token):
        known = credentials.read(Path(named))
        if known is None:
            raise Invalid(
                "no server has used this data directory",
                object=f"directory/{named}",
                hint="name the --data of a server that was started, or give --url and --token",
            )
        url, token = url or known.url, token or known.token
    if not url:
        raise Invalid(
            "no server is named",
            object="option/url",
            hint="give --data DIR or --url, or set FOREBAY_DATA or FOREBAY_URL",
        )
    if not token:
        raise Denied(
            "no token is given",
            object="option/token",
            hint="give --data DIR or --token, or set FOREBAY_DATA or FOREBAY_TOKEN",
            number=401,
        )
    return Target(url=url, token=token, ca=ca)
