"""Templates of several disks, end to end on a simulated VMware zone."""

from random import Random
from typing import cast

from msgspec.structs import replace

from core.model.commands.offering import CreateDiskOffering
from core.model.commands.template import DeleteTemplate, ListTemplates, RegisterTemplate
from core.model.commands.vm import DataDiskOffered, DeployVirtualMachine, DestroyVirtualMachine
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import StoreRef, Template, Volume
from core.runtime import Runtime
from core.views.template import TemplateView
from sim.site import SimulatedSite
from sim.spec import GIB, MIB, DataDiskSpec
from sim.virtual.run import run_kernel
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage
from tests.simulation.test_snapshots import content_of
from tests.simulation.test_template_formats import build, site_of


async def listed(stage: Stage, command: ListTemplates) -> list[TemplateView]:
    """What listTemplates answers."""
    answer = await stage.plane.submit(command, stage.caller)
    assert isinstance(answer, dict)
    return cast("list[TemplateView]", answer.get("template", []))


def test_an_appliance_comes_with_its_disks() -> None:
    """Its data disks are listed with it, deployed with the offerings that were named, and go."""

    async def main(runtime: Runtime) -> None:
        spec = site_of(Hypervisor.VMWARE, DiskFormat.OVA, PoolType.NFS)
        others = (
            DataDiskSpec(size_bytes=GIB, written_bytes=40 * MIB),
            DataDiskSpec(size_bytes=2 * GIB, written_bytes=80 * MIB),
        )
        spec = replace(spec, templates=(replace(spec.templates[0], data_disks=others),))
        async with SimulatedSite.open(runtime, spec, Random(1)) as site:
            stage = Stage(runtime, site, 1)
            async with stage.running():
                await build(stage, Hypervisor.VMWARE, "nfs")
                await _play(stage)

    run_kernel(main)


async def _play(stage: Stage) -> None:
    register = RegisterTemplate(
        name="shop", url="sim://templates/root", format="OVA", hypervisor="VMware", zone_id="z1"
    )
    parent = (await stage.do(register))["id"]
    await stage.settle()
    (seen,) = await listed(stage, ListTemplates())
    assert seen.childtemplates is not None
    assert [(child.size, child.templatetype) for child in seen.childtemplates] == [
        (GIB, "DATADISK"),
        (2 * GIB, "DATADISK"),
    ]
    disks = await listed(stage, ListTemplates(parent_template_id=parent))
    assert {disk.parenttemplateid for disk in disks} == {parent}
    assert await listed(stage, ListTemplates(template_type="DATADISK")) == disks
    machine = await _deployed(stage, parent, seen.childtemplates[1].id)
    await stage.do(DestroyVirtualMachine(id=machine, expunge=True))
    await stage.do(DeleteTemplate(id=parent))
    assert stage.inventory.count(Template) == stage.inventory.count(StoreRef) == 0
    assert findings(stage.inventory, stage.world) == []


async def _deployed(stage: Stage, parent: str, disk: str) -> str:
    """Id of a machine with that data disk of the template."""
    offering = await stage.do(CreateDiskOffering(name="d", disk_size=3))
    offered = DataDiskOffered(data_disk_template_id=disk, disk_offering_id=offering["id"])
    command = DeployVirtualMachine(
        zone_id="z1",
        service_offering_id=stage.ids["offering"],
        template_id=parent,
        data_disk_offering_list=(offered,),
    )
    machine: str = await stage.do(command)
    volumes = list(stage.inventory.having(Volume, "vm", machine))
    (data,) = (volume for volume in volumes if volume.type == "DATADISK")
    assert (data.template_id, data.size_bytes) == (disk, 3 * GIB)
    assert content_of(stage, data.id).written_bytes >= 80 * MIB
    assert findings(stage.inventory, stage.world) == []
    return machine
