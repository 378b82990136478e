"""Nothing is lost when the server or a guest is killed with SIGKILL at any moment."""

import os
from collections import Counter
from random import Random

import pytest
import trio

from core.model.states import Phase
from core.model.records import Job, JobPlan
from server.client import Client
from server.demo import real_zone
from tests.e2e import audit
from tests.e2e.ledger import Ledger
from tests.e2e.workload import Request, Workload
from tests.e2e.zone import FAILED, IN_PROGRESS, JOB_S, SUCCEEDED, Zone, done, open_zone, until

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(not real_zone.is_possible(), reason="QEMU is not installed"),
]
KILLS = int(os.environ.get("FOREBAY_KILLS", "12"))
SEED = int(os.environ.get("FOREBAY_SEED", "1"))
DELAY_MAX_S = 0.4
REQUESTS_MAX = 4


async def quiet(client: Client) -> list[dict]:
    """Wait until no job is in progress."""
    jobs = (await client.call("listAsyncJobs"))["asyncjobs"]
    ended = []
    for job in jobs:
        if job["jobstatus"] == IN_PROGRESS:
            ended.append(await client.wait_job(job["jobid"], JOB_S))
            assert ended[-1]["jobstatus"] != IN_PROGRESS, ended[-1]
    return ended


async def kills(zone: Zone, random: Random, interrupted: Counter, ends: Counter) -> None:
    await zone.build()
    workload, ledger = Workload(zone, random), Ledger(zone)
    for number in range(KILLS):
        requests = await until_killed(zone, workload, random)
        cut = [
            job for job in zone.records().all(Job) if job.phase in (Phase.RUNNING, Phase.UNDOING)
        ]
        interrupted.update(job.command for job in cut)
        print(number, [(r.command, r.answer is not None, r.refusal) for r in requests], [(job.command, job.phase.value, job.step) for job in cut])
        await zone.server.start()
        async with zone.server.client() as client:
            await workload.recall(client, requests)
            await quiet(client)
            for job in cut:
                ended = await client.wait_job(job.id, 0)
                ends[f"{job.command} {ended['jobstatus']}"] += 1
                if ended["jobstatus"] != SUCCEEDED:
                    print("   ", ended["cmd"], ended["jobresult"])
                    assert ended["jobresult"]["type"] != "internal", ended
            inventory = zone.records()
            found = audit.findings(inventory, zone.folder, await zone.host_status())
            assert not found, (number, found)
            found = ledger.follow(inventory, requests)
            assert not found, (number, found)
    await zone.server.start() if False else None
    async with zone.server.client() as client:
        await workload.recall(client, workload.requests)
        await quiet(client)
        await done(client, "stopVirtualMachine", id=zone.vm_id, forced=True)
        found = ledger.final(zone.records())
        assert not found, found


async def until_killed(zone: Zone, workload: Workload, random: Random) -> list[Request]:
    async with zone.server.client() as client, trio.open_nursery() as nursery:
        requests = await workload.draw(client, random.randint(1, REQUESTS_MAX))
        for request in requests:
            nursery.start_soon(workload.send, client, request)
        await trio.sleep(random.uniform(0, DELAY_MAX_S))
        zone.server.kill()
    return requests


def test_a_killed_server_loses_nothing() -> None:
    """It is killed at random moments of random commands."""
    random = Random(SEED)
    interrupted, ends = Counter(), Counter()
    with open_zone("copyrate=100000000") as zone:
        try:
            trio.run(kills, zone, random, interrupted, ends)
        finally:
            print("seed", SEED, interrupted, ends)
