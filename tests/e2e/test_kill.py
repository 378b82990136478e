"""No acknowledged change or write is lost when the server or a guest is killed at any moment."""

import os
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
import trio

from core.model.records import Job
from core.model.states import Phase
from server.client import Client
from server.demo import real_zone
from tests.e2e import audit
from tests.e2e.ledger import Ledger
from tests.e2e.workload import Request, Workload
from tests.e2e.zone import IN_PROGRESS, JOB_S, SUCCEEDED, Zone, done, open_zone, quiet

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(not real_zone.is_possible(), reason="QEMU is not installed"),
]
KILLS = int(os.environ.get("FOREBAY_KILLS", "12"))
SEED = int(os.environ.get("FOREBAY_SEED", "1"))
ENOUGH_KILLS = 10
DELAY_MAX_S = 0.4
REQUESTS_MAX = 4
STOP_S = 5.0
RUN_S = 30.0 + 15.0 * KILLS
# A snapshot's rate counts all bytes of the disk, 1 GiB; a mirror's only those ever written, 40 MiB.
FAST = "copyrate=2000000000"
SLOW_SNAPSHOT, SLOW_MIRROR = "copyrate=500000000", "copyrate=15000000"
RESTARTS = 4
Object = dict[str, Any]


@contextmanager
def seeded() -> Generator[Random]:
    """A Random whose seed a failure tells."""
    try:
        yield Random(SEED)
    except Exception as error:
        error.add_note(f"run it again with FOREBAY_SEED={SEED} FOREBAY_KILLS={KILLS}")
        raise


def play(body: Callable[[], Awaitable[None]]) -> None:
    """Run it on trio, for a limited time."""

    async def bounded() -> None:
        with trio.fail_after(RUN_S):
            await body()

    trio.run(bounded)


async def require_sound(zone: Zone) -> None:
    """Records, disks, images and guests agree, and nothing is under way."""
    assert not audit.findings(zone.records(), zone.folder, await zone.host_status())


async def kill_amid(zone: Zone, workload: Workload, random: Random) -> list[Request]:
    """Send some requests at once and kill the server after a while."""
    async with zone.server.client() as client, trio.open_nursery() as nursery:
        requests = await workload.draw(client, random.randint(1, REQUESTS_MAX))
        for request in requests:
            nursery.start_soon(workload.send, client, request)
        await trio.sleep(random.uniform(0, DELAY_MAX_S))
        zone.server.kill()
    return requests


def interrupted(zone: Zone) -> list[Job]:
    """The jobs that were in the middle of a step."""
    return [job for job in zone.records().all(Job) if job.phase in (Phase.RUNNING, Phase.UNDOING)]


async def require_ended(client: Client, jobs: list[Job]) -> Counter[str]:
    """Each job finished, or failed for a reason; answers how many of each command did which."""
    ends: Counter[str] = Counter()
    for job in jobs:
        view = await client.wait_job(job.id, JOB_S)
        assert view["jobstatus"] != IN_PROGRESS, view
        succeeded = view["jobstatus"] == SUCCEEDED
        assert succeeded or view["jobresult"]["type"] != "internal", view
        ends[f"{view['cmd']} {'finished' if succeeded else 'undone'}"] += 1
    return ends


async def power_off_and_read(zone: Zone, ledger: Ledger, *, may_leak: bool = False) -> None:
    """Stop the machine and compare every disk with what was written."""
    async with zone.server.client() as client:
        await done(client, "stopVirtualMachine", id=zone.vm_id, forced=True)
    assert not ledger.final(zone.records(), may_leak=may_leak)


def test_a_killed_server_loses_nothing() -> None:
    """At random moments of random commands: jobs end, disks are as recorded, writes are there."""
    with seeded() as random, open_zone(FAST) as zone:

        async def body() -> None:
            await zone.build()
            workload, ledger = Workload(zone, random), Ledger(zone)
            ends: Counter[str] = Counter()
            for _ in range(KILLS):
                requests = await kill_amid(zone, workload, random)
                jobs = interrupted(zone)
                await zone.server.start()
                async with zone.server.client() as client:
                    await workload.recall(client, requests)
                    await quiet(client)
                    ends += await require_ended(client, jobs)
                await require_sound(zone)
                assert not ledger.follow(zone.records(), requests)
            assert ends or KILLS < ENOUGH_KILLS, "no kill hit a step"
            async with zone.server.client() as client:
                await workload.recall(client, workload.requests)
                await quiet(client)
            await power_off_and_read(zone, ledger)

        play(body)


