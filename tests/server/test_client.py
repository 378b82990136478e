"""The client gives back what the server says, and notices when it is gone."""

from pathlib import Path

import pytest
import trio

from core.model.errors import Deadline, Denied, Invalid, NotFound, Unavailable
from server.client import EVENTS_WAITING, open_client
from tests.server.running import running

pytestmark = pytest.mark.anyio


async def test_errors_are_raised_as_the_server_has_them(tmp_path: Path) -> None:
    """The same class, object and hint."""
    async with (
        running(tmp_path) as server,
        open_client(server.url, server.token) as client,
    ):
        with pytest.raises(NotFound) as missing:
            await client.call("deleteVolume", id="none")
        assert missing.value.object == "volume/none"
        assert missing.value.hint
        with pytest.raises(Invalid):
            await client.call("createVolume", size=-1)


async def test_a_wrong_token_is_denied_and_no_server_is_unavailable(tmp_path: Path) -> None:
    """Raised alone, not in a group."""
    async with running(tmp_path) as server:
        with pytest.raises(Denied):
            async with open_client(server.url, "wrong"):
                pass
    with pytest.raises(Unavailable):
        async with open_client(server.url, server.token):
            pass


async def test_calls_run_side_by_side_and_keep_their_answers_apart(tmp_path: Path) -> None:
    """Forty at once; each gets its own."""
    async with (
        running(tmp_path) as server,
        open_client(server.url, server.token) as client,
    ):
        names: dict[str, str] = {}

        async def create(name: str) -> None:
            answer = await client.call("createDiskOffering", name=name, disksize=1)
            names[name] = answer["diskoffering"]["name"]

        async with trio.open_nursery() as nursery:
            for number in range(40):
                nursery.start_soon(create, f"o{number}")
        assert names == {f"o{number}": f"o{number}" for number in range(40)}


async def test_a_call_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """Its answer, should it come, disturbs nobody."""
    async with (
        running(tmp_path) as server,
        open_client(server.url, server.token) as client,
    ):
        with pytest.raises(Deadline):
            await client.call("listZones", timeout_s=0.0)
        assert (await client.call("listZones"))["count"] == 1


async def test_the_end_of_the_server_ends_calls_and_streams(tmp_path: Path) -> None:
    """With the code and reason of its close, so that one knows what to do."""
    async with (
        running(tmp_path) as server,
        open_client(server.url, server.token) as client,
    ):
        stream = await client.subscribe()
        server.stopping.set()
        with pytest.raises(Unavailable, match=r"1012: the server stops"):
            await anext(stream)
        with pytest.raises(Unavailable):
            await client.call("listZones")


async def test_a_long_stream_is_read_to_its_end(tmp_path: Path) -> None:
    """More events than there is credit for at first."""
    async with (
        running(tmp_path, limits="calls_running = 1000") as server,
        open_client(server.url, server.token) as client,
    ):
        wanted = EVENTS_WAITING + 100

        async def create(first: int) -> None:
            for number in range(first, wanted, 100):
                await client.call("createDiskOffering", name=f"o{number}", disksize=1)

        stream = await client.subscribe()
        async with trio.open_nursery() as nursery:
            for first in range(100):
                nursery.start_soon(create, first)
        positions = [(await anext(stream))["position"] for _ in range(wanted)]
        assert positions == list(range(positions[0], positions[0] + wanted))
