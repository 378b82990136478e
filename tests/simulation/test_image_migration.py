"""Moving images between image stores, as an administrator sees it on the simulated zone."""

from contextlib import aclosing
from hashlib import sha256

import pytest

from core.model.commands.image.iso import AttachIso
from core.model.commands.image_store import (
    DeleteImageStore,
    DownloadImageStoreObject,
    MigrateResourceToAnotherSecondaryStorage,
    UpdateImageStore,
)
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.commands.template import ListTemplates
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.commands.volume import CreateVolume
from core.model.records import Extraction, ImageStore, Job, Migration, StoreRef, Volume
from core.model.states import JobStatus, RefState
from core.views.image_store import migration_view
from sim.faults import spoil
from tests.simulation.checkers import findings
from tests.simulation.image_scenes import disc
from tests.simulation.secondary import (
    PAIR,
    SLOWER,
    ask,
    empty,
    end,
    migrated,
    narrow,
    of,
    on,
    slow,
    stocked,
)
from tests.simulation.secondary_scenes import store_id
from tests.simulation.stage import Stage, add_store, deploy, play, register


def test_a_store_is_emptied_and_then_deleted() -> None:
    """All is on the other store, of use as before, and the emptied one is read-only until then."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            first, second = await stocked(stage)
            answer = await migrated(stage, empty(stage))
            assert answer == {"message": "2 moved", "migrationtype": "complete", "success": True}
            assert on(stage, "s1") == []
            assert stage.inventory.get(ImageStore, store_id(stage, "s1")).readonly
            assert findings(stage.inventory, stage.world) == []
            for snapshot in (first, second):
                await stage.do(CreateVolume(snapshot_id=snapshot))
            await stage.do(deploy(stage))
            assert await stage.do(DeleteImageStore(id=store_id(stage, "s1"))) is True
            await stage.do(DeleteSnapshot(id=first))
            await stage.do(DeleteSnapshot(id=second))
            assert findings(stage.inventory, stage.world) == []

    play(story)


def test_a_chain_goes_on_where_it_has_moved() -> None:
    """The next incremental snapshot holds only the changes since the moved one."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            _, second = await stocked(stage)
            await migrated(stage, empty(stage))
            third = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            (parent,) = stage.inventory.having(StoreRef, "of", second)
            (child,) = stage.inventory.having(StoreRef, "of", third)
            assert (child.parent_id, child.store_id) == (parent.id, store_id(stage, "s2"))
            assert findings(stage.inventory, stage.world) == []

    play(story)


def test_a_snapshot_taken_while_its_chain_moves_begins_another() -> None:
    """It does not wait, and holds all: there is nothing yet of which it could hold the changes."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            _, second = await stocked(stage)
            slow(stage.world, "s2", 30.0)
            job_id = (await ask(stage, empty(stage)))["jobid"]
            while not any(ref.state is RefState.MIGRATING for ref in of(stage, second)):
                await stage.runtime.sleep(0.05)
            third = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            assert stage.inventory.get(Job, job_id).status is JobStatus.IN_PROGRESS
            (ref,) = of(stage, third)
            assert (ref.parent_id, ref.store_id) == ("", store_id(stage, "s2"))
            assert (await end(stage, job_id)).jobstatus == 1
            assert on(stage, "s1") == []
            assert findings(stage.inventory, stage.world) == []

    play(story)


def test_stores_are_balanced_by_what_they_hold() -> None:
    """Some of the templates move; asked again, nothing has to."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            for _ in range(5):
                await stage.do(register("root"))
            await stage.settle()
            await stage.do(add_store("s2"))
            room = sum(ref.physical_bytes for ref in on(stage, "s1")) * 2
            for name in PAIR:
                await stage.do(UpdateImageStore(id=store_id(stage, name), capacity_bytes=room))
            await stage.do(UpdateConfiguration(name="image.store.imbalance.threshold", value="0.1"))
            answer = await migrated(stage, empty(stage, "Balance"))
            assert (answer["migrationtype"], answer["success"]) == ("balance", True)
            assert (len(on(stage, "s1")), len(on(stage, "s2"))) == (3, 3)
            assert not stage.inventory.get(ImageStore, store_id(stage, "s1")).readonly
            again = await migrated(stage, empty(stage, "balance"))
            assert again["message"] == "0 moved; 3 stay; the image stores are balanced"
            assert findings(stage.inventory, stage.world) == []

    play(story)


