"""Scenes of the commands about machines that came after the first ones."""

from msgspec.structs import replace

from core.model.commands.command import Command, Role
from core.model.commands.host import UpdateHost
from core.model.commands.offering import CreateServiceOffering
from core.model.commands.pool import UpdateStoragePool
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.template import UpdateTemplate
from core.model.commands.vm import (
    AssignVirtualMachine,
    ChangeServiceForVirtualMachine,
    DataDiskAsked,
    DestroyVirtualMachine,
    ExpungeVirtualMachine,
    RebootVirtualMachine,
    RestoreVirtualMachine,
    ScaleVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.commands.volume import DetachVolume
from core.model.records import Account, Cluster, ServiceOffering, Template
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage, add_host, create_pool, deploy


async def _expunge(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(DestroyVirtualMachine(id=stage.ids["vm"]))
    return ExpungeVirtualMachine(id=stage.ids["vm"])


async def _start_elsewhere(stage: Stage) -> Command:
    """On a host of another cluster, whose pools its own hosts alone reach."""
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    cluster = replace(stage.inventory.get(Cluster, "c1"), id="c2", name="c2")
    await stage.plane.found([cluster])
    host = await stage.do(replace(add_host("h2"), cluster_id="c2"))
    await stage.do(replace(create_pool("r1", "rbd"), cluster_id="c2"))
    return StartVirtualMachine(id=stage.ids["vm"], host_id=host["id"])


async def _reboot(stage: Stage) -> Command:
    await stage.machine()
    return RebootVirtualMachine(id=stage.ids["vm"])


async def _reboot_volatile(stage: Stage) -> Command:
    await stage.machine()
    offering = stage.inventory.get(ServiceOffering, stage.ids["offering"])
    await stage.plane.found([replace(offering, volatile=True)])
    return RebootVirtualMachine(id=stage.ids["vm"])


async def _restore(stage: Stage) -> Command:
    await stage.machine()
    return RestoreVirtualMachine(virtual_machine_id=stage.ids["vm"], expunge=True)


async def _restore_stopped(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    return RestoreVirtualMachine(virtual_machine_id=stage.ids["vm"], expunge=True)


async def _larger_offering(stage: Stage) -> str:
    """Id of an offering whose root disks are larger than the stage's stopped machine's."""
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    offering = await stage.do(CreateServiceOffering(name="big", root_disk_size=4, memory=1024))
    return str(offering["id"])


async def _scale(stage: Stage) -> Command:
    offering = await _larger_offering(stage)
    return ScaleVirtualMachine(id=stage.ids["vm"], service_offering_id=offering)


async def _scale_to_another_pool(stage: Stage) -> Command:
    """The new offering's tag is only on the other pool."""
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    await stage.do(UpdateStoragePool(id=stage.other_pool("root"), tags="fast"))
    offering = await stage.do(CreateServiceOffering(name="big", root_disk_size=4, tags="fast"))
    return ScaleVirtualMachine(id=stage.ids["vm"], service_offering_id=offering["id"])


def customized() -> CreateServiceOffering:
    """A command createServiceOffering of one whose processors and memory are chosen."""
    return CreateServiceOffering(
        name="chosen",
        customized=True,
        min_cpu_number=1,
        max_cpu_number=8,
        min_memory=512,
        max_memory=8192,
    )


async def scalable_machine(stage: Stage) -> tuple[str, str]:
    """Ids of a running machine that may grow, and of its customized offering."""
    await stage.do(UpdateConfiguration(name="enable.dynamic.scale.vm", value="true"))
    await stage.do(UpdateTemplate(id=stage.ids["template"], is_dynamically_scalable=True))
    answer = await stage.do(customized())
    details = {"cpuNumber": "1", "memory": "512"}
    command = replace(deploy(stage), service_offering_id=answer["id"], details=details)
    return await stage.do(command), answer["id"]


async def _grow(stage: Stage) -> Command:
    vm, offering = await scalable_machine(stage)
    details = {"cpuNumber": "2", "memory": "1024"}
    return ScaleVirtualMachine(id=vm, service_offering_id=offering, details=details)


async def _grow_elsewhere(stage: Stage) -> Command:
    """The new offering's host tag is only on the other host."""
    vm, _ = await scalable_machine(stage)
    host = await stage.do(add_host("h2"))
    await stage.do(UpdateHost(id=host["id"], host_tags="large"))
    offering = await stage.do(
        CreateServiceOffering(name="large", cpu_number=2, memory=1024, host_tags="large")
    )
    return ScaleVirtualMachine(id=vm, service_offering_id=offering["id"])


async def _change_service(stage: Stage) -> Command:
    offering = await _larger_offering(stage)
    return ChangeServiceForVirtualMachine(id=stage.ids["vm"], service_offering_id=offering)


async def _deploy_from_volume(stage: Stage) -> Command:
    """From what was a data disk, with two new ones beside it."""
    await stage.machine()
    await stage.do(DetachVolume(id=stage.ids["data"]))
    disk = DataDiskAsked(disk_offering_id=stage.ids["disk"])
    return replace(
        deploy(stage),
        template_id=None,
        volume_id=stage.ids["data"],
        data_disks_details=(disk, disk),
    )


async def _deploy_from_snapshot(stage: Stage) -> Command:
    await stage.machine()
    snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["root"]))
    return replace(deploy(stage), template_id=None, snapshot_id=snapshot)


async def _assign(stage: Stage) -> Command:
    await stage.machine()
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    template = stage.inventory.get(Template, stage.ids["template"])
    kim = Account(id="kim", name="kim", domain_id="ROOT", role=Role.USER)
    await stage.plane.found([kim, replace(template, public=True)])
    return AssignVirtualMachine(virtual_machine_id=stage.ids["vm"], account="kim", domain_id="ROOT")


SCENES: dict[str, Scene] = {
    "expungeVirtualMachine": Scene(_expunge),
    # Once stopped, a machine that does not start again stays so.
    "rebootVirtualMachine": Scene(_reboot, frozenset({"vm"})),
    "rebootVirtualMachine, volatile": Scene(_reboot_volatile, frozenset({"vm"})),
    "restoreVirtualMachine": Scene(_restore, frozenset({"vm"})),
    "restoreVirtualMachine, stopped": Scene(_restore_stopped),
    "scaleVirtualMachine": Scene(_scale),
    "scaleVirtualMachine, to another pool": Scene(_scale_to_another_pool),
    "scaleVirtualMachine, running": Scene(_grow),
    # Once it runs on the other host, it stays there.
    "scaleVirtualMachine, on another host": Scene(_grow_elsewhere, frozenset({"vm"})),
    "changeServiceForVirtualMachine": Scene(_change_service),
    # A machine that could not be deployed is left in Error, with volumes that are only records.
    "deployVirtualMachine, from a volume": Scene(_deploy_from_volume, frozenset({"vm", "volume"})),
    "deployVirtualMachine, from a snapshot": Scene(
        _deploy_from_snapshot, frozenset({"vm", "volume"})
    ),
    "assignVirtualMachine": Scene(_assign, reaches_out=False),
    "startVirtualMachine, in another cluster": Scene(_start_elsewhere),
}
