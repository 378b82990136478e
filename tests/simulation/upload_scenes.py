"""Scenes of uploads and of links to download."""

from core.model.commands.command import Command
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.volume import AttachVolume, DeleteVolume
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage, upload


async def uploaded(stage: Stage) -> str:
    """An Uploaded volume; answers its id."""
    await stage.do(CreateDiskOffering(name="any size", customized=True))
    volume: str = await stage.do(upload())
    return volume


async def _upload(stage: Stage) -> Command:
    await stage.do(CreateDiskOffering(name="any size", customized=True))
    return upload()


async def _attach(stage: Stage) -> Command:
    await stage.machine()
    volume = await uploaded(stage)
    return AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"])


async def _delete(stage: Stage) -> Command:
    return DeleteVolume(id=await uploaded(stage))


SCENES: dict[str, Scene] = {
    "uploadVolume": Scene(_upload),
    "attachVolume, Uploaded": Scene(_attach, frozenset({"volume", "store_ref"})),
    "deleteVolume, Uploaded": Scene(_delete),
}