def test_what_was_queued_does_not_overtake_what_was_interrupted() -> None:
    """A stop that waits for a live migration still waits for it after the server was killed."""
    with open_zone(SLOW_MIRROR) as zone:

        async def body() -> None:
            await zone.build()
            async with zone.server.client() as client:
                migration = await begin_migration(zone, client)
                await copying(client, migration)
                stop = await client.call("stopVirtualMachine", id=zone.vm_id, forced=True)
            for _ in range(RESTARTS):
                zone.server.kill()
                await zone.server.start()
            async with zone.server.client() as client:
                for job_id in (migration, str(stop["jobid"])):
                    job = await client.wait_job(job_id, JOB_S)
                    assert job["jobstatus"] == SUCCEEDED, job

        play(body)


async def begin_migration(zone: Zone, client: Client) -> str:
    """Begin to move the guest's volume to the other pool; answers the job."""
    volume = (await client.call("listVolumes", id=zone.volume_id))["volume"][0]
    pools = (await client.call("listStoragePools"))["storagepool"]
    target = next(pool["id"] for pool in pools if pool["id"] != volume["storageid"])
    answer = await client.call(
        "migrateVolume", volumeid=zone.volume_id, storageid=target, livemigrate=True
    )
    return str(answer["jobid"])


async def begin_snapshot(zone: Zone, client: Client) -> str:
    """Begin to snapshot the guest's volume; answers the job."""
    answer = await client.call("createSnapshot", volumeid=zone.volume_id)
    return str(answer["jobid"])


async def copying(client: Client, job_id: str) -> None:
    """Wait until some of it is copied."""
    while True:
        job = await client.wait_job(job_id, 0.02)
        assert job["jobstatus"] == IN_PROGRESS, job
        if job.get("done_bytes"):
            return


@pytest.mark.parametrize(
    ("begin", "rate"), [(begin_snapshot, SLOW_SNAPSHOT), (begin_migration, SLOW_MIRROR)]
)
def test_a_machine_killed_during_a_copy_keeps_its_writes(
    begin: Callable[[Zone, Client], Awaitable[str]], rate: str
) -> None:
    """The job ends well or is taken back, the plane notices, and the machine starts again."""
    with seeded() as random, open_zone(f"durable=true&{rate}") as zone:

        async def body() -> None:
            await zone.build()
            # The pause between two looks at a host is in force from the next start on.
            zone.server.stop()
            await zone.server.start()
            ledger = Ledger(zone)
            for _ in range(max(1, KILLS // ENOUGH_KILLS)):
                async with zone.server.client() as client:
                    await kill_guest_amid(zone, client, begin, random)
                await require_sound(zone)
                assert not ledger.final(zone.records(), may_leak=True)
                async with zone.server.client() as client:
                    await done(client, "startVirtualMachine", id=zone.vm_id)
                    await zone.guest_writes()
                await require_sound(zone)
            await power_off_and_read(zone, ledger, may_leak=True)

        play(body)


async def kill_guest_amid(
    zone: Zone,
    client: Client,
    begin: Callable[[Zone, Client], Awaitable[str]],
    random: Random,
) -> None:
    """Kill the guest's process while its disk is copied, until the plane knows that it is gone."""
    job_id = await begin(zone, client)
    await copying(client, job_id)
    await trio.sleep(random.uniform(0, DELAY_MAX_S))
    zone.kill_guest()
    job = await client.wait_job(job_id, JOB_S)
    assert job["jobstatus"] != IN_PROGRESS, job
    if job["jobstatus"] != SUCCEEDED:
        fault = job["jobresult"]
        assert fault["type"] in ("not_found", "unavailable"), job
        assert fault["hint"], job
    with trio.fail_after(JOB_S):
        while True:
            vm = (await client.call("listVirtualMachines", id=zone.vm_id))["virtualmachine"][0]
            if vm["state"] == "Stopped":
                return
            await trio.sleep(0.05)


def test_a_stopped_server_takes_its_jobs_up_again() -> None:
    """SIGTERM in the middle of copies ends it within seconds; the next start finishes them."""
    with open_zone(SLOW_MIRROR) as zone:

        async def body() -> None:
            await zone.build()
            ledger = Ledger(zone)
            async with zone.server.client() as client:
                job_id = await begin_migration(zone, client)
                await copying(client, job_id)
                with trio.fail_after(STOP_S):
                    await trio.to_thread.run_sync(zone.server.stop, abandon_on_cancel=True)
            assert [job.id for job in interrupted(zone)] == [job_id]
            await zone.server.start()
            async with zone.server.client() as client:
                job = await client.wait_job(job_id, JOB_S)
                assert job["jobstatus"] == SUCCEEDED, job
            await require_sound(zone)
            await power_off_and_read(zone, ledger)

        play(body)
