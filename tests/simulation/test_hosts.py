"""Hosts as an administrator lives with them, on the simulated zone."""

import pytest
from msgspec.structs import replace

from core.model.commands.host import (
    DeleteHost,
    ListHosts,
    PrepareHostForMaintenance,
    ReconnectHost,
    UpdateHost,
)
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.commands.volume import AttachVolume, CreateVolume
from core.model.commands.zone import (
    AddCluster,
    CreatePod,
    CreateZone,
    DeleteCluster,
    DeletePod,
    DeleteZone,
    ListClusters,
    ListZones,
    UpdateCluster,
)
from core.model.errors import Conflict, NoCapacity
from core.model.records import Host, Pool, Vm, Volume
from core.model.states import HostState, VmState
from sim.auditor import lost_writes
from tests.refusal import refusal
from tests.simulation.checkers import findings
from tests.simulation.host_scenes import local_volume
from tests.simulation.stage import Stage, add_host, deploy, play

PING_S = 61.0


async def _machine(stage: Stage) -> None:
    """A machine vm with two disks on host h1, then another host h2."""
    await stage.machine()
    stage.ids["h1"] = _vm(stage).host_id
    stage.ids["h2"] = (await stage.do(add_host("h2")))["id"]


def _vm(stage: Stage) -> Vm:
    return stage.inventory.get(Vm, stage.ids["vm"])


def _host(stage: Stage, name: str) -> Host:
    return stage.inventory.get(Host, stage.ids[name])


def _require_well(stage: Stage) -> None:
    assert findings(stage.inventory, stage.world) == []
    assert lost_writes(stage.world) == []


def test_machines_of_a_dead_host_run_elsewhere_once_it_is_deleted() -> None:
    """By force, because nothing can be asked of it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            stage.world.host_fails(stage.world.hosts["h1"])
            await stage.runtime.sleep(PING_S)
            assert _host(stage, "h1").state is HostState.ALERT
            with refusal(Conflict, 530, f"host/{stage.ids['h1']}"):
                await stage.do(PrepareHostForMaintenance(id=stage.ids["h1"]))
            await stage.do(DeleteHost(id=stage.ids["h1"], forced=True))
            assert [row["id"] for row in await stage.ask(ListHosts())] == [stage.ids["h2"]]
            assert _vm(stage).state is VmState.STOPPED
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            assert _vm(stage).host_id == stage.ids["h2"]
            _require_well(stage)

    play(body)


def test_a_host_that_is_back_is_used_again() -> None:
    """Without waiting for the next look at it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            h2 = stage.world.hosts["h2"]
            stage.world.host_fails(h2)
            await stage.runtime.sleep(PING_S)
            assert _host(stage, "h2").state is HostState.ALERT
            h2.up = True
            await stage.do(ReconnectHost(id=stage.ids["h2"]))
            assert _host(stage, "h2").state is HostState.UP

    play(body)


def test_a_disabled_host_takes_no_more_machines() -> None:
    """Those that run there go on."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            await stage.do(UpdateHost(id=stage.ids["h1"], allocation_state="Disable"))
            assert _vm(stage).state is VmState.RUNNING
            other = await stage.do(replace(deploy(stage), name="other"))
            assert stage.inventory.get(Vm, other).host_id == stage.ids["h2"]
            await stage.do(UpdateHost(id=stage.ids["h2"], allocation_state="Disable"))
            with refusal(NoCapacity, 533, f"vm/{other}"):
                await stage.do(StopVirtualMachine(id=other))
                await stage.do(StartVirtualMachine(id=other))

    play(body)


def test_a_closed_cluster_takes_nothing_by_itself() -> None:
    """What runs there goes on and gets disks; a host that is named takes a machine."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(UpdateCluster(id="c1", allocation_state="Disabled"))
            (row,) = await stage.ask(ListClusters())
            assert row["allocationstate"] == "Disabled"
            with pytest.raises(NoCapacity, match="Disabled"):
                await stage.do(replace(deploy(stage), name="other"))
            volume = await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"]))
            await stage.do(AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"]))
            named = replace(deploy(stage), name="named", host_id=_vm(stage).host_id)
            other = await stage.do(named)
            assert stage.inventory.get(Vm, other).state is VmState.RUNNING
            await stage.do(UpdateCluster(id="c1", allocation_state="Enabled"))
            await stage.do(replace(deploy(stage), name="more"))
            _require_well(stage)

    play(body)


def test_a_zone_is_built_from_nothing_and_taken_down_again() -> None:
    """Zone, pod, cluster, host; none goes while it holds another."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            zone = CreateZone(
                name="z2", dns1="1.1.1.1", internal_dns1="10.0.0.1", network_type="Basic"
            )
            zone_id = (await stage.do(zone))["id"]
            pod_id = (await stage.do(CreatePod(name="pod2", zone_id=zone_id)))["id"]
            cluster = AddCluster(
                cluster_name="c2",
                zone_id=zone_id,
                pod_id=pod_id,
                hypervisor="KVM",
                cluster_type="CloudManaged",
            )
            cluster_id = (await stage.do(cluster))["id"]
            added = replace(add_host("h2"), zone_id=zone_id, pod_id=pod_id, cluster_id=cluster_id)
            host_id = (await stage.do(added))["id"]
            with refusal(Conflict, 530, f"cluster/{cluster_id}"):
                await stage.do(DeleteCluster(id=cluster_id))
            with refusal(Conflict, 530, f"zone/{zone_id}"):
                await stage.do(DeleteZone(id=zone_id))
            await stage.do(PrepareHostForMaintenance(id=host_id))
            for command in (
                DeleteHost(id=host_id),
                DeleteCluster(id=cluster_id),
                DeletePod(id=pod_id),
                DeleteZone(id=zone_id),
            ):
                await stage.do(command)
            assert [row["id"] for row in await stage.ask(ListZones())] == ["z1"]
            _require_well(stage)

    play(body)


def test_a_host_goes_with_its_local_storage() -> None:
    """First its machines, then the volumes there, then itself and its pool."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            local = await local_volume(stage)
            host_id = _vm(stage).host_id
            with refusal(Conflict, 530, f"host/{host_id}"):
                await stage.do(DeleteHost(id=host_id, forced=True))
            assert _vm(stage).state is VmState.RUNNING
            await stage.do(DeleteHost(id=host_id, forced=True, force_destroy_local_storage=True))
            assert stage.inventory.find(Volume, local) is None
            assert stage.inventory.find(Pool, "local-1") is None
            assert _vm(stage).state is VmState.STOPPED
            assert findings(stage.inventory, stage.world) == []

    play(body)
