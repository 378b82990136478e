"""Image stores of the simulated zone: what is on them, migrations off them, slower links."""

from typing import Any

import msgspec

from core.model.commands.command import Command
from core.model.commands.image_store import (
    MigrateSecondaryStorageData,
)
from core.model.commands.meta import Meta
from core.model.records import StoreRef
from core.views.history.job import JobView
from sim.faults import thing_at
from sim.world import World
from tests.simulation.secondary_scenes import store_id
from tests.simulation.snapshot_scenes import chained, detached
from tests.simulation.stage import SETTLE_S, Stage, add_store

SLOWER = 1e3
PAIR = ("s1", "s2")


async def ask(stage: Stage, command: Command, **meta: Any) -> dict[str, Any]:
    """The answer's fields, as soon as there is one."""
    answer = await stage.plane.submit(command, stage.caller, Meta(**meta))
    fields: dict[str, Any] = msgspec.to_builtins(answer)
    return fields


async def end(stage: Stage, job_id: str) -> JobView:
    """The job once it has ended."""
    return await stage.plane.wait_job(job_id, stage.caller, SETTLE_S)


async def migrated(stage: Stage, command: Command) -> dict[str, Any]:
    """What the job of a migration that succeeded answers."""
    job = await end(stage, (await ask(stage, command))["jobid"])
    assert job.jobstatus == 1, job
    result: dict[str, Any] = msgspec.to_builtins(job.jobresult)
    return dict(result["imagestore"])


def empty(stage: Stage, type: str = "complete") -> MigrateSecondaryStorageData:
    """Off s1, to s2."""
    source, target = (store_id(stage, name) for name in PAIR)
    return MigrateSecondaryStorageData(src_pool=source, dest_pools=(target,), migration_type=type)


def on(stage: Stage, name: str) -> list[StoreRef]:
    """The images that are recorded on the store of that name."""
    return list(stage.inventory.having(StoreRef, "store", store_id(stage, name)))


def of(stage: Stage, object_id: str) -> list[StoreRef]:
    """The images of an object, wherever they are."""
    return list(stage.inventory.having(StoreRef, "of", object_id))


def slow(world: World, name: str, factor: float = SLOWER) -> None:
    """Let the image store's links be so many times narrower."""
    narrow(world, f"store/{name}", factor)


def narrow(world: World, where: str, factor: float) -> None:
    """Let the links of a pool or store be so many times narrower."""
    thing = thing_at(world, where)
    world.set_width(thing, thing.width / factor)


async def stocked(stage: Stage) -> list[str]:
    """A template and a chain of two snapshots on s1, and an empty store s2."""
    await stage.build()
    snapshots = await chained(stage, await detached(stage))
    await stage.do(add_store("s2"))
    return snapshots
