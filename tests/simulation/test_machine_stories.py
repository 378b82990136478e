"""The guide's stories of machines and their root disks, end to end on the simulated zone."""

from typing import Any

import msgspec
from msgspec.structs import replace

from core.model import errors
from core.model.commands.command import Command, Role
from core.model.commands.offering import CreateServiceOffering
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.vm import (
    ChangeServiceForVirtualMachine,
    DataDiskAsked,
    DestroyVirtualMachine,
    ListVirtualMachines,
    RebootVirtualMachine,
    RecoverVirtualMachine,
    RestoreVirtualMachine,
    ScaleVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.commands.volume import AttachVolume, ListVolumes, ResizeVolume
from core.model.records import Account, Pool, Vm, Volume
from sim.disk.content import Content
from sim.spec import GIB
from tests.refusal import refusal
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, deploy, play, register

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


async def rows(stage: Stage, command: Command) -> list[dict[str, Any]]:
    """The objects that a list answers."""
    answer = msgspec.to_builtins(await stage.plane.submit(command, stage.caller))
    found: list[dict[str, Any]] = answer.get(command.returns, [])
    return found


async def root_of(stage: Stage, vm_id: str) -> dict[str, Any]:
    """The machine's root disk as users see it."""
    (root,) = await rows(stage, ListVolumes(virtual_machine_id=vm_id, type="ROOT"))
    return root


def content(stage: Stage, volume_id: str) -> Content:
    """What the volume's disk holds now."""
    volume = stage.inventory.get(Volume, volume_id)
    pool = stage.inventory.get(Pool, volume.pool_id)
    return stage.world.pools[pool.name].disks[volume_id].content


async def offering(stage: Stage, root_gib: int) -> str:
    """Id of a new service offering whose root disks are so large; 0 leaves that open."""
    command = CreateServiceOffering(name=f"root-{root_gib}", root_disk_size=root_gib or None)
    return str((await stage.do(command))["id"])


def test_a_volatile_machine_forgets_at_reboot() -> None:
    """It runs again on what its template holds; its data disk has all that was written there."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            made = await stage.do(CreateServiceOffering(name="fresh", is_volatile=True))
            stage.ids["offering"] = made["id"]
            await stage.machine()
            await stage.runtime.sleep(20 * HOUR_S)
            before = stage.volume("root")
            kept = content(stage, stage.ids["data"]).written_bytes
            written = content(stage, before.id).written_bytes
            await stage.do(RebootVirtualMachine(id=stage.ids["vm"]))
            root = await root_of(stage, stage.ids["vm"])
            assert root["id"] != before.id
            assert (root["size"], root["templateid"]) == (before.size_bytes, before.template_id)
            assert content(stage, root["id"]).written_bytes < written
            assert content(stage, stage.ids["data"]).written_bytes >= kept
            assert stage.volume("data").vm_id == stage.ids["vm"]
            assert stage.volume("root").state == "Destroy"
            await stage.runtime.sleep(3 * DAY_S)
            assert stage.inventory.find(Volume, before.id) is None
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_other_machines_keep_their_root_disks_at_reboot() -> None:
    """The disk and all that it holds."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            written = content(stage, stage.ids["root"]).written_bytes
            await stage.do(RebootVirtualMachine(id=stage.ids["vm"]))
            root = await root_of(stage, stage.ids["vm"])
            assert root["id"] == stage.ids["root"]
            assert content(stage, stage.ids["root"]).written_bytes >= written
            assert stage.inventory.get(Vm, stage.ids["vm"]).state == "Running"

    play(body)


def test_a_machine_is_restored_to_another_template() -> None:
    """Stopped, it stays so; its old root disk is gone at once where that was asked for."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            other = (await stage.do(register("data.qcow2")))["id"]
            await stage.settle()
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            await stage.do(
                RestoreVirtualMachine(
                    virtual_machine_id=stage.ids["vm"],
                    template_id=other,
                    root_disk_size=3,
                    expunge=True,
                )
            )
            (machine,) = await rows(stage, ListVirtualMachines(id=stage.ids["vm"]))
            assert (machine["state"], machine["templateid"]) == ("Stopped", other)
            assert stage.inventory.find(Volume, stage.ids["root"]) is None
            root = await root_of(stage, stage.ids["vm"])
            assert (root["state"], root["size"]) == ("Allocated", 3 * GIB)
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            assert (await root_of(stage, stage.ids["vm"]))["state"] == "Ready"
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_root_disk_follows_its_machines_offerings() -> None:
    """The guide's table: from 5 to 10 GiB, never back, then free again with an offering of 0."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            none, five, ten = [await offering(stage, size) for size in (0, 5, 10)]
            stage.ids["offering"] = five
            vm = await stage.do(deploy(stage))
            root = await root_of(stage, vm)
            assert root["size"] == 5 * GIB
            await stage.do(StopVirtualMachine(id=vm))
            with refusal(errors.Invalid, 432, f"volume/{root['id']}"):
                await stage.do(ResizeVolume(id=root["id"], size=7))
            await stage.do(ScaleVirtualMachine(id=vm, service_offering_id=ten))
            assert (await root_of(stage, vm))["size"] == 10 * GIB
            with refusal(errors.Invalid, 431, f"service_offering/{five}"):
                await stage.do(ScaleVirtualMachine(id=vm, service_offering_id=five))
            machine = await stage.do(
                ChangeServiceForVirtualMachine(id=vm, service_offering_id=none)
            )
            assert machine["serviceofferingid"] == none
            assert (await root_of(stage, vm))["size"] == 10 * GIB
            await stage.do(ResizeVolume(id=root["id"], size=12))
            await stage.do(StartVirtualMachine(id=vm))
            assert (await root_of(stage, vm))["size"] == 12 * GIB
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_machine_that_is_not_started_takes_no_room_yet() -> None:
    """Its disks are made at its first start, all of them where its host reaches them."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            disk = DataDiskAsked(disk_offering_id=stage.ids["disk"])
            command = replace(
                deploy(stage, start=False), root_disk_size=4, data_disks_details=(disk, disk)
            )
            vm = await stage.do(command)
            disks = await rows(stage, ListVolumes(virtual_machine_id=vm))
            assert {(row["state"], row.get("storageid")) for row in disks} == {("Allocated", None)}
            await stage.do(StartVirtualMachine(id=vm))
            disks = await rows(stage, ListVolumes(virtual_machine_id=vm))
            assert sorted((row["deviceid"], row["size"] // GIB) for row in disks) == [
                (0, 4),
                (1, 1),
                (2, 1),
            ]
            assert {row["state"] for row in disks} == {"Ready"}
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_data_disks_outlive_their_machine() -> None:
    """A machine that is recovered has its root disk only; left alone it goes after a day."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(DestroyVirtualMachine(id=stage.ids["vm"]))
            data = stage.volume("data")
            assert (data.state, data.vm_id) == ("Ready", "")
            await stage.do(RecoverVirtualMachine(id=stage.ids["vm"]))
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            disks = await rows(stage, ListVolumes(virtual_machine_id=stage.ids["vm"]))
            assert [row["id"] for row in disks] == [stage.ids["root"]]
            await stage.do(AttachVolume(id=stage.ids["data"], virtual_machine_id=stage.ids["vm"]))
            await stage.do(DestroyVirtualMachine(id=stage.ids["vm"]))
            await stage.runtime.sleep(0.9 * DAY_S)
            assert stage.inventory.get(Vm, stage.ids["vm"]).state == "Destroyed"
            await stage.runtime.sleep(1.2 * DAY_S)
            assert stage.inventory.find(Vm, stage.ids["vm"]) is None
            assert stage.inventory.find(Volume, stage.ids["root"]) is None
            assert stage.volume("data").state == "Ready"
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_machine_begins_where_a_snapshot_was_taken() -> None:
    """Its root disk holds what the other's did then."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["root"]))
            command = replace(deploy(stage, start=False), template_id=None, snapshot_id=snapshot)
            twin = await stage.do(command)
            await stage.do(StartVirtualMachine(id=twin))
            root = await root_of(stage, twin)
            assert root["snapshotid"] == snapshot
            assert (
                content(stage, root["id"]).written_bytes
                >= content(stage, stage.ids["root"]).written_bytes
            )
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_limits_admit_another_machine_when_one_is_destroyed() -> None:
    """Its processors, memory and place in the count are free at once."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            carol = Account(id="carol", name="carol", domain_id="ROOT", role=Role.USER)
            await stage.plane.found([carol])
            for kind in (0, 8):
                await stage.do(
                    UpdateResourceLimit(
                        account="carol", domain_id="ROOT", resource_type=kind, max=1
                    )
                )
            command = deploy(stage, account="carol")
            first = await stage.do(command)
            with refusal(errors.QuotaExceeded, 535, "account/carol"):
                await stage.do(command)
            await stage.do(DestroyVirtualMachine(id=first))
            second = await stage.do(command)
            with refusal(errors.QuotaExceeded, 535, "account/carol"):
                await stage.do(RecoverVirtualMachine(id=first))
            await stage.do(DestroyVirtualMachine(id=second, expunge=True))
            await stage.do(RecoverVirtualMachine(id=first))
            assert findings(stage.inventory, stage.world) == []

    play(body)
