"""What machines did with their volumes, sample by sample."""

from core.model.commands.command import Role
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.volume import ListVolumesUsageHistory
from core.model.records import Account
from tests.simulation.built import on_stage
from tests.simulation.stage import Stage

INTERVAL = "vm.disk.stats.interval"


def test_samples_are_kept_while_that_is_switched_on() -> None:
    """Each says what was done since the one before; they can be asked for by time."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        wanted = ListVolumesUsageHistory(id=stage.ids["data"])
        await stage.runtime.sleep(600.0)
        assert (await stage.ask(wanted))[0]["stats"] == ()
        await stage.do(UpdateConfiguration(name=INTERVAL, value="60"))
        await stage.runtime.sleep(600.0)
        (row,) = await stage.ask(wanted)
        stats = row["stats"]
        assert len(stats) >= 8
        assert all(one["diskkbswrite"] > 0 for one in stats)
        assert all(one["diskiopstotal"] == one["diskiowrite"] for one in stats)
        late = ListVolumesUsageHistory(id=stage.ids["data"], start_date=stats[4]["timestamp"])
        assert (await stage.ask(late))[0]["stats"] == stats[4:]
        await stage.do(UpdateConfiguration(name=INTERVAL, value="0"))
        await stage.runtime.sleep(120.0)
        assert (await stage.ask(wanted))[0]["stats"] == ()

    on_stage(body)


def test_foreign_volumes_have_no_history() -> None:
    """A user lists the own ones only."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        kim = Account(id="kim", name="kim", domain_id="ROOT", role=Role.USER)
        stage.caller = await stage.enter(kim)
        assert await stage.ask(ListVolumesUsageHistory()) == []

    on_stage(body)
