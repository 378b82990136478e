"""A snapshot storm at 02:30 through the real control plane on virtual time, beside SimPy."""

import gc
from collections.abc import Callable
from cProfile import Profile
from pathlib import Path
from random import Random
from time import perf_counter
from types import CodeType
from typing import NamedTuple

from benchmarks import storm_site
from benchmarks.figures import Figure, Report
from benchmarks.storm_simpy import Storm
from benchmarks.storm_site import CALLER, VOLUMES_PER_HOST, Machine
from core.model.commands.snapshot import CreateSnapshot
from core.model.records import Job, Snapshot
from core.model.states import SnapshotState
from core.plane import ControlPlane
from core.runtime import Runtime
from sim.journal import MemoryJournal
from sim.site import SimulatedSite
from sim.virtual.run import START_S, run_kernel, run_trio

SEED = 1
HOSTS = 1000
HALF_PAST_TWO_S = START_S + 2.5 * 3600
LOOK_S = 60.0
AIM_US = 100.0
ROOT = Path(__file__).parents[1]
# Where time is spent: the first group with a matching beginning counts.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("runtime", ("sim/virtual", "core/runtime", "core/trio_runtime")),
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
    """No garbage collection in the block.

    Nearly all that a run makes lives until its end: a collector would only look at it over again.
    """

    def __enter__(self) -> None:
        gc.collect()
        gc.freeze()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        gc.enable()
        gc.unfreeze()


async def _storm(
    runtime: Runtime, hosts: int, machines: list[Machine], looks: bool, profile: Profile | None
) -> Outcome:
    began_s = perf_counter()
    journal = MemoryJournal(keep=1000)
    async with (
        SimulatedSite.open(runtime, storm_site.site_spec(hosts), Random(SEED)) as site,
        ControlPlane.open(runtime, journal, site, Random(SEED)) as plane,
    ):
        await plane.found(storm_site.records(hosts, machines, looks=looks))
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


def _simpy(hosts: int) -> Outcome:
    machines = storm_site.machines(hosts, Random(SEED))
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
    hosts: int,
    run: Callable[..., Outcome] = run_kernel,
    *,
    looks: bool = False,
    profile: Profile | None = None,
) -> Outcome:
    """The storm through the control plane, on the kernel or on trio with the virtual clock."""
    machines = storm_site.machines(hosts, Random(SEED))
    return run(_storm, hosts, machines, looks, profile, start_s=HALF_PAST_TWO_S)


def shares(profile: Profile) -> dict[str, float]:
    """Share of own time of each group; what built-in functions take counts for their callers."""
    seconds: dict[str, float] = {}
    for entry in profile.getstats():
        if isinstance(entry.code, CodeType):
            built_in = (made for made in entry.calls or () if isinstance(made.code, str))
            own_s = entry.inlinetime + sum(made.inlinetime for made in built_in)
            group = _group(entry.code.co_filename)
            seconds[group] = seconds.get(group, 0.0) + own_s
    total_s = sum(seconds.values())
    return {name: seconds.get(name, 0.0) / total_s for name in (*dict(GROUPS), "other")}


def _group(file: str) -> str:
    path = Path(file)
    inside = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    found = (group for group, beginnings in GROUPS if inside.startswith(beginnings))
    return next(found, "other")


def _row(name: str, seen: Outcome, peer: Outcome, aim: str = "") -> Figure:
    jobs = seen.done + seen.expired + seen.failed
    own_us, peer_us = seen.wall_s / jobs * 1e6, peer.wall_s / jobs * 1e6
    return Figure(
        what=f"{name}: us/job (jobs/s)",
        seen=f"{own_us:.0f} ({1e6 / own_us:,.0f})",
        peer=f"{peer_us:.0f} ({1e6 / peer_us:,.0f})",
        ratio=f"{own_us / peer_us:.1f}",
        aim=aim,
    )


def _said(name: str, outcome: Outcome) -> str:
    return (
        f"{name}: {outcome.done} done, {outcome.expired} expired, {outcome.failed} failed,"
        f" makespan {outcome.makespan_s / 3600:.2f} h"
    )


def report(*, small: bool) -> Report:
    """The whole storm on the kernel; a tenth of it on trio, with looks, and under the profiler."""
    hosts = HOSTS // 10 if small else HOSTS
    part = max(20, hosts // 10)
    peer, part_peer = _simpy(hosts), _simpy(part)
    kernel, on_trio = run_storm(hosts), run_storm(part, run_trio)
    looking = run_storm(part, looks=True)
    profile = Profile()
    run_storm(part, profile=profile)
    spent = ", ".join(f"{name} {share:.0%}" for name, share in shares(profile).items())
    return Report(
        title=f"Snapshot storm on the kernel: {hosts} hosts x {VOLUMES_PER_HOST} volumes",
        peer="SimPy",
        figures=(
            _row(f"{hosts} hosts", kernel, peer, f"<= {AIM_US:.0f} us"),
            _row(f"{part} hosts", run_storm(part), part_peer),
            _row(f"{part} hosts, all looked at each minute", looking, part_peer),
            _row(f"{part} hosts, on trio with the virtual clock", on_trio, part_peer),
        ),
        notes=(
            _said("control plane", kernel),
            _said("SimPy", peer),
            f"own time on the kernel, {part} hosts, by cProfile: {spent}",
            f"{kernel.events:,} events, journal {kernel.digest[:12]}",
            f"not counted: {kernel.setup_s:.1f} s to put the records and running machines there",
            "no garbage collection while it runs, on both sides",
        ),
    )
