"""A real machine moves between two real hosts while the server that moves it is killed."""

from typing import Any

import pytest
import trio

from core.model.records import Host, Pool, Vm, Volume
from core.model.states import ResourceState, VmState
from server.client import Client
from server.demo import real_zone
from tests.e2e import disks
from tests.e2e.audit import disk_file
from tests.e2e.zone import JOB_S, SUCCEEDED, Zone, done, open_zone

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(not real_zone.is_possible(), reason="QEMU is not installed"),
]
RUN_S = 120.0
SLOW = "copyrate=60000000"
KILLED_AFTER_S = (0.0, 0.2, 0.6, 1.2)
Object = dict[str, Any]


async def second_host(zone: Zone) -> str:
    """Another host in a folder of its own; its id."""
    async with zone.server.client() as client:
        (first,) = (await client.call("listHosts"))["host"]
        added = await client.call(
            "addHost",
            zoneid=first["zoneid"],
            podid=first["podid"],
            clusterid=first["clusterid"],
            hypervisor="KVM",
            name="host2",
            url=f"qemu://{zone.folder}/run2?powerdown=0.1&{SLOW}",
        )
    return str(added["host"]["id"])


async def killed_during(zone: Zone, after_s: float, command: str, **parameters: Any) -> Object:
    """The end of a job whose server was killed so long after its beginning."""
    async with zone.server.client() as client:
        begun = await client.call(command, **parameters)
        await trio.sleep(after_s)
        zone.server.kill()
    await zone.server.start()
    async with zone.server.client() as client:
        job: Object = await client.wait_job(str(begun["jobid"]), JOB_S)
    return job


def other_pool(zone: Zone) -> str:
    """The pool that the guest's volume is not on."""
    inventory = zone.records()
    here = inventory.get(Volume, zone.volume_id).pool_id
    return next(pool.id for pool in inventory.all(Pool) if pool.id != here)


async def require_every_write(zone: Zone) -> None:
    """Let the guest write, kill it, and find all that it was told of on its volume."""
    await zone.guest_writes()
    zone.kill_guest()
    inventory = zone.records()
    path = disk_file(inventory, inventory.get(Volume, zone.volume_id))
    assert disks.write_number(path, zone.image) >= zone.told() > 0


@pytest.mark.parametrize("after_s", KILLED_AFTER_S)
def test_a_machine_arrives_with_its_volume_though_the_server_dies(after_s: float) -> None:
    """It runs on the other host, its volume is on the other pool, and no write is lost."""

    async def story() -> None:
        with trio.fail_after(RUN_S), open_zone(SLOW) as zone:
            await zone.build()
            host_id, pool_id = await second_host(zone), other_pool(zone)
            job = await killed_during(
                zone,
                after_s,
                "migrateVirtualMachineWithVolume",
                virtualmachineid=zone.vm_id,
                hostid=host_id,
                migrateto=[{"volume": zone.volume_id, "pool": pool_id}],
            )
            assert job["jobstatus"] == SUCCEEDED, job
            inventory = zone.records()
            vm = inventory.get(Vm, zone.vm_id)
            assert (vm.state, vm.host_id) == (VmState.RUNNING, host_id)
            assert inventory.get(Volume, zone.volume_id).pool_id == pool_id
            assert len(list(zone.folder.glob(f"pool*/{zone.volume_id}*"))) == 1
            await require_every_write(zone)

    trio.run(story)


def test_a_host_is_emptied_for_maintenance_while_its_machine_writes() -> None:
    """It goes on on the other host, and comes back when the maintenance is over."""

    async def host_of(client: Client, zone: Zone) -> str:
        (vm,) = (await client.call("listVirtualMachines", id=zone.vm_id))["virtualmachine"]
        assert vm["state"] == "Running"
        return str(vm["hostname"])

    async def story() -> None:
        with trio.fail_after(RUN_S), open_zone(SLOW) as zone:
            await zone.build()
            await second_host(zone)
            (first,) = (host for host in zone.records().all(Host) if host.name == "host1")
            async with zone.server.client() as client:
                await done(client, "prepareHostForMaintenance", id=first.id)
                assert await host_of(client, zone) == "host2"
                await zone.guest_writes()
                state = zone.records().get(Host, first.id).resource_state
                assert state is ResourceState.MAINTENANCE
                await done(client, "cancelHostMaintenance", id=first.id)
                moved = {"virtualmachineid": zone.vm_id, "hostid": first.id}
                await done(client, "migrateVirtualMachine", **moved)
                assert await host_of(client, zone) == "host1"
            await require_every_write(zone)

    trio.run(story)
