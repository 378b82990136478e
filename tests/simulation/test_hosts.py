"""Hosts as an administrator lives with them, on the simulated zone."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.model.commands.command import Command
from core.model.commands.host import (
    CancelHostMaintenance,
    DeleteHost,
    ListHosts,
    PrepareHostForMaintenance,
    ReconnectHost,
    UpdateHost,
)
from core.model.commands.internal import AddLocalPool
from core.model.commands.migration import (
    FindHostsForMigration,
    MigrateVirtualMachine,
    MigrateVirtualMachineWithVolume,
    VolumeTarget,
)
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
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
from core.model.records import Host, Job, Pool, ServiceOffering, Vm, Volume
from core.model.states import HostState, JobStatus, ResourceState, VmState, VolumeState
from sim.auditor import lost_writes
from sim.spec import GIB
from tests.refusal import refusal
from tests.simulation.checkers import findings
from tests.simulation.host_scenes import local_volume
from tests.simulation.power import PowerCut
from tests.simulation.stage import Stage, add_host, deploy, play

STRATEGY = "host.maintenance.local.storage.strategy"
PING_S = 61.0


async def _ask(stage: Stage, command: Command) -> list[dict[str, Any]]:
    """The rows of a list."""
    answer = msgspec.to_builtins(await stage.plane.submit(command, stage.caller))
    rows: list[dict[str, Any]] = answer.get(command.returns, [])
    return rows


async def _begin(stage: Stage, command: Command) -> str:
    """The id of the job that was begun."""
    answer = msgspec.to_builtins(await stage.plane.submit(command, stage.caller))
    return str(answer["jobid"])


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


async def _large_machines(stage: Stage) -> None:
    """From now on machines have so much memory that they move for minutes."""
    (offering,) = stage.inventory.all(ServiceOffering)
    await stage.plane.found([replace(offering, memory_bytes=200 * GIB)])


def test_machines_go_on_running_while_their_host_is_taken_out_of_service() -> None:
    """They move to another host; nothing is placed here until the maintenance is cancelled."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            await stage.do(PrepareHostForMaintenance(id=stage.ids["h1"]))
            assert _host(stage, "h1").resource_state is ResourceState.MAINTENANCE
            vm = _vm(stage)
            assert (vm.state, vm.host_id, vm.stopped_s) == (VmState.RUNNING, stage.ids["h2"], 0)
            (row,) = await _ask(stage, ListHosts(id=stage.ids["h1"]))
            assert (row["resourcestate"], row["memoryallocated"]) == ("Maintenance", 0)
            other = await stage.do(replace(deploy(stage), name="other"))
            assert stage.inventory.get(Vm, other).host_id == stage.ids["h2"]
            with refusal(NoCapacity, 530, f"vm/{vm.id}"):
                await stage.do(MigrateVirtualMachine(virtual_machine_id=vm.id, autoselect=True))
            await stage.do(CancelHostMaintenance(id=stage.ids["h1"]))
            assert _vm(stage).host_id == stage.ids["h2"]
            await stage.do(MigrateVirtualMachine(virtual_machine_id=vm.id, autoselect=True))
            assert _vm(stage).host_id == stage.ids["h1"]
            _require_well(stage)

    play(body)


def test_local_volumes_hold_maintenance_back_until_their_machines_are_stopped() -> None:
    """The guide: first stop any VMs with local data volumes on that host."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await local_volume(stage)
            stage.ids["h1"] = host_id = _vm(stage).host_id
            with refusal(Conflict, 431, f"host/{host_id}") as caught:
                await stage.do(PrepareHostForMaintenance(id=host_id))
            assert "vm" in caught.value.message
            assert _host(stage, "h1").resource_state is ResourceState.ENABLED
            with refusal(Conflict, 431, f"vm/{stage.ids['vm']}"):
                await stage.do(
                    MigrateVirtualMachine(virtual_machine_id=stage.ids["vm"], autoselect=True)
                )
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            await stage.do(PrepareHostForMaintenance(id=host_id))
            assert _host(stage, "h1").resource_state is ResourceState.MAINTENANCE
            await stage.do(CancelHostMaintenance(id=host_id))
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            _require_well(stage)

    play(body)


@pytest.mark.parametrize("strategy", ["Migration", "ForceStop"])
def test_local_volumes_go_along_or_their_machines_are_stopped_if_so_set(strategy: str) -> None:
    """As host.maintenance.local.storage.strategy says."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            local = await local_volume(stage)
            stage.ids["h1"] = _vm(stage).host_id
            stage.ids["h2"] = (await stage.do(add_host("h2")))["id"]
            added = AddLocalPool(host_id=stage.ids["h2"], uuid="local-2", path="/mnt/l2")
            await stage.do(added)
            await stage.do(UpdateConfiguration(name=STRATEGY, value=strategy))
            await stage.runtime.sleep(30.0)
            await stage.do(PrepareHostForMaintenance(id=stage.ids["h1"]))
            assert _host(stage, "h1").resource_state is ResourceState.MAINTENANCE
            went = strategy == "Migration"
            state = VmState.RUNNING if went else VmState.STOPPED
            assert (_vm(stage).state, _vm(stage).host_id == stage.ids["h2"]) == (state, went)
            pool_id = stage.inventory.get(Volume, local).pool_id
            assert pool_id == ("local-2" if went else "local-1")
            _require_well(stage)

    play(body)


