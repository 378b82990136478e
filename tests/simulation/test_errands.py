"""A job that has other jobs done: side by side, found again, cancelled and failed with it."""

from core.model.commands.ownership.account import CreateAccount, DeleteAccount
from core.model.commands.ownership.project import CreateProject
from core.model.commands.volume import CreateVolume
from core.model.records import Account, Job, Volume
from core.model.states import JobStatus
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, deploy, play

MACHINES = 3


async def _account_with_machines(stage: Stage) -> str:
    """Carl, who has machines and a volume that is only a record."""
    created = CreateAccount(username="carl", email="c@x", first_name="C", last_name="C")
    account = str((await stage.do(created))["id"])
    for _ in range(MACHINES):
        await stage.do(deploy(stage, account="carl"))
    await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"], account="carl"))
    return account


async def _begin(stage: Stage, account: str) -> str:
    answer = await stage.plane.submit(DeleteAccount(id=account), stage.caller)
    assert isinstance(answer, dict)
    return str(answer["jobid"])


def test_they_run_side_by_side_and_their_ids_follow_from_the_parents() -> None:
    """All machines are stopped at the same time; the parent ends when the last one has."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            parent = await _begin(stage, await _account_with_machines(stage))
            await stage.runtime.sleep(0.01)
            begun = {f"{parent}-0-{index}" for index in range(MACHINES)}
            pending = {job.id for job in stage.inventory.having(Job, "status", "pending")}
            assert begun | {parent} == pending
            await stage.settle()
            ends = [stage.inventory.get(Job, job_id).completed_s for job_id in begun]
            assert stage.inventory.get(Job, parent).completed_s >= max(ends)
            assert all(job.status is JobStatus.SUCCEEDED for job in stage.inventory.all(Job))

    play(body)


def test_a_cancelled_parent_cancels_them() -> None:
    """What they had not begun stays undone, and the account stays."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            account = await _account_with_machines(stage)
            parent = await _begin(stage, account)
            await stage.runtime.sleep(0.01)
            await stage.plane.cancel_job(parent, stage.caller)
            await stage.settle()
            assert stage.inventory.get(Job, parent).status is JobStatus.CANCELLED
            assert stage.inventory.find(Account, account) is not None
            assert len(stage.inventory.having(Volume, "account", account)) >= 1
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_failure_of_one_is_the_parents() -> None:
    """It says what failed there; the others have gone on to their ends."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            account = await _account_with_machines(stage)
            stage.meddling.refused_step = 0
            job = await stage.attempt(DeleteAccount(id=account))
            assert job.status is JobStatus.FAILED
            assert job.failure is not None
            assert job.failure.code == "integrity"
            statuses = [child.status for child in stage.inventory.all(Job) if "-0-" in child.id]
            assert sorted(statuses) == [JobStatus.SUCCEEDED] * (MACHINES - 1) + [JobStatus.FAILED]
            assert findings(stage.inventory, stage.world) == []
            await stage.do(DeleteAccount(id=account))
            assert stage.inventory.find(Account, account) is None

    play(body)


def test_a_restarted_parent_finds_them_again() -> None:
    """Cut off while they run: no errand is done a second time."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            account = await _account_with_machines(stage)
            await stage.do(CreateProject(name="other"))
            await stage.cut_after(0.01, DeleteAccount(id=account))
        stage.mains.restore()
        async with stage.running():
            await stage.settle()
            destroyed = [
                j for j in stage.inventory.all(Job) if j.command == "destroyVirtualMachine"
            ]
            assert len(destroyed) == MACHINES
            assert stage.inventory.find(Account, account) is None
            assert findings(stage.inventory, stage.world) == []

    play(body)
