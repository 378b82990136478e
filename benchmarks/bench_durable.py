"""Durable createVolume calls a second beside bare SQLite group commits of the same bytes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple, cast

import apsw
import trio

from benchmarks.bench_wire import Seen, call, measured, offering_id
from benchmarks.figures import Figure, Report
from benchmarks.program import server, write_site
from benchmarks.storm_site import CALLER, records
from core.model.access import Caller
from core.model.commands.volume import CreateVolume
from core.model.records import DiskOffering
from core.plane import ControlPlane
from core.trio_runtime import TrioRuntime
from server import logging
from server.client import open_client
from server.config import load
from server.credentials import Credentials
from server.journal import schema
from server.journal.database import Connection
from server.site import open_service
from sim.journal import MemoryJournal
from sim.site import SimulatedSite
from sim.spec import SiteSpec
from sim.virtual.run import START_S

CLIENTS = 64
SECONDS = 8.0
BARE_RUNS = 2
AIM_PER_S = 2000
AIM_RATIO = 0.3
# The folder must be on a disk: a temporary folder may be in memory.
DISK = "/var/tmp"  # noqa: S108  (a fresh folder is made in it)


class Committed(NamedTuple):
    """What a run left in the journal: rows of events and records, and how many commits it took."""

    events: list[tuple[object, ...]]
    records: list[tuple[object, ...]]
    commits: int


class Direct(NamedTuple):
    """A run without the network. Waits are in ascending order."""

    calls: int
    seconds: float
    waits_s: list[float]


async def _offering(known: Credentials) -> str:
    async with open_client(known.url, known.token) as client:
        return await offering_id(client)


def _served(folder: Path, seconds: float) -> tuple[Seen, Committed]:
    """The whole way: clients in one process, the server in another."""
    with server(folder) as forebay:
        known = forebay.credentials
        request = call("createVolume", diskofferingid=trio.run(_offering, known))
        before, events = forebay.number("journal_commits"), forebay.number("journal_head")
        seen = measured(forebay, known.websocket_url, CLIENTS, seconds, known.token, request)
        commits = forebay.number("journal_commits") - before
    return seen, _committed(folder / "data" / "journal.db", events, commits)


def _connect(path: Path) -> Connection:
    return cast("Connection", apsw.Connection(str(path)))


def _committed(path: Path, after: int, commits: int) -> Committed:
    connection = _connect(path)
    events = connection.execute(schema.READ_EVENTS, (after, -1)).fetchall()
    records = connection.execute(
        "SELECT kind, id, checksum, data FROM records WHERE kind IN ('volume', 'job')"
    ).fetchall()
    connection.close()
    return Committed(events, records, commits)


def _bare(folder: Path, committed: Committed) -> float:
    """Commit the same rows in as many groups; answers the seconds."""
    path = folder / "bare.db"
    connection = _connect(path)
    for setting in schema.SETTINGS:
        connection.execute(setting).fetchall()
    connection.execute(schema.TABLES)
    began_s = perf_counter()
    groups = zip(
        _groups(committed.events, committed.commits),
        _groups(committed.records, committed.commits),
        strict=True,
    )
    for events, rows in groups:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(schema.ADD_EVENT, events)
        connection.executemany(schema.PUT_RECORD, rows)
        connection.executemany(schema.PUT_META, (("head", 1), ("tail", 1)))
        connection.execute("COMMIT")
    seconds = perf_counter() - began_s
    connection.close()
    path.unlink()
    return seconds


def _groups(
    rows: Sequence[tuple[object, ...]], count: int
) -> Iterator[Sequence[tuple[object, ...]]]:
    for number in range(count):
        yield rows[len(rows) * number // count : len(rows) * (number + 1) // count]


async def _direct(folder: Path, seconds: float) -> Direct:
    """The plane over the same journal, called by tasks of the same process."""
    runtime = TrioRuntime(start_s=START_S)
    site = load(write_site(folder))
    waits_s: list[float] = []
    async with open_service(
        site, folder / "direct", runtime, logging.logger("benchmark"), url="http://127.0.0.1:1"
    ) as service:
        plane = service.plane
        caller = plane.identify(service.credentials.token_sha256)
        (offering,) = plane.inventory.all(DiskOffering)
        command = CreateVolume(disk_offering_id=offering.id)
        began_s = perf_counter()
        async with trio.open_nursery() as nursery:
            for _ in range(CLIENTS):
                nursery.start_soon(_ask, plane, caller, command, began_s + seconds, waits_s)
        took_s = perf_counter() - began_s
    return Direct(len(waits_s), took_s, sorted(waits_s))


async def _ask(
    plane: ControlPlane,
    caller: Caller,
    command: CreateVolume,
    until_s: float,
    waits_s: list[float],
) -> None:
    while (asked_s := perf_counter()) < until_s:
        await plane.submit(command, caller)
        waits_s.append(perf_counter() - asked_s)


async def _unjournaled(calls: int) -> float:
    """Seconds of the same calls over a journal in memory: the plane's own time."""
    runtime = TrioRuntime(start_s=START_S)
    random = Random(1)
    offering = DiskOffering(id="small", name="small", display_text="small", size_bytes=1 << 30)
    async with (
        SimulatedSite.open(runtime, SiteSpec(), random) as site,
        ControlPlane.open(runtime, MemoryJournal(keep=1000), site, random) as plane,
    ):
        await plane.found([*records(1, [], looks=False), offering])
        command = CreateVolume(disk_offering_id=offering.id)
        began_s = perf_counter()
        for _ in range(calls):
            await plane.submit(command, CALLER)
        return perf_counter() - began_s