def test_maintenance_can_be_cancelled_in_the_middle() -> None:
    """Machines that are on their way stay; the host is in use again."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _large_machines(stage)
            await _machine(stage)
            job_id = await _begin(stage, PrepareHostForMaintenance(id=stage.ids["h1"]))
            await stage.runtime.sleep(20.0)
            assert _vm(stage).state is VmState.MIGRATING
            (row,) = await _ask(stage, ListHosts(id=stage.ids["h1"]))
            assert (row["resourcestate"], row["jobid"]) == ("PrepareForMaintenance", job_id)
            began_s = stage.runtime.now()
            await stage.do(CancelHostMaintenance(id=stage.ids["h1"]))
            assert stage.runtime.now() - began_s < 10.0
            assert _host(stage, "h1").resource_state is ResourceState.ENABLED
            assert stage.inventory.get(Job, job_id).status is JobStatus.CANCELLED
            assert (_vm(stage).state, _vm(stage).host_id) == (VmState.RUNNING, stage.ids["h1"])
            await stage.settle()
            _require_well(stage)

    play(body)


@pytest.mark.parametrize("cut_s", [0.0, 0.05, 0.5, 5.0])
def test_a_power_cut_while_maintenance_is_cancelled_ends_neither_job(cut_s: float) -> None:
    """Both go on after the restart, and the host is in use again."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _large_machines(stage)
            await _machine(stage)
            await _begin(stage, PrepareHostForMaintenance(id=stage.ids["h1"]))
            await stage.runtime.sleep(20.0)
            await _begin(stage, CancelHostMaintenance(id=stage.ids["h1"]))
            await stage.runtime.sleep(cut_s)
            stage.mains.cut()
            raise PowerCut
        stage.mains.restore()
        async with stage.running():
            await stage.settle()
            assert _host(stage, "h1").resource_state is ResourceState.ENABLED
            assert _vm(stage).state is VmState.RUNNING
            _require_well(stage)

    play(body)


def test_a_host_is_not_prepared_again_while_that_is_cancelled() -> None:
    """Nor a second time while it prepares."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _large_machines(stage)
            await _machine(stage)
            prepare = PrepareHostForMaintenance(id=stage.ids["h1"])
            await _begin(stage, prepare)
            await stage.runtime.sleep(20.0)
            with refusal(Conflict, 431, f"host/{stage.ids['h1']}"):
                await stage.do(prepare)
            await _begin(stage, CancelHostMaintenance(id=stage.ids["h1"]))
            with refusal(Conflict, 431, f"host/{stage.ids['h1']}"):
                await stage.do(prepare)
            await stage.settle()
            await stage.do(prepare)
            assert _vm(stage).host_id == stage.ids["h2"]
            _require_well(stage)

    play(body)


def test_a_machine_that_fits_nowhere_leaves_the_host_in_error() -> None:
    """The others have left; asking again goes on from there."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            other = await stage.do(replace(deploy(stage), name="other", host_id=stage.ids["h1"]))
            h2 = _host(stage, "h2")
            await stage.plane.found([replace(h2, memory_bytes=_vm(stage).memory_bytes)])
            job = await stage.attempt(PrepareHostForMaintenance(id=stage.ids["h1"]))
            assert job.failure is not None
            assert job.failure.number == 530
            assert _host(stage, "h1").resource_state is ResourceState.ERROR_IN_MAINTENANCE
            homes = {stage.inventory.get(Vm, vm_id).host_id for vm_id in (other, stage.ids["vm"])}
            assert homes == {stage.ids["h1"], stage.ids["h2"]}
            await stage.plane.found([replace(_host(stage, "h2"), memory_bytes=h2.memory_bytes)])
            await stage.do(PrepareHostForMaintenance(id=stage.ids["h1"]))
            assert _host(stage, "h1").resource_state is ResourceState.MAINTENANCE
            _require_well(stage)

    play(body)


