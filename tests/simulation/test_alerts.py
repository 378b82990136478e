"""An administrator is told when storage fills up, on the simulated zone."""

import msgspec

from core.model.commands.capacity import ArchiveAlerts, ListAlerts
from core.model.commands.image_store import UpdateImageStore
from core.model.records import ImageStore, StoreRef
from tests.simulation.stage import Stage, play

PERIOD_S = 300.0


async def _alerts(stage: Stage, command: ListAlerts) -> list[dict[str, object]]:
    answer = msgspec.to_builtins(await stage.plane.submit(command, stage.caller))
    rows: list[dict[str, object]] = answer["alert"]
    return rows


def test_alerts_come_and_go_with_their_reason() -> None:
    """When the image store counts as small there is one; when it is large again that is over."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            (store,) = stage.inventory.all(ImageStore)
            used = sum(ref.physical_bytes for ref in stage.inventory.all(StoreRef))
            await stage.do(UpdateImageStore(id=store.id, capacity_bytes=used))
            await stage.runtime.sleep(2 * PERIOD_S)
            (shown,) = await _alerts(stage, ListAlerts(type="6"))
            assert (shown["name"], shown["zoneid"]) == ("ALERT.STORAGE.SECONDARY", "z1")
            assert shown["sent"]
            assert "resolved" not in shown
            await stage.do(UpdateImageStore(id=store.id, capacity_bytes=0))
            await stage.runtime.sleep(2 * PERIOD_S)
            (over,) = await _alerts(stage, ListAlerts(id=str(shown["id"])))
            assert over["resolved"]
            assert await _alerts(stage, ListAlerts(name="ALERT.STORAGE")) == []
            await stage.do(ArchiveAlerts(ids=(str(shown["id"]),)))
            assert await _alerts(stage, ListAlerts()) == []

    play(story)
