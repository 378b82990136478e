"""What callers may ask of jobs: cancel, deadlines, keys, dry runs, queues."""

from typing import Any

import pytest

from core.model.commands.command import Command, Role
from core.model.commands.meta import Meta
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.vm import StartVirtualMachine
from core.model.commands.volume import (
    DetachVolume,
    MigrateVolume,
    ResizeVolume,
)
from core.model.errors import Conflict, NotFound
from core.model.records import Account, Job, Pool, Vm
from core.model.states import JobStatus, VmState, VolumeState
from sim import faults
from sim.faults import thing_at
from sim.spec import FaultKind, FaultSpec
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, play


def _migration(stage: Stage) -> MigrateVolume:
    return MigrateVolume(
        volume_id=stage.ids["data"], storage_id=stage.other_pool("data"), live_migrate=True
    )


async def _begin(stage: Stage, command: Command, meta: Meta | None = None) -> str:
    answer: Any = await stage.plane.submit(command, stage.caller, meta or Meta())
    return str(answer["jobid"])


async def _end(stage: Stage, job_id: str) -> Job:
    await stage.plane.wait_job(job_id, stage.caller, 7200.0)
    return stage.inventory.get(Job, job_id)


def test_a_cancelled_copy_is_taken_back() -> None:
    """In the middle of a live migration a cancel rolls back, and the volume stays where it was."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            before = stage.volume("data").pool_id
            job_id = await _begin(stage, _migration(stage))
            await stage.runtime.sleep(0.2)
            assert stage.volume("data").state is VolumeState.MIGRATING
            answer = await stage.plane.cancel_job(job_id, stage.caller)
            assert answer.outcome == "rolling_back"
            job = await _end(stage, job_id)
            assert job.status is JobStatus.CANCELLED
            assert stage.volume("data").pool_id == before
            assert findings(stage.inventory, stage.world) == []
            assert (await stage.plane.cancel_job(job_id, stage.caller)).outcome == "finished"

    play(body)


def test_a_cancel_that_comes_after_the_work_was_done_does_not_forget_it() -> None:
    """The host has let the disk go, though it does not say so in time."""

    async def body(stage: Stage) -> None:
        late = FaultSpec(where="host/h1", what=FaultKind.LATE, action="detach_disk", for_s=500.0)
        async with stage.running(), stage.runtime.nursery() as nursery:
            await stage.build()
            await stage.machine()
            faults.begin(stage.world, nursery, [late])
            job_id = await _begin(stage, DetachVolume(id=stage.ids["data"]))
            await stage.runtime.sleep(60.0)
            await stage.plane.cancel_job(job_id, stage.caller)
            job = await _end(stage, job_id)
            assert job.status is JobStatus.SUCCEEDED
            assert stage.volume("data").vm_id == ""
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_deadline_takes_the_work_back() -> None:
    """The job fails with Deadline once its time has passed, and nothing is left of it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            job_id = await _begin(stage, _migration(stage), Meta(deadline_s=0.2))
            job = await _end(stage, job_id)
            assert job.failure is not None
            assert job.failure.code == "deadline"
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_copy_that_takes_too_long_is_taken_back() -> None:
    """The setting of its kind of copy says how long; the failure names it."""

    async def body(stage: Stage) -> None:
        setting = "kvm.storage.online.migration.wait"
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(UpdateConfiguration(name=setting, value="30"))
            target = stage.inventory.get(Pool, _migration(stage).storage_id)
            slow = thing_at(stage.world, f"pool/{target.name}")
            stage.world.set_width(slow, slow.width / 1e6)
            begun_s = stage.runtime.now()
            job = await _end(stage, await _begin(stage, _migration(stage)))
            assert job.failure is not None
            assert job.failure.code == "deadline"
            assert setting in job.failure.message
            assert job.failure.object.startswith("host/")
            assert 30.0 <= stage.runtime.now() - begun_s < 35.0
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_dry_run_shows_the_plan_and_changes_nothing() -> None:
    """The hash that it shows lets exactly that plan run, and no other."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            head = stage.plane.head
            command = _migration(stage)
            shown: Any = await stage.plane.submit(command, stage.caller, Meta(dry_run=True))
            assert stage.plane.head == head
            assert [step.final for step in shown.steps] == [False, False, True, True]
            assert shown.bytes == stage.volume("data").size_bytes
            with pytest.raises(Conflict, match="not what was shown"):
                await stage.plane.submit(command, stage.caller, Meta(plan="0" * 32))
            assert stage.plane.head == head
            job_id = await _begin(stage, command, Meta(plan=shown.hash))
            assert (await _end(stage, job_id)).status is JobStatus.SUCCEEDED

    play(body)


def test_the_snapshot_queue_is_visible_and_first_come_first_served() -> None:
    """With one place a host, the second job waits at position 1 and says for what."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(
                UpdateConfiguration(name="concurrent.snapshots.threshold.perhost", value="1")
            )
            first = await _begin(stage, CreateSnapshot(volume_id=stage.ids["data"]))
            second = await _begin(stage, CreateSnapshot(volume_id=stage.ids["root"]))
            job = await stage.plane.wait_job(second, stage.caller, 0.0)
            assert job.queue_position == 1
            assert "snapshots of host/" in (job.waits_for or "")
            jobs = [await _end(stage, job_id) for job_id in (first, second)]
            assert [job.status for job in jobs] == [JobStatus.SUCCEEDED] * 2
            assert jobs[1].begun_s >= jobs[0].completed_s

    play(body)


