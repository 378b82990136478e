"""Every plan, failed at every step, with every call made twice, and cut off at every point."""

import pytest

from core.model.records import Job
from core.model.states import JobStatus
from core.plans.table import PLANS
from tests.simulation.checkers import findings
from tests.simulation.scenes import SCENES
from tests.simulation.stage import Stage, play

STEPS_MAX = 9
POINTS_MAX = 24
CUTS = 12
NAMES = sorted(SCENES)
HISTORY = frozenset({"alert", "job", "job_plan", "pool_template", "system_vm"})
MOMENTS = frozenset({"rev", "used_bytes", "idle_s", "stopped_s"})


def test_every_plan_has_a_scene() -> None:
    """A new command cannot be forgotten here."""
    played = {name.partition(",")[0].partition(" ")[0] for name in SCENES}
    planned = {
        kind.__name__[0].lower() + kind.__name__[1:] for kind, row in PLANS.items() if row.plan
    }
    assert planned <= played


def _records(stage: Stage, *, but: frozenset[str]) -> dict[str, object]:
    """What a failure must leave as it was: all records but history, revisions and past uses.

    A template's copy on a pool serves the next machine too, so it stays.
    """
    return {
        f"{record.__struct_config__.tag}/{record.id}": {
            name: getattr(record, name) for name in record.__struct_fields__ if name not in MOMENTS
        }
        for record in stage.inventory.records()
        if record.__struct_config__.tag not in HISTORY | but
    }


@pytest.mark.parametrize("name", NAMES)
def test_plans_succeed_and_leave_nothing_behind(name: str) -> None:
    """The undisturbed run is well, by all checkers."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(await SCENES[name].prepare(stage))
            await stage.settle()
            assert findings(stage.inventory, stage.world) == []

    play(body)


@pytest.mark.parametrize("name", NAMES)
def test_plans_that_fail_at_a_step_take_everything_back(name: str) -> None:
    """Whichever step is refused, all is as before; refused past the way back, it goes through."""
    outcomes = [_refused_at(name, index) for index in range(STEPS_MAX)]
    assert any(outcome is not None for outcome in outcomes) is SCENES[name].reaches_out


def _refused_at(name: str, index: int, *, cut_at: int = 0, twice: bool = False) -> JobStatus | None:
    """Status of the job when step `index` was refused; None when there was no such call.

    With `cut_at`, the plane is also cut off at that point, and started again. With `twice`, every
    call is made twice.
    """
    outcome: list[JobStatus | None] = []

    async def body(stage: Stage) -> None:
        scene = SCENES[name]
        async with stage.running():
            await stage.build()
            command = await scene.prepare(stage)
            await stage.settle()
            before = _records(stage, but=scene.leaves)
            stage.meddling.refused_step = index
            stage.meddling.twice = twice
            stage.mains.points, stage.mains.cut_at = 0, cut_at
            await stage.attempt(command)
        was_cut = stage.mains.is_off
        stage.mains.restore()
        refused = stage.meddling.has_refused
        stage.meddling.refused_step = None
        async with stage.running():
            await stage.settle()
            assert findings(stage.inventory, stage.world) == []
            job = stage.last_job(command)
            if job.status is JobStatus.FAILED:
                assert refused or not scene.survives
                assert _records(stage, but=scene.leaves) == before
        outcome.append(job.status if refused and (was_cut or not cut_at) else None)

    play(body)
    return outcome[0]


@pytest.mark.parametrize("name", NAMES)
def test_steps_may_be_taken_back_twice(name: str) -> None:
    """Every undo made twice, after every do made twice, is as good as once."""
    outcomes = [_refused_at(name, index, twice=True) for index in range(STEPS_MAX)]
    assert outcomes == [_refused_at(name, index) for index in range(STEPS_MAX)]


@pytest.mark.parametrize("name", NAMES)
def test_a_crash_while_taking_back_loses_nothing(name: str) -> None:
    """Cut off at every point of a run whose last refusable step is refused, all is as before."""
    steps = [index for index in range(STEPS_MAX) if _refused_at(name, index) is JobStatus.FAILED]
    taken_back = [
        _refused_at(name, steps[-1], cut_at=point) is JobStatus.FAILED
        for point in range(1, POINTS_MAX)
        if steps
    ]
    assert any(taken_back) or not steps


@pytest.mark.parametrize("name", NAMES)
def test_calls_may_be_made_twice(name: str) -> None:
    """Every do made twice is as good as once."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            command = await SCENES[name].prepare(stage)
            stage.meddling.twice = True
            await stage.do(command)
            await stage.settle()
            assert findings(stage.inventory, stage.world) == []

    play(body)


@pytest.mark.parametrize("name", NAMES)
def test_plans_survive_a_crash_at_every_point(name: str) -> None:
    """Cut off before and after every append and call: after the restart the job ends well."""
    point = 0
    while True:
        point += 1
        if not _cut_at(name, point):
            assert point > 2
            return


def _cut_at(name: str, point: int) -> bool:
    """Cut the plane off at the point-th point of the command; whether there was such a point."""
    reached: list[bool] = []
    known: list[str] = []

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            command = await SCENES[name].prepare(stage)
            await stage.settle()
            known.extend(findings(stage.inventory, stage.world))
            stage.mains.points, stage.mains.cut_at = 0, point
            await stage.do(command)
            await stage.settle()
        reached.append(stage.mains.is_off)
        stage.mains.restore()
        async with stage.running():
            await stage.settle()
            assert set(findings(stage.inventory, stage.world)) <= set(known)
            failed = [job for job in stage.inventory.all(Job) if job.failure is not None]
            assert failed == [] or not SCENES[name].survives

    play(body)
    return reached[0]


@pytest.mark.parametrize("name", NAMES)
def test_plans_survive_a_crash_inside_their_steps(name: str) -> None:
    """Cut off at twelve moments of the virtual time that it takes, in the middle of copies.

    What takes no time has no inside.
    """
    took_s = _duration_s(name)
    for cut in range(CUTS if took_s else 0):
        _cut_after(name, took_s * (cut + 0.5) / CUTS)


def _duration_s(name: str) -> float:
    took: list[float] = []

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            command = await SCENES[name].prepare(stage)
            await stage.settle()
            began_s = stage.runtime.now()
            await stage.do(command)
            await stage.settle()
            took.append(stage.runtime.now() - began_s)

    play(body)
    return took[0]


def _cut_after(name: str, seconds: float) -> None:
    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            command = await SCENES[name].prepare(stage)
            await stage.settle()
            await stage.cut_after(seconds, command)
        assert stage.mains.is_off
        stage.mains.restore()
        await stage.runtime.sleep(5.0)
        async with stage.running():
            await stage.settle()
            assert findings(stage.inventory, stage.world) == []
            failed = [job for job in stage.inventory.all(Job) if job.failure is not None]
            assert failed == [] or not SCENES[name].survives

    play(body)
