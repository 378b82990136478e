"""Scenes of the commands about templates and ISOs."""

from msgspec.structs import replace

from core.model.commands.command import Command
from core.model.commands.image.iso import AttachIso, CopyIso, DeleteIso, DetachIso, RegisterIso
from core.model.commands.image_store import AddImageStore
from core.model.commands.internal import EvictTemplate, SeedTemplate, UnpackTemplate
from core.model.commands.migration import MigrateVirtualMachine
from core.model.commands.pool import DeleteStoragePool, EnableStorageMaintenance
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.template import (
    CopyTemplate,
    CreateTemplate,
    DeleteTemplate,
    PrepareTemplate,
    RegisterTemplate,
)
from core.model.commands.vm import (
    DeployVirtualMachine,
    RestoreVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.records import PoolTemplate, Template, Zone
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage, add_host, deploy
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


def appliance() -> RegisterTemplate:
    """A command registerTemplate of the site's OVA of three disks."""
    return RegisterTemplate(
        name="shop", url="sim://templates/shop", format="OVA", hypervisor="VMware", zone_id="z1"
    )


async def _register_appliance(stage: Stage) -> Command:
    return appliance()


async def _unpack(stage: Stage) -> Command:
    """What was unpacked of it already stands alone."""
    template = (await stage.do(appliance()))["id"]
    await stage.settle()
    children = stage.inventory.having(Template, "parent", template)
    await stage.plane.found([replace(child, parent_id="", disk_number=0) for child in children])
    return UnpackTemplate(id=template)


async def _delete_appliance(stage: Stage) -> Command:
    template = (await stage.do(appliance()))["id"]
    await stage.settle()
    return DeleteTemplate(id=template)


async def _delete(stage: Stage) -> Command:
    return DeleteTemplate(id=await made(stage))


async def _prepare(stage: Stage) -> Command:
    return PrepareTemplate(template_id=stage.ids["template"], zone_id="z1")


async def _seed(stage: Stage) -> Command:
    return SeedTemplate(template_id=stage.ids["template"], pool_id=stage.pool("p1"))


async def _evict(stage: Stage) -> Command:
    seed = await _seed(stage)
    await stage.do(seed)
    (copy,) = stage.inventory.all(PoolTemplate)
    await stage.plane.found([replace(copy, unused=True)])
    return EvictTemplate(id=copy.id)


async def _delete_pool(stage: Stage) -> Command:
    """A pool in maintenance holds nothing but a copy of a template."""
    await stage.do(await _seed(stage))
    await stage.do(EnableStorageMaintenance(id=stage.pool("p1")))
    return DeleteStoragePool(id=stage.pool("p1"))


async def second_zone(stage: Stage) -> None:
    """Zone z2 with image store s2."""
    await stage.plane.found([Zone(id="z2", name="z2")])
    store = AddImageStore(provider="NFS", url="nfs://s2/export", name="s2", zone_id="z2")
    await stage.do(store)


async def _copy(stage: Stage) -> Command:
    await second_zone(stage)
    return CopyTemplate(id=stage.ids["template"], dest_zone_id="z2")


def register_disc(name: str = "disc") -> RegisterIso:
    """A command registerIso of the site's ISO."""
    return RegisterIso(name=name, url="sim://templates/disc", zone_id="z1", os_type_id="debian-12")


async def disc(stage: Stage, name: str = "disc") -> str:
    """An ISO that is ready; answers its id."""
    registered = await stage.do(register_disc(name))
    await stage.settle()
    iso: str = registered["id"]
    return iso


async def _register_iso(stage: Stage) -> Command:
    return register_disc()


async def _delete_iso(stage: Stage) -> Command:
    return DeleteIso(id=await disc(stage))


async def _copy_iso(stage: Stage) -> Command:
    await second_zone(stage)
    return CopyIso(id=await disc(stage), dest_zone_id="z2")


async def _attach(stage: Stage) -> Command:
    await stage.machine()
    return AttachIso(id=await disc(stage), virtual_machine_id=stage.ids["vm"])


async def _attach_stopped(stage: Stage) -> Command:
    attach = await _attach(stage)
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    return attach


async def _replace(stage: Stage) -> Command:
    await stage.do(await _attach(stage))
    other = await disc(stage, "other")
    return AttachIso(id=other, virtual_machine_id=stage.ids["vm"], forced=True)


async def _detach(stage: Stage) -> Command:
    await stage.do(await _attach(stage))
    return DetachIso(virtual_machine_id=stage.ids["vm"])


async def _start_with_disc(stage: Stage) -> Command:
    await stage.do(await _attach_stopped(stage))
    return StartVirtualMachine(id=stage.ids["vm"])


async def deploy_from_disc(stage: Stage) -> DeployVirtualMachine:
    """A command deployVirtualMachine of a machine that is to be installed."""
    return replace(
        deploy(stage),
        template_id=await disc(stage),
        disk_offering_id=stage.ids["disk"],
        hypervisor="KVM",
    )


async def _deploy_from_disc(stage: Stage) -> Command:
    return await deploy_from_disc(stage)


async def _restore_with_disc(stage: Stage) -> Command:
    machine = await stage.do(await deploy_from_disc(stage))
    return RestoreVirtualMachine(virtual_machine_id=machine, expunge=True)


async def _migrate_with_disc(stage: Stage) -> Command:
    await stage.do(await _attach(stage))
    other = (await stage.do(add_host("h2")))["id"]
    return MigrateVirtualMachine(virtual_machine_id=stage.ids["vm"], host_id=other)


SCENES: dict[str, Scene] = {
    "createTemplate": Scene(_create_of_root),
    "createTemplate of a snapshot": Scene(_create_of_snapshot),
    "unpackTemplate": Scene(_unpack),
    "registerTemplate, with data disks": Scene(_register_appliance, frozenset({"template"})),
    "deleteTemplate": Scene(_delete),
    "deleteTemplate, with data disks": Scene(_delete_appliance),
    "copyTemplate": Scene(_copy),
    "prepareTemplate": Scene(_prepare),
    "seedTemplate": Scene(_seed),
    "evictTemplate": Scene(_evict),
    "deleteStoragePool, with a template": Scene(_delete_pool),
    "registerIso": Scene(_register_iso, frozenset({"template"})),
    "deleteIso": Scene(_delete_iso),
    "copyIso": Scene(_copy_iso),
    "attachIso": Scene(_attach),
    "attachIso, stopped": Scene(_attach_stopped, reaches_out=False),
    "attachIso, replacing": Scene(_replace),
    "detachIso": Scene(_detach),
    "deployVirtualMachine, from an ISO": Scene(_deploy_from_disc, frozenset({"vm", "volume"})),
    "restoreVirtualMachine, with an ISO": Scene(_restore_with_disc, frozenset({"vm"})),
    "startVirtualMachine, with an ISO": Scene(_start_with_disc),
    "migrateVirtualMachine, with an ISO": Scene(_migrate_with_disc),
}