def test_a_queued_job_can_be_cancelled_and_survives_a_crash() -> None:
    """It never begins, and its snapshot is forgotten; one that is not cancelled goes on."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(
                UpdateConfiguration(name="concurrent.snapshots.threshold.perhost", value="1")
            )
            await _begin(stage, CreateSnapshot(volume_id=stage.ids["data"]))
            cancelled = await _begin(stage, CreateSnapshot(volume_id=stage.ids["root"]))
            stage.ids["kept"] = await _begin(stage, CreateSnapshot(volume_id=stage.ids["root"]))
            answer = await stage.plane.cancel_job(cancelled, stage.caller)
            assert answer.outcome == "cancelled"
            assert (await _end(stage, cancelled)).status is JobStatus.CANCELLED
            stage.mains.cut()
            raise KeyboardInterrupt
        stage.mains.restore()
        async with stage.running():
            await stage.settle()
            kept = stage.inventory.get(Job, stage.ids["kept"])
            assert kept.status is JobStatus.SUCCEEDED
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_job_that_waits_too_long_expires() -> None:
    """After job.expire.minutes it fails and says which settings to raise."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            for name, value in (
                ("concurrent.snapshots.threshold.perhost", "1"),
                ("job.expire.minutes", "1"),
            ):
                await stage.do(UpdateConfiguration(name=name, value=value))
            stage.world.network.set_capacity(stage.world.stores["s1"].write_link, 1e6)
            await _begin(stage, CreateSnapshot(volume_id=stage.ids["data"]))
            late = await _end(
                stage, await _begin(stage, CreateSnapshot(volume_id=stage.ids["root"]))
            )
            assert late.failure is not None
            assert late.failure.code == "deadline"
            assert late.completed_s - late.created_s == pytest.approx(60.0)

    play(body)


def test_volumes_of_one_machine_go_one_at_a_time() -> None:
    """The second operation waits, visibly, for the first."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            first = await _begin(stage, _migration(stage))
            second = await _begin(stage, ResizeVolume(id=stage.ids["root"], size=2))
            job = await stage.plane.wait_job(second, stage.caller, 0.0)
            assert f"held by job {first}" in (job.waits_for or "")
            assert (await _end(stage, second)).status is JobStatus.SUCCEEDED
            assert (await _end(stage, first)).status is JobStatus.SUCCEEDED

    play(body)


def test_admission_is_asked_again_when_the_turn_comes() -> None:
    """What was allowed when it was asked for, and is not any more, is refused then."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            moving = await _begin(stage, _migration(stage))
            resized = [
                await _begin(stage, ResizeVolume(id=stage.ids["root"], size=size))
                for size in (3, 2)
            ]
            jobs = [await _end(stage, job_id) for job_id in resized]
            assert [job.status for job in jobs] == [JobStatus.SUCCEEDED, JobStatus.FAILED]
            assert jobs[1].failure is not None
            assert "smaller" in jobs[1].failure.message
            assert (await _end(stage, moving)).status is JobStatus.SUCCEEDED

    play(body)


def test_a_crashed_actor_starts_again_and_the_job_goes_through() -> None:
    """A bug in a driver fails the letter, not the plane; the operation is asked again."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            stage.meddling.crashes = 1
            job_id = await _begin(stage, CreateSnapshot(volume_id=stage.ids["data"]))
            assert (await _end(stage, job_id)).status is JobStatus.SUCCEEDED
            assert stage.plane.statistics()["letters_crashes"] == 1
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_foreign_and_unknown_ids_get_the_same_answer() -> None:
    """A user learns nothing about other accounts' jobs and volumes."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            job_id = await _begin(stage, CreateSnapshot(volume_id=stage.ids["data"]))
            other = Account(id="other", name="other", domain_id="ROOT", role=Role.USER)
            stranger = await stage.enter(other)
            said: list[str] = []
            for wanted in (job_id, "no-such-job"):
                with pytest.raises(NotFound) as refusal:
                    await stage.plane.wait_job(wanted, stranger, 0.0)
                said.append(str(refusal.value).replace(wanted, ""))
            assert said[0] == said[1]
            await stage.settle()

    play(body)


def test_a_machine_that_died_is_found_stopped() -> None:
    """The next look at its host notes it, and it can be started again with all its data."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            vm = stage.inventory.get(Vm, stage.ids["vm"])
            host = next(host for host in stage.world.hosts.values() if vm.id in host.guests)
            stage.world.guest_dies(host, vm.id)
            await stage.runtime.sleep(61.0)
            assert stage.inventory.get(Vm, vm.id).state is VmState.STOPPED
            assert findings(stage.inventory, stage.world) == []
            await stage.do(StartVirtualMachine(id=vm.id))
            assert findings(stage.inventory, stage.world) == []

    play(body)
