"""Scenes of the commands about machines that came after the first ones."""

from core.model.commands.command import Command
from core.model.commands.vm import DestroyVirtualMachine, ExpungeVirtualMachine
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage


async def _expunge(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(DestroyVirtualMachine(id=stage.ids["vm"]))
    return ExpungeVirtualMachine(id=stage.ids["vm"])


SCENES: dict[str, Scene] = {"expungeVirtualMachine": Scene(_expunge)}
