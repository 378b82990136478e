"""Stories of machines that grow while they run, on the simulated zone."""

from core.model.commands.vm import ScaleVirtualMachine, StopVirtualMachine
from core.model.records import Vm
from core.model.states import JobStatus, VmState
from sim.spec import MIB
from tests.simulation.built import on_stage
from tests.simulation.stage import Stage
from tests.simulation.test_machines import machine_seen
from tests.simulation.vm_scenes import scalable_machine


def test_a_machine_gets_memory_while_it_writes() -> None:
    """Its host gives it what the list then tells; beyond the offering's limit it gets nothing."""

    async def body(stage: Stage) -> None:
        stage.ids["vm"], offering = await scalable_machine(stage)
        details = {"cpuNumber": "2", "memory": "1024"}
        grow = ScaleVirtualMachine(
            id=stage.ids["vm"], service_offering_id=offering, details=details
        )
        await stage.do(grow)
        seen = await machine_seen(stage)
        assert (seen.state, seen.cpunumber, seen.memory) == ("Running", 2, 1024)
        assert seen.isdynamicallyscalable
        guest = stage.world.hosts["h1"].guests[stage.ids["vm"]]
        assert (guest.vm.cpus, guest.vm.memory_bytes) == (2, 1024 * MIB)

    on_stage(body)


def test_a_machine_whose_host_dies_as_it_grows_keeps_its_size() -> None:
    """What was reserved is given back once the host says that the machine is gone."""

    async def body(stage: Stage) -> None:
        stage.ids["vm"], offering = await scalable_machine(stage)
        stage.world.guest_dies(stage.world.hosts["h1"], stage.ids["vm"])
        details = {"cpuNumber": "2", "memory": "1024"}
        job = await stage.attempt(
            ScaleVirtualMachine(id=stage.ids["vm"], service_offering_id=offering, details=details)
        )
        assert job.status is JobStatus.FAILED
        vm = stage.inventory.get(Vm, stage.ids["vm"])
        assert (vm.cpus, vm.memory_bytes) == (1, 512 * MIB)
        await stage.do(StopVirtualMachine(id=vm.id, forced=True))
        assert stage.inventory.get(Vm, vm.id).state is VmState.STOPPED

    on_stage(body)
