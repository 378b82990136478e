"""How often things are done again follows the settings at once, on the simulated zone."""

from core.model.commands.setting import UpdateConfiguration
from core.model.commands.volume import DestroyVolume, DetachVolume
from core.model.records import Volume
from tests.simulation.built import on_stage
from tests.simulation.stage import Stage


async def _destroyed(stage: Stage) -> None:
    """A volume that may be deleted for good at the next look."""
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    await stage.do(DestroyVolume(id=stage.ids["data"]))
    await stage.do(UpdateConfiguration(name="expunge.delay", value="1"))


def _is_there(stage: Stage) -> bool:
    return stage.inventory.find(Volume, stage.ids["data"]) is not None


def test_a_shorter_interval_counts_at_once() -> None:
    """Nobody waits until tomorrow because it was daily until now."""

    async def body(stage: Stage) -> None:
        await _destroyed(stage)
        await stage.runtime.sleep(600.0)
        assert _is_there(stage)
        await stage.do(UpdateConfiguration(name="expunge.interval", value="300"))
        await stage.runtime.sleep(60.0)
        assert not _is_there(stage)

    on_stage(body)


def test_an_interval_counts_from_the_last_time() -> None:
    """Settings that change meanwhile, this one or others, do not begin it anew."""

    async def body(stage: Stage) -> None:
        started_s = stage.runtime.now()
        await stage.do(UpdateConfiguration(name="expunge.interval", value="10000"))
        await _destroyed(stage)
        await stage.runtime.sleep(started_s + 1000.0 - stage.runtime.now())
        await stage.do(UpdateConfiguration(name="expunge.interval", value="3000"))
        await stage.runtime.sleep(started_s + 2900.0 - stage.runtime.now())
        await stage.do(UpdateConfiguration(name="ping.interval", value="30"))
        assert _is_there(stage)
        await stage.runtime.sleep(started_s + 3100.0 - stage.runtime.now())
        assert not _is_there(stage)

    on_stage(body)
