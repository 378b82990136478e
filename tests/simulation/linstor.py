"""Machines whose disks are all on LINSTOR, or on Ceph."""

from msgspec.structs import replace

from core.model.commands.offering import CreateDiskOffering, CreateServiceOffering
from core.model.commands.pool import CreateStoragePool
from core.model.commands.volume import AttachVolume, CreateVolume
from core.model.records import Volume
from tests.simulation.stage import Stage, create_pool, deploy


def linstor_pool() -> CreateStoragePool:
    """A command createStoragePool of the site's LINSTOR pool, for offerings with the tag drbd."""
    return replace(
        create_pool("lin", "http"),
        url="http://lin:3370",
        details={"resourceGroup": "fast"},
        tags="drbd",
    )


async def machine_on_linstor(stage: Stage) -> None:
    """A running machine vm with a root disk, and an attached data volume data, both on LINSTOR."""
    await stage.do(linstor_pool())
    await _machine_on(stage, "drbd")


async def machine_on_ceph(stage: Stage) -> None:
    """The same on an RBD pool."""
    await stage.do(replace(create_pool("r1", "rbd"), tags="ceph"))
    await _machine_on(stage, "ceph")


async def _machine_on(stage: Stage, tag: str) -> None:
    service = await stage.do(CreateServiceOffering(name=tag, tags=tag))
    disk = await stage.do(CreateDiskOffering(name=tag, disk_size=1, tags=tag))
    stage.ids[tag] = disk["id"]
    vm_id = await stage.do(replace(deploy(stage), service_offering_id=service["id"]))
    stage.ids["vm"] = vm_id
    stage.ids["data"] = await stage.do(CreateVolume(disk_offering_id=disk["id"]))
    await stage.do(AttachVolume(id=stage.ids["data"], virtual_machine_id=vm_id))
    roots = stage.inventory.having(Volume, "vm", vm_id)
    stage.ids["root"] = next(volume.id for volume in roots if volume.type == "ROOT")
    await stage.runtime.sleep(30.0)