def report(*, small: bool) -> Report:
    """The server, the same bytes bare, and the plane without the network, one after the other."""
    seconds = 1.0 if small else SECONDS
    with TemporaryDirectory(dir=DISK) as name:
        folder = Path(name)
        seen, committed = _served(folder, seconds)
        bare = [_bare(folder, committed) for _ in range(BARE_RUNS)]
        direct = trio.run(_direct, folder, seconds)
        bare += [_bare(folder, committed) for _ in range(BARE_RUNS)]
    plane_us = trio.run(_unjournaled, seen.load.calls) / seen.load.calls * 1e6
    rate, bare_rate = seen.calls_per_s, seen.load.calls / median(bare)
    rates = [f"{seen.load.calls / took_s:,.0f}" for took_s in bare]
    direct_rate = direct.calls / direct.seconds
    group = len(committed.events) / committed.commits
    aim = f">= {AIM_RATIO}, >= {AIM_PER_S:,}/s"
    return Report(
        title=f"Durable createVolume, {CLIENTS} at a time",
        peer="bare apsw",
        figures=(
            Figure(
                "through websockets: volumes/s",
                f"{rate:,.0f}",
                f"{bare_rate:,.0f}",
                f"{rate / bare_rate:.2f}",
                aim,
            ),
            Figure("  p50 / p99 ms", f"{seen.load.p50_s * 1e3:.1f} / {seen.load.p99_s * 1e3:.1f}"),
            Figure("  server CPU us/volume", f"{seen.cpu_us:.0f}"),
            Figure(
                "without the network, same process: volumes/s",
                f"{direct_rate:,.0f}",
                f"{bare_rate:,.0f}",
                f"{direct_rate / bare_rate:.2f}",
            ),
            Figure(
                "  p50 / p99 ms",
                " / ".join(
                    f"{direct.waits_s[int(len(direct.waits_s) * share)] * 1e3:.1f}"
                    for share in (0.50, 0.99)
                ),
            ),
            Figure("plane alone, journal in memory: us/volume", f"{plane_us:.0f}"),
        ),
        notes=(
            f"{len(committed.events):,} events in {committed.commits:,} commits, {group:.1f} each",
            "bare apsw: the same rows, tables and settings (synchronous=FULL), as many commits",
            f"bare apsw, volumes/s: {', '.join(rates)}",
        ),
    )
