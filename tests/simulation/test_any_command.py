"""Whatever callers send, in whatever order: each gets an answer, and the zone stays sound."""

from collections import Counter
from random import Random

import msgspec
import pytest

from core.model import errors
from sim import faults
from tests.simulation.checkers import findings
from tests.simulation.monkey import draw, sent
from tests.simulation.power import PowerCut
from tests.simulation.routine import Day
from tests.simulation.stage import SITE, Stage, play

COMMANDS = 1500
LIVES = 3
ROUTINE = 0.5
FAULTS = 40
TROUBLED_S = 4000.0
CALM_S = 6600.0


async def send_some(stage: Stage, random: Random) -> Counter[str]:
    """Send commands one after another, some while earlier ones go on; counts their answers."""
    seen: Counter[str] = Counter()
    day = Day(stage, random)
    for _ in range(COMMANDS // LIVES):
        if random.random() < ROUTINE:
            command = day.next()
        elif (drawn := sent(*draw(random, stage.inventory))) is not None:
            command = drawn
        else:
            continue
        try:
            msgspec.json.encode(await stage.plane.submit(command, stage.caller))
        except errors.Internal as error:
            raise AssertionError(command) from error
        except errors.ForebayError:
            seen["refused"] += 1
        else:
            seen["done"] += 1
        if random.random() < 0.3:
            await stage.runtime.sleep(random.expovariate(1 / 5))
    return seen


async def live_and_die(stage: Stage, random: Random) -> Counter[str]:
    """Some lives of a control plane, each ended by a power cut."""
    seen: Counter[str] = Counter()
    async with stage.running():
        await stage.build()
        await stage.machine()
    for _ in range(LIVES):
        async with stage.running():
            seen += await send_some(stage, random)
            stage.mains.cut()
            raise PowerCut
        stage.mains.restore()
    return seen


@pytest.mark.parametrize("seed", range(4))
def test_no_command_does_harm(seed: int) -> None:
    """No unexpected error, nothing stuck, records and storage agree, also after crashes."""

    async def body(stage: Stage) -> None:
        seen = await live_and_die(stage, Random(seed))
        async with stage.running():
            await stage.settle()
            assert findings(stage.inventory, stage.world) == []
        assert min(seen["done"], seen["refused"]) > COMMANDS // 10

    play(body, seed)


@pytest.mark.parametrize("seed", range(4))
def test_no_command_does_harm_while_things_fail(seed: int) -> None:
    """Once hosts and storage are well again, records and storage agree again."""

    async def body(stage: Stage) -> None:
        random = Random(seed)
        with stage.runtime.scope() as troubles:
            async with stage.runtime.nursery() as nursery:
                drawn = faults.draw(SITE, random, count=FAULTS, within_s=TROUBLED_S)
                faults.begin(stage.world, nursery, drawn)
                await live_and_die(stage, random)
                async with stage.running():
                    await stage.runtime.sleep(CALM_S)
                    await stage.settle()
                    assert findings(stage.inventory, stage.world) == []
                troubles.cancel()

    play(body, seed)
