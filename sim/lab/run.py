"""Runs a scenario: the real control plane over a simulated site, on virtual time."""

import gc
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from time import perf_counter

from core.model.records import Job
from core.plane import ControlPlane
from core.runtime import Runtime
from sim.journal import MemoryJournal
from sim.lab.measure import Measures, measured
from sim.lab.report import Outcome, Report
from sim.lab.scenario import Scenario
from sim.lab.workload import Workload, site_of, writes_of
from sim.site import SimulatedSite
from sim.virtual.run import run_kernel

HOUR_S = 3600.0
EVENTS_KEPT = 1000
Run = Callable[..., Measures]


def run_scenario(scenario: Scenario, seed: int | None = None) -> Report:
    """Run every variation from the same seed. Raises what the control plane raises."""
    drawn = scenario.seed if seed is None else seed
    outcomes = tuple(run_once(scenario, drawn, settings) for settings in scenario.variations())
    return Report(scenario=scenario.name, seed=drawn, outcomes=outcomes)


def run_once(
    scenario: Scenario, seed: int, settings: Mapping[str, str], run: Run = run_kernel
) -> Outcome:
    """One run; `run` is the virtual runtime to run on, the kernel or trio on virtual time."""
    start_s = datetime.fromisoformat(scenario.starts).timestamp()
    journal = MemoryJournal(keep=EVENTS_KEPT)
    began_s = perf_counter()
    measures = run(_live, scenario, seed, dict(settings), journal, start_s=start_s)
    return Outcome(
        settings=dict(settings),
        measures=measures,
        events=journal.head,
        journal_digest=journal.digest,
        virtual_s=scenario.hours * HOUR_S,
        wall_s=perf_counter() - began_s,
    )


async def _live(
    runtime: Runtime,
    scenario: Scenario,
    seed: int,
    settings: dict[str, str],
    journal: MemoryJournal,
) -> Measures:
    random = Random(seed)
    ends_s = runtime.now() + scenario.hours * HOUR_S
    async with (
        SimulatedSite.open(runtime, site_of(scenario), Random(seed + 1)) as site,
        ControlPlane.open(runtime, journal, site, random) as plane,
    ):
        site.world.pattern_of = writes_of(scenario)
        workload = Workload(plane, scenario, random)
        await workload.build(settings)
        await workload.deploy()
        # What is built stays: looking through it again and again would cost more than the run.
        gc.collect()
        gc.freeze()
        await runtime.sleep(_seconds_until(scenario.snapshots.at, runtime.now()))
        asked_s = runtime.now()
        followed = _Followed(runtime, plane, workload, ends_s)
        async with runtime.nursery() as nursery:
            for job_id in await workload.snapshot_all():
                nursery.start_soon(followed.follow, job_id)
        await runtime.sleep(max(0.0, ends_s - runtime.now()))
        return measured(followed.jobs, asked_s)


def _seconds_until(time_of_day: str, now_s: float) -> float:
    hour, minute = (int(part) for part in time_of_day.split(":"))
    return (hour * HOUR_S + minute * 60 - now_s) % (24 * HOUR_S)


class _Followed:
    """Jobs as they were at their end, before the plane forgets them."""

    def __init__(
        self, runtime: Runtime, plane: ControlPlane, workload: Workload, ends_s: float
    ) -> None:
        self.jobs: list[Job] = []
        self._runtime = runtime
        self._plane = plane
        self._caller = workload.caller
        self._ends_s = ends_s

    async def follow(self, job_id: str) -> None:
        """Wait for the job's end, or the scenario's."""
        left_s = max(0.0, self._ends_s - self._runtime.now())
        await self._plane.wait_job(job_id, self._caller, left_s)
        self.jobs.append(self._plane.inventory.get(Job, job_id))
