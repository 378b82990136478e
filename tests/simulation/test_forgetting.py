"""Ended jobs are forgotten at an age, however many there are."""

from core.actors.rounds.forgetting import GONE_MAX
from core.model.commands.setting import UpdateConfiguration
from core.model.records import Job
from core.model.states import JobStatus, Phase
from tests.simulation.built import on_stage
from tests.simulation.stage import Stage


def test_many_old_jobs_go_within_minutes() -> None:
    """More than go at a time do not wait a minute for each time."""

    async def body(stage: Stage) -> None:
        await stage.do(UpdateConfiguration(name="job.expire.minutes", value="60"))
        old = [
            Job(
                id=f"old-{number}",
                command="createVolume",
                account_id="admin",
                domain_id="ROOT",
                user_id="u",
                status=JobStatus.SUCCEEDED,
                phase=Phase.ENDED,
                completed_s=stage.runtime.now(),
            )
            for number in range(5 * GONE_MAX)
        ]
        await stage.plane.found(old)
        await stage.runtime.sleep(3500.0)
        assert stage.inventory.count(Job) > len(old)
        await stage.runtime.sleep(300.0)
        assert not any(job.id.startswith("old-") for job in stage.inventory.all(Job))

    on_stage(body)
