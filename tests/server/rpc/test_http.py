"""One-shot calls, health, metrics and the schema, with and without good manners."""

from pathlib import Path

import httpx
import msgspec
import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families

from core.model.commands.registry import COMMANDS
from tests.server.running import Running, running

pytestmark = pytest.mark.anyio

CALL = {"jsonrpc": "2.0", "id": 1, "method": "listZones"}


def http(server: Running, *, token: str = "") -> httpx.AsyncClient:
    """A client that shows the token, the right one by default."""
    headers = {"authorization": f"Bearer {token or server.token}"}
    return httpx.AsyncClient(base_url=server.url, headers=headers, timeout=10)


async def test_a_call_is_answered_as_over_the_websocket(tmp_path: Path) -> None:
    """Commands, jobs, discovery; a notification has no content."""
    async with running(tmp_path) as server, http(server) as client:
        answer = (await client.post("/rpc/v1", json=CALL)).json()
        assert answer["id"] == 1
        assert answer["result"]["zone"][0]["name"] == "zone1"
        named = {**CALL, "method": "rpc.discover"}
        assert (await client.post("/rpc/v1", json=named)).json()["result"]["openrpc"]
        silent = {"jsonrpc": "2.0", "method": "listZones"}
        assert (await client.post("/rpc/v1", json=silent)).status_code == 204


async def test_a_key_makes_a_change_once(tmp_path: Path) -> None:
    """The same answer again, and nothing done."""
    async with running(tmp_path) as server, http(server) as client:
        params = {"name": "once", "disksize": 1, "meta": {"key": "k1"}}
        call = {**CALL, "method": "createDiskOffering", "params": params}
        first = (await client.post("/rpc/v1", json=call)).json()
        assert (await client.post("/rpc/v1", json=call)).json() == first
        assert server.service.plane.statistics()["records_disk_offering"] == 1


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ({**CALL, "method": "none"}, 200, -32601),
        ({**CALL, "method": "events.subscribe"}, 200, -32601),
        ({**CALL, "params": {"colour": "red"}}, 200, -32602),
        ({**CALL, "method": "job.wait", "params": {"jobid": "x"}}, 200, -32001),
        ([CALL], 400, -32600),
    ],
)
async def test_mistakes_are_answered_with_their_codes(
    tmp_path: Path, call: object, status: int, code: int
) -> None:
    """The status speaks of HTTP, the code of the call."""
    async with running(tmp_path) as server, http(server) as client:
        answer = await client.post("/rpc/v1", json=call)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("method", "hint"),
    [
        ("listVolume", "did you mean listVolumes?"),
        ("LISTVOLUMES", "did you mean listVolumes?"),
        ("job.cancle", "did you mean job.cancel?"),
        ("events.subscribe", "rpc.discover lists all; those of events and sessions need a"),
        ("none", "rpc.discover lists all"),
    ],
)
async def test_a_misspelt_method_is_set_right(tmp_path: Path, method: str, hint: str) -> None:
    """The nearest one is named; one that HTTP cannot have is not."""
    async with running(tmp_path) as server, http(server) as client:
        answer = await client.post("/rpc/v1", json={**CALL, "method": method})
        assert answer.json()["error"]["data"]["hint"].startswith(hint)


async def test_without_a_right_token_nothing_is_done(tmp_path: Path) -> None:
    """401, and how to do it right; the body is not even read."""
    async with running(tmp_path) as server:
        for token in ("wrong", server.service.credentials.token_sha256):
            async with http(server, token=token) as client:
                answer = await client.post("/rpc/v1", json=CALL)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"] == "Bearer"
        async with httpx.AsyncClient(base_url=server.url) as client:
            answer = await client.post("/rpc/v1", json=CALL)
            assert answer.json()["error"]["data"]["hint"] == "send 'Authorization: Bearer <token>'"


async def test_other_bodies_are_refused(tmp_path: Path) -> None:
    """Not JSON, not declared to be, too long."""
    async with running(tmp_path) as server, http(server) as client:
        json = {"content-type": "application/json"}
        answer = await client.post("/rpc/v1", content=b"{", headers=json)
        assert answer.json()["error"]["code"] in (-32700, -32600)
        answer = await client.post("/rpc/v1", content=b"{}", headers={"content-type": "text/plain"})
        assert answer.status_code == 415
        answer = await client.post("/rpc/v1", content=b"x" * (300 << 10), headers=json)
        assert answer.status_code == 413
        assert (await client.get("/rpc/v1")).status_code == 405
        assert (await client.get("/../../etc/passwd")).status_code == 404


async def test_a_slow_body_is_refused_in_time(tmp_path: Path) -> None:
    """A byte now and then does not hold a request open."""
    async with running(tmp_path, limits="message_s = 0.3") as server:
        stream = await server.tcp()
        head = f"POST /rpc/v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}"
        head += "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        await stream.send_all(head.encode())
        with trio.fail_after(5):
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 408 ")


async def test_health_readiness_and_schema_need_no_token(tmp_path: Path) -> None:
    """They tell nothing that is secret."""
    async with (
        running(tmp_path) as server,
        httpx.AsyncClient(base_url=server.url) as client,
    ):
        assert (await client.get("/healthz")).text == "ok\n"
        assert (await client.get("/readyz")).text == "ready\n"
        document = (await client.get("/schema/openrpc.json")).json()
        assert len(document["methods"]) > len(COMMANDS)


async def test_metrics_are_prometheus_and_grow(tmp_path: Path) -> None:
    """All numbers of plane, journal and server."""
    async with running(tmp_path) as server, http(server) as client:
        await client.post("/rpc/v1", json=CALL)
        text = (await client.get("/metrics")).text
        values = {
            family.name: family.samples[0].value for family in text_string_to_metric_families(text)
        }
        assert values["forebay_journal_head"] == server.service.plane.head
        assert values["forebay_server_calls"] == 1
        assert values["forebay_plane_records_zone"] == 1
        assert server.token not in text


async def test_too_fast_calls_are_refused(tmp_path: Path) -> None:
    """By user, not by connection: 429."""
    async with running(tmp_path, limits="calls_per_s = 1") as server:
        seen: set[int] = set()
        for _ in range(12):
            async with http(server) as client:
                seen.add((await client.post("/rpc/v1", json=CALL)).status_code)
        assert seen == {200, 429}


async def test_a_client_that_has_gone_takes_no_place(tmp_path: Path) -> None:
    """Long before its connection would have been closed for being idle."""
    async with running(tmp_path, limits="head_s = 60") as server:
        for _ in range(5):
            async with http(server) as client:
                await client.post("/rpc/v1", json=CALL)
        async with http(server) as client:

            async def connections() -> bool:
                return "forebay_server_connections 1.0" in (await client.get("/metrics")).text

            with trio.fail_after(5):
                while not await connections():
                    pass


async def test_many_calls_use_one_connection(tmp_path: Path) -> None:
    """Keep-alive works behind the front."""
    async with running(tmp_path) as server, http(server) as client:
        for number in range(20):
            answer = await client.post(
                "/rpc/v1",
                content=msgspec.json.encode({**CALL, "id": number}),
                headers={"content-type": "application/json"},
            )
            assert answer.json()["id"] == number
        text = (await client.get("/metrics")).text
        assert "forebay_server_connections 1.0" in text
