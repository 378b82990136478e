"""Maintenance of a pool: machines stop or move away, and come back when it ends."""

from core.model.commands.pool import (
    CancelStorageMaintenance,
    EnableStorageMaintenance,
)
from core.model.commands.vm import StartVirtualMachine, StopVirtualMachine
from core.model.commands.volume import AttachVolume, DetachVolume, MigrateVolume
from core.model.errors import Conflict
from core.model.records import Job, Pool, PoolWork, Vm, Volume
from core.model.states import JobStatus, Phase, PoolState, VmState
from tests.refusal import refusal
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, create_pool, deploy, play


def _state(stage: Stage, pool_id: str) -> PoolState:
    return stage.inventory.get(Pool, pool_id).state


def _vm(stage: Stage, vm_id: str) -> VmState:
    return stage.inventory.get(Vm, vm_id).state


def test_maintenance_stops_what_runs_and_starts_just_that_again() -> None:
    """The guide's story: no new volumes, all guests stop, and those come back that ran."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            runs = await stage.add_machine("runs")
            rests = await stage.add_machine("rests")
            await stage.do(StopVirtualMachine(id=rests))
            pool_id = stage.pool("p1")
            await stage.do(EnableStorageMaintenance(id=pool_id))
            assert _state(stage, pool_id) is PoolState.MAINTENANCE
            assert (_vm(stage, runs), _vm(stage, rests)) == (VmState.STOPPED, VmState.STOPPED)
            assert not await stage.has_room(StartVirtualMachine(id=rests))
            await stage.do(CancelStorageMaintenance(id=pool_id))
            assert _state(stage, pool_id) is PoolState.UP
            assert (_vm(stage, runs), _vm(stage, rests)) == (VmState.RUNNING, VmState.STOPPED)
            assert not stage.inventory.all(PoolWork)
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_nothing_new_is_placed_on_a_pool_in_maintenance() -> None:
    """A new machine goes to the other pool, and fails where there is none."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(EnableStorageMaintenance(id=stage.pool("p1")))
            assert not await stage.has_room(deploy(stage))
            await stage.do(create_pool("p2", "nfs"))
            await stage.add_machine("new")
            assert {volume.pool_id for volume in stage.inventory.all(Volume) if volume.pool_id} == {
                stage.pool("p2")
            }

    play(body)


def test_a_cancelled_maintenance_can_be_gone_on_with_or_given_up() -> None:
    """What had stopped is noted: both ways every machine that ran runs in the end."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            machines = [await stage.add_machine(f"vm{number}") for number in range(3)]
            pool_id = stage.pool("p1")
            for _ in range(2):
                job_id = await stage.begin(EnableStorageMaintenance(id=pool_id))
                await stage.runtime.sleep(0.1)
                await stage.plane.cancel_job(job_id, stage.caller)
                await stage.settle()
                assert stage.inventory.get(Job, job_id).status is JobStatus.CANCELLED
                assert _state(stage, pool_id) is PoolState.ERROR_IN_MAINTENANCE
            await stage.do(EnableStorageMaintenance(id=pool_id))
            assert _state(stage, pool_id) is PoolState.MAINTENANCE
            await stage.do(CancelStorageMaintenance(id=pool_id))
            assert [_vm(stage, vm_id) for vm_id in machines] == [VmState.RUNNING] * 3
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_machines_may_move_away_instead_of_being_stopped() -> None:
    """With every byte, while they go on writing; a machine that cannot move is stopped."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            root = stage.volume("root")
            await stage.do(EnableStorageMaintenance(id=root.pool_id, migrate=True))
            assert _vm(stage, stage.ids["vm"]) is VmState.RUNNING
            assert _state(stage, root.pool_id) is PoolState.MAINTENANCE
            there = stage.volume("root").pool_id
            assert there == stage.volume("data").pool_id != root.pool_id
            assert findings(stage.inventory, stage.world) == []
            await stage.do(EnableStorageMaintenance(id=there, migrate=True))
            assert _vm(stage, stage.ids["vm"]) is VmState.STOPPED
            await stage.do(CancelStorageMaintenance(id=there))
            assert _vm(stage, stage.ids["vm"]) is VmState.RUNNING

    play(body)


def test_a_volume_on_its_way_to_a_machine_is_waited_for() -> None:
    """The machine that gets a disk of the pool at that moment is stopped too."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            data, vm_id = stage.ids["data"], stage.ids["vm"]
            await stage.do(DetachVolume(id=data))
            pool_id = stage.other_pool("data")
            await stage.do(MigrateVolume(volume_id=data, storage_id=pool_id))
            attaching = await stage.begin(AttachVolume(id=data, virtual_machine_id=vm_id))
            maintaining = await stage.begin(EnableStorageMaintenance(id=pool_id))
            assert stage.inventory.get(Job, maintaining).phase is Phase.QUEUED
            await stage.settle()
            assert stage.inventory.get(Job, attaching).status is JobStatus.SUCCEEDED
            assert _vm(stage, vm_id) is VmState.STOPPED
            assert _state(stage, pool_id) is PoolState.MAINTENANCE

    play(body)


def test_a_refused_second_maintenance_leaves_its_pool_up() -> None:
    """Unlike CloudStack, where the refused pool ends in ErrorInMaintenance."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(create_pool("p2", "nfs"))
            await stage.add_machine("vm")
            busy = next(volume.pool_id for volume in stage.inventory.all(Volume))
            free = next(pool.id for pool in stage.inventory.all(Pool) if pool.id != busy)
            await stage.begin(EnableStorageMaintenance(id=busy))
            with refusal(Conflict, 530, f"pool/{busy}"):
                await stage.plane.submit(EnableStorageMaintenance(id=free), stage.caller)
            assert _state(stage, free) is PoolState.UP
            await stage.settle()

    play(body)
