"""While the journal takes nothing, nothing new begins and nothing is lost; then all goes on."""

import pytest

from core.model import errors
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.volume import CreateVolume
from core.model.records import Job, Pool, Snapshot
from core.model.states import SnapshotState
from sim.spec import GIB
from tests.simulation.built import on_stage
from tests.simulation.stage import Stage

HOURS_S = 2 * 3600.0


def test_rounds_go_on_when_there_is_room_again() -> None:
    """What they saw meanwhile is recorded then."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        stage.journal.is_full = True
        stage.world.pools["p1"].room.capacity_bytes += GIB
        await stage.runtime.sleep(HOURS_S)
        with pytest.raises(errors.Unavailable):
            await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"]))
        assert stage.plane.statistics()["rounds_failed"] > 0
        stage.journal.is_full = False
        await stage.runtime.sleep(600.0)
        pool = stage.inventory.get(Pool, stage.pool("p1"))
        assert pool.capacity_bytes == stage.world.pools["p1"].room.capacity_bytes
        await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"]))

    on_stage(body)


def test_a_job_that_cannot_be_recorded_goes_on_later() -> None:
    """Its next step is recorded when there is room again; it ends as if nothing had been."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        job_id = await stage.begin(CreateSnapshot(volume_id=stage.ids["data"]))
        stage.journal.is_full = True
        await stage.runtime.sleep(HOURS_S)
        stage.journal.is_full = False
        await stage.settle()
        assert stage.inventory.get(Job, job_id).completed_s
        states = {snapshot.state for snapshot in stage.inventory.all(Snapshot)}
        assert states <= {SnapshotState.BACKED_UP, SnapshotState.ERROR}

    on_stage(body)
