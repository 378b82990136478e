"""A server with many volumes: how soon it is ready, its memory, and how fast a page is."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import trio

from benchmarks.figures import Figure, Report
from benchmarks.program import Server, server, write_site
from core.model.ids import new_id
from core.model.records import Account, DiskOffering, Pool, Volume, Zone
from core.model.states import VolumeState
from core.plane import ControlPlane
from core.trio_runtime import TrioRuntime
from server import logging
from server.client import Client, open_client
from server.config import load
from server.credentials import Credentials
from server.site import open_service
from sim.virtual.run import START_S

COUNTS = (10_000, 100_000)
PAGE = 500
PAGES_ASKED = 20
BATCH = 5_000
SEED = 1


class Seen(NamedTuple):
    """A server with so many volumes; latencies are medians."""

    ready_s: float
    resident_bytes: int
    first_page_ms: float
    last_page_ms: float


async def _fill(folder: Path, count: int) -> None:
    """Make the journal of a zone with so many volumes.

    They are recorded as a site's founding records are: createVolume would leave a job for each,
    which the server forgets after a day.
    """
    runtime = TrioRuntime(start_s=START_S)
    site = load(write_site(folder))
    async with open_service(
        site, folder / "data", runtime, logging.logger("benchmark"), url="http://127.0.0.1:1"
    ) as service:
        volumes = _volumes(service.plane, Random(SEED))
        for start in range(0, count, BATCH):
            batch = [next(volumes) for _ in range(min(BATCH, count - start))]
            await service.plane.found(batch)


def _volumes(plane: ControlPlane, random: Random) -> Iterator[Volume]:
    (account,) = plane.inventory.all(Account)
    (zone,) = plane.inventory.all(Zone)
    (pool,) = plane.inventory.all(Pool)
    (offering,) = plane.inventory.all(DiskOffering)
    number = 0
    while True:
        number += 1
        yield Volume(
            id=new_id(random),
            name=f"volume-{number:06}",
            account_id=account.id,
            domain_id=account.domain_id,
            zone_id=zone.id,
            type="DATADISK",
            size_bytes=offering.size_bytes,
            disk_offering_id=offering.id,
            pool_id=pool.id,
            state=VolumeState.READY,
        )


async def _pages(known: Credentials, count: int) -> tuple[float, float]:
    """Milliseconds of the first page and of the last one, medians."""
    async with open_client(known.url, known.token) as client:
        return await _page_ms(client, 1), await _page_ms(client, count // PAGE)


async def _page_ms(client: Client, page: int) -> float:
    waits_s: list[float] = []
    for _ in range(PAGES_ASKED):
        asked_s = perf_counter()
        answer = await client.call("listVolumes", page=page, pagesize=PAGE)
        waits_s.append(perf_counter() - asked_s)
        assert len(answer["volume"]) == PAGE
    return median(waits_s) * 1e3


def _seen(count: int) -> Seen:
    with TemporaryDirectory() as name:
        folder = Path(name)
        trio.run(_fill, folder, count)
        with server(folder) as forebay:
            return _looked_at(forebay, count)


def _looked_at(forebay: Server, count: int) -> Seen:
    resident_bytes = forebay.resident_bytes
    waits_ms = trio.run(_pages, forebay.credentials, count) if count else (0.0, 0.0)
    return Seen(forebay.ready_s, resident_bytes, *waits_ms)


def report(*, small: bool) -> Report:
    """An empty zone, one with many volumes, and one with ten times as many."""
    few, many = (count // 10 if small else count for count in COUNTS)
    empty, some, all_of_them = _seen(0), _seen(few), _seen(many)

    def ready_us(seen: Seen, count: int) -> float:
        return (seen.ready_s - empty.ready_s) / count * 1e6

    def memory_bytes(seen: Seen, count: int) -> float:
        return (seen.resident_bytes - empty.resident_bytes) / count

    per_volume = ready_us(all_of_them, many), ready_us(some, few)
    memory = memory_bytes(all_of_them, many), memory_bytes(some, few)
    return Report(
        title=f"A server with {many:,} volumes",
        peer=f"{few:,} volumes",
        figures=(
            Figure("restart to ready: s", f"{all_of_them.ready_s:.2f}", f"{some.ready_s:.2f}"),
            _figure("  us a volume beyond an empty server's", per_volume, "{:.0f}"),
            _figure("memory, bytes a volume", memory, "{:,.0f}"),
            _figure(
                f"first page of {PAGE}: ms",
                (all_of_them.first_page_ms, some.first_page_ms),
                "{:.1f}",
            ),
            _figure(
                f"last page of {PAGE}: ms", (all_of_them.last_page_ms, some.last_page_ms), "{:.1f}"
            ),
        ),
        notes=(
            f"empty: ready after {empty.ready_s:.2f} s, takes {empty.resident_bytes / 1e6:.0f} MB",
            f"pages: medians of {PAGES_ASKED} calls of another process, which decodes the answers",
        ),
    )


def _figure(what: str, values: tuple[float, float], form: str) -> Figure:
    many, few = values
    return Figure(what, form.format(many), form.format(few), f"{many / few:.2f}", "~ 1")
