"""A zone that is built, played in and judged."""

from collections.abc import Awaitable, Callable

from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, play

Body = Callable[[Stage], Awaitable[None]]


def on_stage(body: Body) -> None:
    """Play the body in a zone that is built, and judge it at the end."""

    async def whole(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await body(stage)
            await stage.settle()
            assert findings(stage.inventory, stage.world) == []

    play(whole)
