"""Maintenance of a host: machines go elsewhere, local volumes hold it back."""

import pytest
from msgspec.structs import replace

from core.model.commands.host import (
    CancelHostMaintenance,
    ListHosts,
    PrepareHostForMaintenance,
)
from core.model.commands.internal import AddLocalPool
from core.model.commands.migration import (
    MigrateVirtualMachine,
)
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.errors import Conflict, NoCapacity
from core.model.records import Host, Job, ServiceOffering, Vm, Volume
from core.model.states import JobStatus, ResourceState, VmState
from sim.auditor import lost_writes
from sim.spec import GIB
from tests.refusal import refusal
from tests.simulation.checkers import findings
from tests.simulation.host_scenes import local_volume
from tests.simulation.power import PowerCut
from tests.simulation.stage import Stage, add_host, deploy, play

STRATEGY = "host.maintenance.local.storage.strategy"


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
            (row,) = await stage.ask(ListHosts(id=stage.ids["h1"]))
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
            job_id = await stage.begin(PrepareHostForMaintenance(id=stage.ids["h1"]))
            await stage.runtime.sleep(20.0)
            assert _vm(stage).state is VmState.MIGRATING
            (row,) = await stage.ask(ListHosts(id=stage.ids["h1"]))
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
            await stage.begin(PrepareHostForMaintenance(id=stage.ids["h1"]))
            await stage.runtime.sleep(20.0)
            await stage.begin(CancelHostMaintenance(id=stage.ids["h1"]))
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
            await stage.begin(prepare)
            await stage.runtime.sleep(20.0)
            with refusal(Conflict, 431, f"host/{stage.ids['h1']}"):
                await stage.do(prepare)
            await stage.begin(CancelHostMaintenance(id=stage.ids["h1"]))
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
            taking = await stage.begin(CreateSnapshot(volume_id=stage.ids["root"]))
            await stage.do(PrepareHostForMaintenance(id=stage.ids["h1"]))
            assert stage.inventory.get(Job, taking).status is JobStatus.SUCCEEDED
            assert _vm(stage).host_id == stage.ids["h2"]
            _require_well(stage)

    play(body)
