"""A command that is sent again with its key is done once, wherever the power failed between."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.meta import Meta
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.volume import CreateVolume
from core.model.errors import Conflict
from core.model.records import DiskOffering, Pool, Record, Template, Volume
from tests.simulation.stage import Stage, create_pool, play, register

KEY = Meta(key="k1")
MADE: dict[str, tuple[type[Record], Callable[[Stage], Command]]] = {
    "change": (DiskOffering, lambda _: CreateDiskOffering(name="made", disk_size=1)),
    "job": (Volume, lambda stage: CreateVolume(disk_offering_id=stage.ids["disk"], name="made")),
    "job_wait": (
        Pool,
        lambda _: msgspec.structs.replace(create_pool("p2", "nfs"), name="made"),
    ),
    "job_claim": (Template, lambda _: msgspec.structs.replace(register("root"), name="made")),
}
"""Mode: what a command of it makes, with the name `made`."""


async def _said(stage: Stage, command: Command) -> dict[str, Any]:
    """The answer to the command with the key, as a caller reads it."""
    answer = await stage.plane.submit(command, stage.caller, KEY)
    said: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answer))
    return said


def _named(stage: Stage, kind: type[Record]) -> list[Record]:
    return [record for record in stage.inventory.all(kind) if getattr(record, "name", "") == "made"]


@pytest.mark.parametrize("mode", MADE)
def test_the_same_key_gets_the_first_answer(mode: str) -> None:
    """At once, and after a restart; another command with the key is refused."""
    kind, command_of = MADE[mode]

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            command = command_of(stage)
            assert command.mode == mode
            first = await _said(stage, command)
            assert await _said(stage, command) == first
            with pytest.raises(Conflict, match="another request"):
                await _said(stage, CreateDiskOffering(name="other", disk_size=1))
            await stage.settle()
        async with stage.running():
            again = await _said(stage, command_of(stage))
            assert again.keys() == first.keys()
            assert len(_named(stage, kind)) == 1

    play(body)


@pytest.mark.parametrize("mode", MADE)
def test_a_key_survives_a_power_cut_with_what_it_stands_for(mode: str) -> None:
    """Whatever point of the journal and of the drivers the power fails at."""
    kind, command_of = MADE[mode]
    point, cut = 0, True
    while cut:
        point += 1
        seen: list[bool] = []

        async def body(stage: Stage, point: int = point, seen: list[bool] = seen) -> None:
            async with stage.running():
                await stage.build()
                stage.mains.points, stage.mains.cut_at = 0, point
                await _said(stage, command_of(stage))
                await stage.settle()
            seen.append(stage.mains.is_off)
            stage.mains.restore()
            async with stage.running():
                await _said(stage, command_of(stage))
                await stage.settle()
                assert len(_named(stage, kind)) == 1

        play(body)
        cut = seen[0]
    assert point > 2


def test_the_key_of_a_failure_fails_again_in_the_same_words() -> None:
    """A caller who waited for a job hears twice why it failed."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            command = create_pool("p2", "nfs")
            stage.meddling.refused_step = 0
            said: list[str] = []
            for _ in range(2):
                with pytest.raises(errors.Integrity) as raised:
                    await _said(stage, command)
                said.append(str(raised.value))
            assert said[0] == said[1]

    play(body)