def test_a_second_migration_says_that_it_did_nothing() -> None:
    """Its job succeeds at once, with success=false."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stocked(stage)
            slow(stage.world, "s2")
            first = (await ask(stage, empty(stage)))["jobid"]
            second = await migrated(stage, empty(stage))
            assert second["success"] is False
            assert first in second["message"]
            assert (await end(stage, first)).jobstatus == 1
            assert on(stage, "s1") == []

    play(story)


def test_a_cancel_in_the_middle_leaves_everything_readable() -> None:
    """What has moved stays there, what was on its way is taken back, nothing is on both."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            snapshots = await stocked(stage)
            await stage.do(UpdateConfiguration(name="secstorage.max.migrate.sessions", value="1"))
            job_id = (await ask(stage, empty(stage)))["jobid"]
            while not any(ref.state is RefState.READY for ref in on(stage, "s2")):
                await stage.runtime.sleep(0.05)
            slow(stage.world, "s2")
            while not any(ref.state is RefState.CREATING for ref in on(stage, "s2")):
                await stage.runtime.sleep(0.05)
            await stage.plane.cancel_job(job_id, stage.caller)
            await stage.settle()
            assert (await end(stage, job_id)).jobstatus == int(JobStatus.CANCELLED)
            assert on(stage, "s1")
            assert on(stage, "s2")
            assert findings(stage.inventory, stage.world) == []
            slow(stage.world, "s2", 1 / SLOWER)
            for snapshot in snapshots:
                await stage.do(CreateVolume(snapshot_id=snapshot))
            assert (await migrated(stage, empty(stage)))["success"] is True
            assert on(stage, "s1") == []

    play(story)


def test_images_are_read_while_they_move_and_go_after_their_readers() -> None:
    """Who began to read the old image has it until he is done, although the new one is in use."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            first, _ = await stocked(stage)
            slow(stage.world, "s2", 30.0)
            moving = (await ask(stage, empty(stage)))["jobid"]
            while not on(stage, "s2"):
                await stage.runtime.sleep(0.01)
            for pool in ("p1", "p2"):
                narrow(stage.world, f"pool/{pool}", SLOWER)
            made = await ask(stage, CreateVolume(snapshot_id=first))
            template = await ask(stage, ListTemplates(id=stage.ids["template"]))
            assert template["template"][0]["isready"] is True
            await stage.runtime.sleep(100.0)
            states = {ref.store_id: ref.state for ref in of(stage, first)}
            assert states[store_id(stage, "s2")] is RefState.READY
            assert states[store_id(stage, "s1")] is RefState.DESTROYING
            assert {ref.path for ref in of(stage, first)} <= set(stage.world.stores["s1"].images)
            assert (await end(stage, made["jobid"])).jobstatus == 1
            assert (await end(stage, moving)).jobstatus == 1
            assert stage.inventory.get(Volume, made["id"]).pool_id
            assert on(stage, "s1") == []
            assert findings(stage.inventory, stage.world) == []

    play(story)


def test_a_copy_with_wrong_bytes_is_not_taken_for_the_image() -> None:
    """It is compared before the old one goes; the second round copies it once more."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stocked(stage)
            spoil(stage.world, "store/s2")
            answer = await migrated(stage, empty(stage))
            assert answer["success"] is True
            failed = [job for job in stage.inventory.all(Job) if job.failure is not None]
            assert [job.failure.code for job in failed if job.failure] == ["integrity"]
            assert on(stage, "s1") == []
            assert findings(stage.inventory, stage.world) == []

    play(story)


def test_a_second_round_without_a_destination_is_no_success() -> None:
    """What has moved has moved; whether anything came late nobody knows."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stocked(stage)
            slow(stage.world, "s2", 30.0)
            job_id = (await ask(stage, empty(stage)))["jobid"]
            await stage.runtime.sleep(1.0)
            await stage.do(UpdateImageStore(id=store_id(stage, "s2"), readonly=True))
            job = await end(stage, job_id)
            assert job.jobstatus == 1
            migration = stage.inventory.get(Migration, job_id)
            assert (migration.moved, migration.failed) == (2, 0)
            assert "No destination valid store(s)" in migration.round_failure
            assert migration_view(stage.inventory, migration).success is False

    play(story)


def test_the_job_tells_how_far_it_is() -> None:
    """The bytes of all, and of those that have moved or are half way; the time left follows."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stocked(stage)
            total = sum(ref.physical_bytes for ref in on(stage, "s1"))
            slow(stage.world, "s2")
            job_id = (await ask(stage, empty(stage)))["jobid"]
            told: dict[int, float] = {}
            while stage.inventory.get(Job, job_id).status is JobStatus.IN_PROGRESS:
                job = await stage.plane.wait_job(job_id, stage.caller, 1.0)
                if job.step == 0 and job.done_bytes:
                    assert job.total_bytes == total
                    assert job.eta_s is not None
                    told[job.done_bytes] = job.eta_s
            assert list(told) == sorted(told)
            assert list(told.values()) == sorted(told.values(), reverse=True)
            assert len(told) > 2
            assert (max(told), min(told.values())) == (total, 0.0)

    play(story)


