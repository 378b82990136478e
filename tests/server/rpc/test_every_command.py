"""Every command over a websocket: an answer or a refusal in the tree's words, never a failure."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.model import errors
from core.model.commands.registry import COMMANDS
from server.client import Client, open_client
from server.config import EMBEDDED
from tests.server.running import Running, running
from tests.simulation import monkey

pytestmark = pytest.mark.anyio
SMALL = EMBEDDED.read_text().replace("1_073_741_824", "1_048_576").partition("[limits]")[0]
DRAWS = 300


@asynccontextmanager
async def connected(folder: Path) -> AsyncGenerator[tuple[Running, Client]]:
    """The simulated zone, and its root administrator."""
    async with (
        running(folder, site=SMALL) as server,
        open_client(server.url, server.token) as client,
    ):
        yield server, client


async def refusal(client: Client, name: str, /, **parameters: Any) -> errors.ForebayError | None:
    """How the server refused the call, if it did."""
    try:
        await client.call(name, **parameters)
    except errors.ForebayError as refused:
        return refused
    return None


async def test_every_command_answers_or_says_what_it_needs(tmp_path: Path) -> None:
    """Called without anything; and with something that it does not know."""
    async with connected(tmp_path) as (_, client):
        for name in COMMANDS:
            refused = await refusal(client, name)
            assert not isinstance(refused, errors.Internal), (name, refused)
            unknown = await refusal(client, name, nonsense=1)
            assert isinstance(unknown, errors.Invalid), (name, unknown)
            assert "nonsense" in unknown.message or refused is not None, (name, unknown)


async def test_drawn_commands_are_answered_or_refused(tmp_path: Path) -> None:
    """With ids of things that are there, and numbers and words that may be out of range."""
    async with connected(tmp_path) as (server, client):
        random, seen = Random(1), 0
        while seen < DRAWS:
            kind, fields = monkey.draw(random, server.service.plane.inventory)
            name = next(name for name, known in COMMANDS.items() if known is kind)
            refused = await refusal(client, name, **fields)
            assert not isinstance(refused, errors.Internal), (name, fields)
            seen += 1
        assert (await client.call("listZones"))["count"]
