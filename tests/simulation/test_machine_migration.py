"""Machines that move to other hosts and pools, running or stopped."""

import pytest
from msgspec.structs import replace

from core.model.commands.migration import (
    FindHostsForMigration,
    MigrateVirtualMachine,
    MigrateVirtualMachineWithVolume,
    VolumeTarget,
)
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.records import ServiceOffering, Vm
from core.model.states import JobStatus, VmState, VolumeState
from sim.auditor import lost_writes
from sim.spec import GIB
from tests.simulation.checkers import findings
from tests.simulation.power import PowerCut
from tests.simulation.stage import Stage, add_host, play


async def _machine(stage: Stage) -> None:
    """A machine vm with two disks on host h1, then another host h2."""
    await stage.machine()
    stage.ids["h1"] = _vm(stage).host_id
    stage.ids["h2"] = (await stage.do(add_host("h2")))["id"]


def _vm(stage: Stage) -> Vm:
    return stage.inventory.get(Vm, stage.ids["vm"])


def _require_well(stage: Stage) -> None:
    assert findings(stage.inventory, stage.world) == []
    assert lost_writes(stage.world) == []


async def _large_machines(stage: Stage) -> None:
    """From now on machines have so much memory that they move for minutes."""
    (offering,) = stage.inventory.all(ServiceOffering)
    await stage.plane.found([replace(offering, memory_bytes=200 * GIB)])


def test_an_administrator_sees_where_a_machine_could_go_and_sends_it_there() -> None:
    """On shared storage its volumes stay where they are."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await _machine(stage)
            find = FindHostsForMigration(virtual_machine_id=stage.ids["vm"])
            (row,) = await stage.ask(find)
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
            job_id = await stage.begin(
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
            await stage.begin(move)
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
            await stage.begin(move)
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
            await stage.begin(
                MigrateVirtualMachine(virtual_machine_id=stage.ids["vm"], autoselect=True)
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
