"""The guide's stories of links to download, on the simulated zone."""

import pytest

from core.model import errors
from core.model.commands.snapshot import CreateSnapshot, ExtractSnapshot
from core.model.commands.template import ExtractTemplate
from core.model.commands.vm import StopVirtualMachine
from core.model.commands.volume import (
    DeleteVolume,
)
from core.model.records import Extraction, StoreRef
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, play
from tests.simulation.transfers import extracted, fetched
from tests.simulation.upload_scenes import (
    extract,
)
from tests.simulation.volume_scenes import detached


def test_a_detached_volume_is_copied_and_can_be_downloaded() -> None:
    """The link is answered again until it expires; then it and the copy are gone."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            view = await extracted(stage, extract(volume))
            assert (view.id, view.state) == (volume, "DOWNLOAD_URL_CREATED")
            assert (await fetched(stage, view)).startswith(b"QFI\xfb")
            assert (await extracted(stage, extract(volume))).url == view.url
            assert findings(stage.inventory, stage.world) == []
            await stage.runtime.sleep(14400.0)
            with pytest.raises(errors.NotFound):
                await fetched(stage, view)
            await stage.runtime.sleep(7300.0)
            assert list(stage.inventory.all(Extraction)) == []
            assert not any(ref.of_kind == "extraction" for ref in stage.inventory.all(StoreRef))
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_volume_of_a_running_machine_is_refused() -> None:
    """Detaching it, or stopping the machine, helps."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            with pytest.raises(errors.Conflict):
                await stage.plane.submit(extract(stage.ids["data"]), stage.caller)
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            await extracted(stage, extract(stage.ids["data"]))

    play(body)


def test_a_link_ends_with_what_it_leads_to() -> None:
    """Deleting a volume removes the copies that were made of it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            view = await extracted(stage, extract(volume))
            await stage.do(DeleteVolume(id=volume))
            await stage.settle()
            with pytest.raises(errors.NotFound):
                await fetched(stage, view)
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_templates_and_snapshots_are_downloaded_where_they_are() -> None:
    """No copy is made for them."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            refs = stage.inventory.count(StoreRef)
            snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
            template = ExtractTemplate(id=stage.ids["template"], extract_mode="HTTP_DOWNLOAD")
            for command in (template, ExtractSnapshot(id=snapshot, zone_id="z1")):
                assert await fetched(stage, await extracted(stage, command))
            assert stage.inventory.count(StoreRef) == refs + 1

    play(body)
