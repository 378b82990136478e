"""Images that lie on a pool become volumes, and volumes become images that lie there."""

import pytest
from msgspec.structs import replace

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.model.commands.pool import ListStorageOrphans
from core.model.commands.volume import (
    AttachVolume,
    DetachVolume,
    ImportVolume,
    ListVolumes,
    ListVolumesForImport,
    UnmanageVolume,
)
from core.model.records import Account, Job, Volume
from sim.spec import GIB
from tests.simulation.built import on_stage
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, create_pool


async def _let_go(stage: Stage) -> str:
    """The detached data volume is unmanaged; answers the id of its pool."""
    await stage.machine()
    await stage.do(CreateDiskOffering(name="any", customized=True))
    await stage.do(DetachVolume(id=stage.ids["data"]))
    pool_id = stage.volume("data").pool_id
    await stage.do(UnmanageVolume(id=stage.ids["data"]))
    return pool_id


def test_a_volume_that_was_let_go_comes_back_with_all_its_bytes() -> None:
    """Under a new id, to another machine; what its guest wrote is there."""

    async def body(stage: Stage) -> None:
        pool_id = await _let_go(stage)
        assert stage.inventory.find(Volume, stage.ids["data"]) is None
        (image,) = await stage.ask(ListVolumesForImport(storage_id=pool_id))
        assert (image["path"], image["virtualsize"]) == (stage.ids["data"], GIB)
        volume_id = await stage.do(
            ImportVolume(path=image["path"], storage_id=pool_id, name="again")
        )
        (volume,) = await stage.ask(ListVolumes(id=volume_id))
        assert (volume["name"], volume["state"], volume["size"]) == ("again", "Ready", GIB)
        assert await stage.ask(ListVolumesForImport(storage_id=pool_id)) == []
        assert {told.name for told in stage.world.ledger.values()} >= {volume_id}
        await stage.do(AttachVolume(id=volume_id, virtual_machine_id=stage.ids["vm"]))
        await stage.runtime.sleep(60.0)
        assert findings(stage.inventory, stage.world) == []

    on_stage(body)


def test_an_image_is_refused_when_the_account_has_not_so_much_left() -> None:
    """It stays where it was, and no volume is left."""

    async def body(stage: Stage) -> None:
        pool_id = await _let_go(stage)
        await stage.enter(Account(id="kim", name="kim", domain_id="ROOT", role=Role.USER))
        limit = UpdateResourceLimit(resource_type=10, account="kim", domain_id="ROOT", max=1)
        await stage.do(limit)
        path = stage.ids["data"]
        pool = stage.world.pools["p1"] if pool_id == stage.pool("p1") else stage.world.pools["p2"]
        pool.disks[path].content.resize(2 * GIB)
        command = ImportVolume(path=path, storage_id=pool_id, account="kim", domain_id="ROOT")
        job = await stage.attempt(command)
        assert job.failure is not None
        assert job.failure.number == 535
        assert path in pool.disks
        assert stage.inventory.find(Volume, job.instance_id) is None

    on_stage(body)


def test_an_import_that_finds_nothing_says_so() -> None:
    """The job fails, and nothing of it is left."""

    async def body(stage: Stage) -> None:
        pool_id = await _let_go(stage)
        job: Job = await stage.attempt(ImportVolume(path="nothing", storage_id=pool_id))
        assert job.failure is not None
        assert job.failure.object == f"pool/{pool_id}/nothing"
        assert stage.inventory.find(Volume, job.instance_id) is None

    on_stage(body)


def test_an_image_of_one_file_is_imported_once() -> None:
    """Of two imports that begin together one gets it."""

    async def body(stage: Stage) -> None:
        pool_id = await _let_go(stage)
        command = ImportVolume(path=stage.ids["data"], storage_id=pool_id)
        for _ in range(2):
            await stage.begin(command)
        await stage.settle()
        jobs = [job for job in stage.inventory.all(Job) if job.command == "importVolume"]
        assert sorted(job.failure is None for job in jobs) == [False, True]
        assert findings(stage.inventory, stage.world) == []

    on_stage(body)


def test_orphans_that_can_be_imported_are_said_to_be() -> None:
    """The report of what belongs to nothing names the way back."""

    async def body(stage: Stage) -> None:
        pool_id = await _let_go(stage)
        (orphan,) = await stage.ask(ListStorageOrphans(storage_id=pool_id))
        assert orphan["path"] == stage.ids["data"]
        assert "importVolume" in orphan["reason"]

    on_stage(body)


def test_pools_of_other_kinds_are_not_searched() -> None:
    """The refusal names those that are."""

    async def body(stage: Stage) -> None:
        fire = replace(create_pool("fire", "solidfire"), capacity_bytes=50 * GIB)
        await stage.do(fire)
        with pytest.raises(errors.Unsupported) as refusal:
            await stage.ask(ListVolumesForImport(storage_id=stage.pool("fire")))
        assert "NetworkFilesystem" in refusal.value.hint

    on_stage(body)
