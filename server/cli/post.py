"""One call over HTTP POST, with the standard library only: a command starts in little time."""

import http.client
from typing import Any
from urllib.parse import urlsplit

import msgspec

from core.model.errors import Deadline, Unavailable
from server.cli.target import Target
from server.rpc.remote_error import error_of, refusal_of

Object = dict[str, Any]


def post(target: Target, method: str, params: Object, timeout_s: float = 60.0) -> Any:
    """The result of the call. Raises the server's error, Unavailable, Deadline."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    body = _exchange(target, msgspec.json.encode(request), timeout_s)
    try:
        answer = msgspec.json.decode(body, type=Object)
    except msgspec.DecodeError as error:
        raise Unavailable(
            f"this does not answer as Forebay does: {error}",
            object=f"server/{target.url}",
            hint="is this the address of a Forebay server?",
        ) from None
    if answer.get("error"):
        raise error_of(answer["error"])
    if "jsonrpc" not in answer:
        raise refusal_of(answer)
    return answer.get("result")


def _exchange(target: Target, body: bytes, timeout_s: float) -> bytes:
    parts = urlsplit(target.url)
    host = parts.hostname or ""
    connection = (
        http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=target.tls)
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
    )
    headers = {"authorization": f"Bearer {target.token}", "content-type": "application/json"}
    try:
        connection.request("POST", "/rpc/v1", body, headers)
        return connection.getresponse().read()
    except TimeoutError:
        raise Deadline(
            f"no answer in {timeout_s:g} s", object=f"server/{target.url}", hint="try again"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            f"cannot reach the server: {error}",
            object=f"server/{target.url}",
            hint="start it with `forebay serve`, or name another with --url or --data",
        ) from None
    finally:
        connection.close()