def test_maintenance_waits_for_what_is_under_way_on_a_machine() -> None:
    """A snapshot that is being taken ends before its machine moves."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            taking = await _begin(stage, CreateSnapshot(volume_id=stage.ids["root"]))
            await stage.do(PrepareHostForMaintenance(id=stage.ids["h1"]))
            assert stage.inventory.get(Job, taking).status is JobStatus.SUCCEEDED
            assert _vm(stage).host_id == stage.ids["h2"]
            _require_well(stage)

    play(body)


def test_an_administrator_sees_where_a_machine_could_go_and_sends_it_there() -> None:
    """On shared storage its volumes stay where they are."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            find = FindHostsForMigration(virtual_machine_id=stage.ids["vm"])
            (row,) = await _ask(stage, find)
            assert (row["id"], row["suitableformigration"]) == (stage.ids["h2"], True)
            assert not row["requiresStorageMotion"]
            pools = {stage.volume(name).pool_id for name in ("root", "data")}
            await stage.do(
                MigrateVirtualMachine(virtual_machine_id=stage.ids["vm"], host_id=row["id"])
            )
            assert _vm(stage).host_id == stage.ids["h2"]
            assert {stage.volume(name).pool_id for name in ("root", "data")} == pools
            _require_well(stage)

    play(body)


def test_a_running_machine_takes_its_volumes_to_other_pools() -> None:
    """Every write that it makes meanwhile is on the copies; the sources are gone."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            there = {name: stage.other_pool(name) for name in ("root", "data")}
            job_id = await _begin(
                stage,
                MigrateVirtualMachineWithVolume(
                    virtual_machine_id=stage.ids["vm"],
                    host_id=stage.ids["h2"],
                    migrate_to=tuple(
                        VolumeTarget(volume=stage.ids[name], pool=pool)
                        for name, pool in there.items()
                    ),
                ),
            )
            await stage.runtime.sleep(0.5)
            states = {stage.volume(name).state for name in ("root", "data")}
            assert (_vm(stage).state, states) == (VmState.MIGRATING, {VolumeState.MIGRATING})
            await stage.plane.wait_job(job_id, stage.caller, 600.0)
            assert {name: stage.volume(name).pool_id for name in there} == there
            assert _vm(stage).host_id == stage.ids["h2"]
            await stage.runtime.sleep(3600.0)
            _require_well(stage)

    play(body)


def test_a_stopped_machine_goes_to_another_pool_as_a_whole() -> None:
    """The guide for KVM: stop it, migrate, watch it come back to Stopped, start it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            stopped_s = _vm(stage).stopped_s
            target = stage.other_pool("root")
            move = MigrateVirtualMachine(virtual_machine_id=stage.ids["vm"], storage_id=target)
            await _begin(stage, move)
            await stage.runtime.sleep(0.2)
            assert _vm(stage).state is VmState.MIGRATING
            await stage.settle()
            assert (_vm(stage).state, _vm(stage).stopped_s) == (VmState.STOPPED, stopped_s)
            assert {stage.volume(name).pool_id for name in ("root", "data")} == {target}
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            _require_well(stage)

    play(body)


def test_a_migration_whose_next_host_dies_leaves_the_machine_running() -> None:
    """It goes on where it was."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _large_machines(stage)
            await _machine(stage)
            move = MigrateVirtualMachine(
                virtual_machine_id=stage.ids["vm"], host_id=stage.ids["h2"]
            )
            await _begin(stage, move)
            await stage.runtime.sleep(20.0)
            stage.world.host_fails(stage.world.hosts["h2"])
            await stage.settle()
            assert stage.last_job(move).status is JobStatus.FAILED
            assert (_vm(stage).state, _vm(stage).host_id) == (VmState.RUNNING, stage.ids["h1"])
            assert _vm(stage).target_host_id == ""
            _require_well(stage)

    play(body)


def test_a_machine_that_arrived_before_its_old_host_died_is_known_to_run() -> None:
    """The control plane was away meanwhile, and only the other host can tell."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _large_machines(stage)
            await _machine(stage)
            await _begin(
                stage, MigrateVirtualMachine(virtual_machine_id=stage.ids["vm"], autoselect=True)
            )
            await stage.runtime.sleep(20.0)
            stage.mains.cut()
            raise PowerCut
        await stage.runtime.sleep(600.0)
        stage.world.host_fails(stage.world.hosts["h1"])
        stage.mains.restore()
        async with stage.running():
            await stage.settle()
            assert (_vm(stage).state, _vm(stage).host_id) == (VmState.RUNNING, stage.ids["h2"])
            _require_well(stage)

    play(body)


def test_a_migration_that_takes_too_long_is_given_up() -> None:
    """As migratewait says; the machine goes on where it was."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _large_machines(stage)
            await _machine(stage)
            await stage.do(UpdateConfiguration(name="migratewait", value="30"))
            job = await stage.attempt(
                MigrateVirtualMachine(virtual_machine_id=stage.ids["vm"], autoselect=True)
            )
            assert job.failure is not None
            assert "migratewait" in job.failure.message
            assert job.completed_s - job.begun_s == pytest.approx(30.0, abs=1.0)
            assert (_vm(stage).state, _vm(stage).host_id) == (VmState.RUNNING, stage.ids["h1"])
            _require_well(stage)

    play(body)


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
            assert [row["id"] for row in await _ask(stage, ListHosts())] == [stage.ids["h2"]]
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
            (row,) = await _ask(stage, ListClusters())
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
            assert [row["id"] for row in await _ask(stage, ListZones())] == ["z1"]
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
