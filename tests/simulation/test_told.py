"""Why something failed inside the cloud is told to root administrators alone."""

from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Role
from core.model.commands.image.permission import UpdateTemplatePermissions
from core.model.commands.job import ListEvents, QueryAsyncJobResult
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.volume import AttachVolume, CreateVolume
from core.model.records import Account, Pool
from sim.spec import GIB
from tests.simulation.built import on_stage
from tests.simulation.stage import Stage, deploy

INSIDE = ("p1", "p2", "h1", "host/", "pool/", "image_store/")


async def _tenant(stage: Stage) -> Caller:
    """A user with a running machine and an attached volume, on a host of which one hears."""
    caller = await stage.enter(Account(id="alice", name="alice", domain_id="ROOT", role=Role.USER))
    await stage.do(UpdateTemplatePermissions(id=stage.ids["template"], is_public=True))
    root, stage.caller = stage.caller, caller
    stage.ids["vm"] = await stage.do(deploy(stage))
    stage.ids["data"] = await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"]))
    await stage.do(AttachVolume(id=stage.ids["data"], virtual_machine_id=stage.ids["vm"]))
    stage.caller = root
    return caller


async def _seen(stage: Stage, caller: Caller, job_id: str) -> dict[str, Any]:
    answer = await stage.plane.submit(QueryAsyncJobResult(job_id=job_id), caller)
    seen: dict[str, Any] = msgspec.to_builtins(answer)["job"]
    return seen


async def _event(stage: Stage, caller: Caller, job_id: str) -> str:
    answer = msgspec.to_builtins(await stage.plane.submit(ListEvents(id=job_id), caller))
    return str(answer["event"][0]["description"])


def test_users_are_not_told_what_failed_inside() -> None:
    """While a job waits, when it has failed, among the events, and in the stream of records."""

    async def body(stage: Stage) -> None:
        alice = await _tenant(stage)
        watch = stage.plane.watch(alice, topics=("job",))
        asked = CreateSnapshot(volume_id=stage.ids["data"])
        answer = msgspec.to_builtins(await stage.plane.submit(asked, alice))
        stage.world.hosts["h1"].up = False
        await stage.runtime.sleep(5.0)
        waiting = [
            (await _seen(stage, who, answer["jobid"]))["waits_for"] for who in (alice, stage.caller)
        ]
        assert waiting[0] == "something inside the cloud"
        assert "host/" in waiting[1]
        await stage.settle()
        hers, whole = [await _seen(stage, who, answer["jobid"]) for who in (alice, stage.caller)]
        assert hers["jobresult"]["errortext"] == "something that it needs does not answer"
        assert "object" not in hers["jobresult"]
        assert whole["jobresult"]["object"].startswith("host/")
        same = ("errorcode", "type", "hint", "retryable")
        assert [hers["jobresult"][key] for key in same] == [whole["jobresult"][key] for key in same]
        assert "host does not answer" in await _event(stage, stage.caller, answer["jobid"])
        assert "host does not" not in await _event(stage, alice, answer["jobid"])
        events = (await watch.next(100)).events
        failures = [msgspec.json.decode(event)["object"].get("failure") for event in events]
        told = [failure for failure in failures if failure]
        assert told
        assert not [word for word in INSIDE if word in str(told)]

    on_stage(body)


def test_a_refusal_names_the_inside_only_to_root_administrators() -> None:
    """The kind of error, its number and what to do are the same."""

    async def body(stage: Stage) -> None:
        alice = await _tenant(stage)
        pools = list(stage.inventory.all(Pool))
        for pool in pools:
            stage.world.pools[pool.name].room.capacity_bytes = GIB
        await stage.runtime.sleep(120.0)
        told: list[errors.ForebayError] = []
        for caller in (alice, stage.caller):
            with pytest.raises(errors.NoCapacity) as refused:
                await stage.plane.submit(deploy(stage), caller)
            told.append(refused.value)
        hers, whole = told
        assert hers.message == "there is no room for it"
        assert (hers.number, hers.hint) == (whole.number, whole.hint)
        assert any(pool.name in whole.message for pool in pools)

    on_stage(body)


def test_what_a_user_did_wrong_is_told_whole() -> None:
    """Only what is inside is kept back."""

    async def body(stage: Stage) -> None:
        alice = await _tenant(stage)
        asked = AttachVolume(id=stage.ids["data"], virtual_machine_id=stage.ids["vm"])
        with pytest.raises(errors.Conflict) as refused:
            await stage.plane.submit(asked, alice)
        assert refused.value.object == f"volume/{stage.ids['data']}"

    on_stage(body)
