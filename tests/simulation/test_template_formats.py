"""Templates of every hypervisor's format, end to end on simulated zones."""

from random import Random

import pytest

from core.model.commands.command import Role
from core.model.commands.host import AddHost
from core.model.commands.offering import CreateServiceOffering
from core.model.commands.pool import CreateStoragePool
from core.model.commands.template import CreateTemplate, RegisterTemplate
from core.model.commands.vm import DeployVirtualMachine, StopVirtualMachine
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import (
    Account,
    Cluster,
    Domain,
    Pod,
    PoolTemplate,
    Template,
    User,
    Volume,
    Zone,
)
from core.runtime import Runtime
from sim.site import SimulatedSite
from sim.spec import GIB, MIB, HostSpec, PoolSpec, SiteSpec, StoreSpec, TemplateSpec
from sim.virtual.run import run_kernel
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, add_store
from tests.simulation.test_snapshots import content_of

H, F, P = Hypervisor, DiskFormat, PoolType


def site_of(hypervisor: Hypervisor, format: DiskFormat, pool: PoolType) -> SiteSpec:
    """A host, a pool, a store and a template, each of that kind."""
    return SiteSpec(
        hosts=(HostSpec(name="h1", hypervisor=hypervisor),),
        pools=(PoolSpec(name="p1", type=pool),),
        stores=(StoreSpec(name="s1"),),
        templates=(
            TemplateSpec(name="root", size_bytes=GIB, written_bytes=100 * MIB, format=format),
        ),
        block_bytes=4 * MIB,
    )


async def build(stage: Stage, hypervisor: Hypervisor, scheme: str) -> None:
    """A zone with one cluster of that hypervisor."""
    await stage.plane.found(
        [
            Domain(id="ROOT", name="ROOT", path="ROOT"),
            Account(id="admin", name="admin", domain_id="ROOT", role=Role.ADMIN),
            User(id="u", username="admin", account_id="admin", token_sha256=""),
            Zone(id="z1", name="z1"),
            Pod(id="pod1", name="pod1", zone_id="z1"),
            Cluster(id="c1", name="c1", zone_id="z1", pod_id="pod1", hypervisor=hypervisor),
        ]
    )
    host = AddHost(
        zone_id="z1",
        pod_id="pod1",
        cluster_id="c1",
        url="sim://h1",
        hypervisor=hypervisor,
        name="h1",
    )
    await stage.do(host)
    pool = CreateStoragePool(zone_id="z1", name="p1", url=f"{scheme}://p1/export", cluster_id="c1")
    await stage.do(pool)
    await stage.do(add_store("s1"))
    stage.ids["offering"] = (await stage.do(CreateServiceOffering(name="tiny")))["id"]


async def _deployed(stage: Stage, template: str) -> Volume:
    """The root disk of a new machine of that template."""
    command = DeployVirtualMachine(
        zone_id="z1", service_offering_id=stage.ids["offering"], template_id=template
    )
    stage.ids["vm"] = await stage.do(command)
    (root,) = stage.inventory.having(Volume, "vm", stage.ids["vm"])
    return root


@pytest.mark.parametrize(
    ("hypervisor", "format", "pool", "scheme"),
    [
        (H.KVM, F.QCOW2, P.NFS, "nfs"),
        (H.KVM, F.RAW, P.NFS, "nfs"),
        (H.KVM, F.QCOW2, P.RBD, "rbd"),
        (H.XENSERVER, F.VHD, P.NFS, "nfs"),
        (H.VMWARE, F.OVA, P.NFS, "nfs"),
        (H.HYPERV, F.VHDX, P.SMB, "smb"),
    ],
)
def test_a_template_of_every_format_boots_and_is_made_anew(
    hypervisor: Hypervisor, format: DiskFormat, pool: PoolType, scheme: str
) -> None:
    """Fetched, copied to the pool, deployed; its machine's disk makes a template that deploys."""

    async def main(runtime: Runtime) -> None:
        async with SimulatedSite.open(
            runtime, site_of(hypervisor, format, pool), Random(1)
        ) as site:
            stage = Stage(runtime, site, 1)
            async with stage.running():
                await build(stage, hypervisor, scheme)
                await _play(stage, hypervisor, format)

    run_kernel(main)


async def _play(stage: Stage, hypervisor: Hypervisor, format: DiskFormat) -> None:
    register = RegisterTemplate(
        name="root",
        url="sim://templates/root",
        format=format,
        hypervisor=hypervisor,
        zone_id="z1",
    )
    template = (await stage.do(register))["id"]
    await stage.settle()
    root = await _deployed(stage, template)
    assert len(stage.inventory.having(PoolTemplate, "template", template)) == 1
    await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
    command = CreateTemplate(name="mine", os_type_id="other-64", volume_id=root.id)
    mine = stage.inventory.get(Template, await stage.do(command))
    assert (mine.hypervisor, mine.source_id) == (hypervisor, template)
    again = await _deployed(stage, mine.id)
    assert content_of(stage, again.id).same_as(content_of(stage, root.id))
    assert findings(stage.inventory, stage.world) == []
