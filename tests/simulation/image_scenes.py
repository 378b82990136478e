"""Scenes of the commands about templates and ISOs."""

from core.model.commands.command import Command
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.template import CreateTemplate, DeleteTemplate
from core.model.commands.vm import StopVirtualMachine
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage
from tests.simulation.volume_scenes import detached


async def _create_of_root(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    return CreateTemplate(name="mine", os_type_id="debian-12", volume_id=stage.ids["root"])


async def _create_of_snapshot(stage: Stage) -> Command:
    await stage.machine()
    snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["root"]))
    return CreateTemplate(name="mine", os_type_id="debian-12", snapshot_id=snapshot)


async def made(stage: Stage) -> str:
    """A template that was made of a detached volume; answers its id."""
    volume = await detached(stage)
    template: str = await stage.do(
        CreateTemplate(name="mine", os_type_id="debian-12", volume_id=volume)
    )
    return template


async def _delete(stage: Stage) -> Command:
    return DeleteTemplate(id=await made(stage))


SCENES: dict[str, Scene] = {
    "createTemplate": Scene(_create_of_root),
    "createTemplate of a snapshot": Scene(_create_of_snapshot),
    "deleteTemplate": Scene(_delete),
}
