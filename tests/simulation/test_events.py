"""What listEvents tells of commands that only change records."""

import pytest

from core.model.commands.command import Command
from core.model.commands.job import (
    ArchiveEvents,
    DeleteEvents,
    ListAsyncJobs,
    ListEvents,
    QueryAsyncJobResult,
)
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.ownership.account import CreateAccount
from core.model.commands.setting import UpdateConfiguration
from core.model.errors import Invalid, NotFound
from core.model.ids import MANAGEMENT_SERVER_ID
from tests.simulation.stage import Stage, play

SECRET = "not for the journal"
ACCOUNT = CreateAccount(
    username="zoe",
    password=SECRET,
    email="zoe@example.org",
    first_name="Zoe",
    last_name="Zander",
    account_type=0,
)
CHANGES: tuple[tuple[Command, str], ...] = (
    (CreateDiskOffering(name="big", disk_size=9), "DISK.OFFERING.CREATE"),
    (UpdateConfiguration(name="default.page.size", value="77"), "CONFIGURATION.VALUE.EDIT"),
    (ACCOUNT, "ACCOUNT.CREATE"),
)


async def _types(stage: Stage, command: ListEvents) -> list[str]:
    return [str(row["type"]) for row in await stage.ask(command)]


def test_who_changed_what_is_known_after_a_restart() -> None:
    """Each change is an event of the caller's, and of its object."""

    async def body(stage: Stage) -> None:
        before: list[str] = []
        async with stage.running():
            await stage.build()
            before += await _types(stage, ListEvents())
            for command, _ in CHANGES:
                await stage.do(command)
        async with stage.running():
            told = (await stage.ask(ListEvents()))[len(before) :]
            assert [row["type"] for row in told] == [kind for _, kind in CHANGES]
            assert {(row["level"], row["state"], row["account"]) for row in told} == {
                ("INFO", "Completed", "admin")
            }
            assert told[1]["resourceid"] == "global//default.page.size"

    play(body)


def test_a_change_that_is_refused_leaves_no_event() -> None:
    """Nothing was done, so there is nothing to tell."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(ACCOUNT)
            before = await _types(stage, ListEvents())
            with pytest.raises(Invalid):
                await stage.do(ACCOUNT)
            assert await _types(stage, ListEvents()) == before

    play(body)


def test_nothing_that_was_asked_is_kept() -> None:
    """Passwords and keys are in no event of the journal."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(ACCOUNT)
            assert not any(SECRET.encode() in entry.data for entry in stage.journal.read(0, 10**6))

    play(body)


def test_such_events_are_no_jobs() -> None:
    """They are archived and deleted as others are, but there was nothing to wait for."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(CHANGES[0][0])
            event = (await stage.ask(ListEvents(type="DISK.OFFERING.CREATE")))[-1]
            jobs = {row["jobid"] for row in await stage.ask(ListAsyncJobs())}
            assert jobs
            ours = ListAsyncJobs(management_server_id=MANAGEMENT_SERVER_ID)
            assert {row["jobid"] for row in await stage.ask(ours)} == jobs
            assert await stage.ask(ListAsyncJobs(management_server_id="other")) == []
            assert event["id"] not in jobs
            with pytest.raises(NotFound):
                await stage.ask(QueryAsyncJobResult(job_id=event["id"]))
            await stage.plane.submit(ArchiveEvents(ids=(event["id"],)), stage.caller)
            archived = await stage.ask(ListEvents(archived=True))
            assert [row["id"] for row in archived] == [event["id"]]
            await stage.plane.submit(DeleteEvents(ids=(event["id"],)), stage.caller)
            assert await stage.ask(ListEvents(archived=True)) == []

    play(body)