def test_a_dry_run_shows_what_would_move_where() -> None:
    """Each job with its command; nothing is begun and the source is not cordoned off."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stocked(stage)
            shown = await ask(stage, empty(stage), dry_run=True)
            step = shown["steps"][0]
            assert step["name"] == "move 2 of 2: 2 to s2"
            assert [job["command"] for job in step["jobs"]] == ["moveImages", "moveImages"]
            assert {job["request"]["storeid"] for job in step["jobs"]} == {store_id(stage, "s2")}
            assert not stage.inventory.get(ImageStore, store_id(stage, "s1")).readonly
            assert not stage.inventory.all(Migration)

    play(story)


@pytest.mark.parametrize(("additional", "waiting"), [("5", 3), ("0", 0)])
def test_no_more_copies_go_at_a_time_than_there_are_sessions(additional: str, waiting: int) -> None:
    """The next ones wait in the zone's queue; more than could ever go are not begun yet."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            for _ in range(4):
                await stage.do(register("root"))
            await stage.settle()
            await stage.do(add_store("s2"))
            await stage.do(UpdateConfiguration(name="max.ssvm.count", value=additional))
            slow(stage.world, "s2")
            job_id = (await ask(stage, empty(stage)))["jobid"]
            await stage.runtime.sleep(5.0)
            statistics = stage.plane.statistics()
            assert (statistics["copies_running"], statistics["copies_waiting"]) == (2, waiting)
            assert (await end(stage, job_id)).jobstatus == 1
            assert on(stage, "s1") == []

    play(story)


def test_a_disc_moves_once_its_machine_rests() -> None:
    """While the machine runs it stays; afterwards the machine starts with it from its new place."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stocked(stage)
            await stage.do(UpdateImageStore(id=store_id(stage, "s2"), readonly=True))
            iso = await disc(stage)
            await stage.do(UpdateImageStore(id=store_id(stage, "s2"), readonly=False))
            await stage.do(AttachIso(id=iso, virtual_machine_id=stage.ids["vm"]))
            answer = await migrated(stage, empty(stage))
            assert answer["success"] is False
            assert "has the ISO in its drive" in answer["message"]
            assert [ref.of_id for ref in on(stage, "s1")] == [iso]
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            assert (await migrated(stage, empty(stage)))["success"] is True
            assert on(stage, "s1") == []
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            guests = [host.guests for host in stage.world.hosts.values()]
            (place,) = (guest.iso for running in guests for guest in running.values())
            assert "/s2/" in place
            assert findings(stage.inventory, stage.world) == []

    play(story)


def test_a_link_to_a_file_leads_to_it_after_it_has_moved() -> None:
    """The same bytes come from the other store; the link goes when it has expired."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stocked(stage)
            (image,) = of(stage, stage.ids["template"])
            command = DownloadImageStoreObject(id=image.store_id, path=image.path)
            link = stage.inventory.get(Extraction, await stage.do(command))
            before = await downloaded(stage, link)
            assert (await migrated(stage, empty(stage)))["success"] is True
            assert await downloaded(stage, link) == before
            await stage.runtime.sleep(30000.0)
            assert not stage.inventory.all(Extraction)
            assert findings(stage.inventory, stage.world) == []

    play(story)


async def downloaded(stage: Stage, link: Extraction) -> str:
    """The checksum of all bytes that come from the link."""
    opened = await stage.plane.streams.download(link.secret)
    summed = sha256()
    async with aclosing(opened.file.chunks(0, opened.file.total_bytes)) as chunks:
        async for chunk in chunks:
            summed.update(chunk)
    return summed.hexdigest()


def test_migrations_are_forgotten_with_their_jobs() -> None:
    """After job.expire.minutes nothing is left of them."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stocked(stage)
            await migrated(stage, empty(stage))
            assert len(stage.inventory.all(Migration)) == 1
            await stage.runtime.sleep(1441 * 60.0)
            assert not stage.inventory.all(Migration)

    play(story)


def test_given_templates_and_snapshots_move_alone() -> None:
    """A snapshot takes its chain along; what was not named stays, and the source stays open."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            first, second = await stocked(stage)
            source, target = (store_id(stage, name) for name in PAIR)
            answer = await migrated(
                stage,
                MigrateResourceToAnotherSecondaryStorage(
                    src_pool=source, dest_pool=target, snapshots=(second,)
                ),
            )
            assert (answer["message"], answer["success"]) == ("1 moved", True)
            assert {ref.of_id for ref in on(stage, "s2")} == {first, second}
            assert [ref.of_kind for ref in on(stage, "s1")] == ["template"]
            assert not stage.inventory.get(ImageStore, source).readonly
            await stage.do(CreateVolume(snapshot_id=second))
            assert findings(stage.inventory, stage.world) == []

    play(story)
