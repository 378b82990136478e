"""A snapshot storm at 02:30 through the real control plane on virtual time, beside a SimPy model of it."""

import gc
import pstats
from cProfile import Profile
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import perf_counter
from typing import NamedTuple

from benchmarks import storm_site
from benchmarks.figures import Figure, Report
from benchmarks.storm_simpy import Storm
from benchmarks.storm_site import CALLER, Machine
from core.model.commands.snapshot import CreateSnapshot
from core.model.records import Job, Snapshot
from core.model.states import SnapshotState
from core.plane import ControlPlane
from core.runtime import Runtime
from sim.journal import MemoryJournal
from sim.run import START_S, run_kernel, run_trio
from sim.site import SimulatedSite

SEED = 1
HOSTS = 1000
HALF_PAST_TWO_S = START_S + 2.5 * 3600
LOOK_S = 60.0
AIM_US = 100.0
ROOT = Path(__file__).parents[1]
# Where time is spent: the first group with a matching beginning counts.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("runtime", ("sim/kernel", "sim/timers", "sim/clock", "core/runtime", "core/trio_runtime")),
    ("journal", ("sim/journal", "core/journal", "core/model/events")),
    ("model", ("core/model", "core/plans", "core/throttle")),
    ("actors", ("core/",)),
    ("simulator", ("sim/",)),
)


class Outcome(NamedTuple):
    """One run of the storm. `wall_s` is the storm alone, `setup_s` all before it."""

    done: int
    expired: int
    failed: int
    events: int
    makespan_s: float
    wall_s: float
    setup_s: float
    digest: str


class Quiet:
    """No garbage collection in the block: what was there before is frozen, what comes is no garbage.

    Nearly all that a run makes lives until its end, so collecting would only look at it again and again.
    """

    def __enter__(self) -> None:
        gc.collect()
        gc.freeze()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()
        gc.unfreeze()


async def _storm(
    runtime: Runtime, hosts: int, machines: list[Machine], profile: Profile | None
) -> Outcome:
    began_s = perf_counter()
    journal = MemoryJournal(keep=1000)
    async with (
        SimulatedSite.open(runtime, storm_site.site_spec(hosts), Random(SEED)) as site,
        ControlPlane.open(runtime, journal, site, Random(SEED)) as plane,
    ):
        await plane.found(storm_site.records(hosts, machines))
        storm_site.populate(site, machines)
        before, virtual_s = journal.head, runtime.now()
        with Quiet():
            if profile is not None:
                profile.enable()
            start_s = perf_counter()
            for machine in machines:
                await plane.submit(CreateSnapshot(volume_id=machine.volume_id), CALLER)
            while plane.inventory.having(Job, "status", "pending"):
                await runtime.sleep(LOOK_S)
            wall_s = perf_counter() - start_s
            if profile is not None:
                profile.disable()
        states = [snapshot.state for snapshot in plane.inventory.all(Snapshot)]
        done = states.count(SnapshotState.BACKED_UP)
        return Outcome(
            done=done,
            # One that expires in the queue never began, so its snapshot is forgotten.
            expired=len(machines) - len(states),
            failed=len(states) - done,
            events=journal.head - before,
            makespan_s=runtime.now() - virtual_s,
            wall_s=wall_s,
            setup_s=start_s - began_s,
            digest=journal.digest,
        )


def _simpy(machines: list[Machine]) -> Outcome:
    began_s = perf_counter()
    with Quiet():
        start_s = perf_counter()
        storm = Storm(machines)
        storm.run()
        wall_s = perf_counter() - start_s
    return Outcome(
        done=storm.done,
        expired=storm.expired,
        failed=0,
        events=0,
        makespan_s=storm.makespan_s,
        wall_s=wall_s,
        setup_s=start_s - began_s,
        digest="",
    )


def run_storm(
    hosts: int, run: Callable[..., Outcome] = run_kernel, profile: Profile | None = None
) -> Outcome:
    """The storm through the control plane, on the kernel or on trio with the virtual clock."""
    machines = storm_site.machines(hosts, Random(SEED))
    return run(_storm, hosts, machines, profile, start_s=HALF_PAST_TWO_S)


def shares(profile: Profile) -> dict[str, float]:
    """Share of own time of each group; what built-in functions take counts for their callers."""
    seconds: dict[str, float] = {}
    entries = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (file, _, _), (_, _, own_s, _, callers) in entries.items():
        if file == "~":
            for (caller, _, _), (_, _, called_s, _) in callers.items():
                _count(seconds, caller, called_s)
        else:
            _count(seconds, file, own_s)
    total_s = sum(seconds.values())
    return {name: seconds.get(name, 0.0) / total_s for name, _ in (*GROUPS, ("other", ()))}


def _count(seconds: dict[str, float], file: str, own_s: float) -> None:
    path = Path(file)
    inside = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    name = "runtime" if "/trio/" in file else "other"
    for group, beginnings in GROUPS:
        if inside.startswith(beginnings):
            name = group
            break
    seconds[name] = seconds.get(name, 0.0) + own_s


def _row(name: str, seen: Outcome, jobs: int, peer: Outcome, aim: str = "") -> Figure:
    return Figure(
        what=f"{name}: {seen.done} done, {seen.expired} expired, {seen.failed} failed,"
        f" makespan {seen.makespan_s / 3600:.2f} h",
        seen=f"{jobs / seen.wall_s:,.0f} jobs/s, {seen.wall_s / jobs * 1e6:.0f} us/job",
        peer=f"{peer.wall_s / jobs * 1e6:.0f} us/job",
        ratio=f"{seen.wall_s / peer.wall_s:.2f}",
        aim=aim,
    )


def report(*, small: bool) -> Report:
    """Run everything; the profiled run is a tenth as large."""
    hosts = HOSTS // 10 if small else HOSTS
    machines = storm_site.machines(hosts, Random(SEED))
    jobs = len(machines)
    peer = _simpy(machines)
    kernel = run_storm(hosts)
    trio_hosts = hosts // 5
    slow = run_storm(trio_hosts, run_trio)
    slow_peer = _simpy(storm_site.machines(trio_hosts, Random(SEED)))
    profile = Profile()
    run_storm(max(1, HOSTS // 10), profile=profile)
    spent = ", ".join(f"{name} {share:.0%}" for name, share in shares(profile).items())
    return Report(
        title=f"Snapshot storm: {hosts} hosts x {storm_site.VOLUMES_PER_HOST} volumes, virtual time",
        peer="SimPy",
        figures=(
            _row("control plane on the kernel", kernel, jobs, peer, f"<= {AIM_US:.0f} us/job"),
            _row(f"on trio, virtual clock, {trio_hosts} hosts", slow, slow.done + slow.expired, slow_peer),
            Figure("SimPy model", f"{peer.done} done, {peer.expired} expired,"
                   f" makespan {peer.makespan_s / 3600:.2f} h"),
        ),
        notes=(
            f"share of own time on the kernel (cProfile, 100 hosts): {spent}",
            f"{kernel.events} events, journal {kernel.digest[:12]}; setting up took {kernel.setup_s:.1f} s",
        ),
    )
