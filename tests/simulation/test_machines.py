"""The guide's stories of machines, end to end on the simulated zone: what a user does and sees."""

from typing import cast

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Role
from core.model.commands.offering import CreateServiceOffering
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.vm import (
    AssignVirtualMachine,
    DestroyVirtualMachine,
    ListVirtualMachines,
    ListVirtualMachinesMetrics,
    RebootVirtualMachine,
    RecoverVirtualMachine,
    RestoreVirtualMachine,
    ScaleVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.commands.volume import (
    AttachVolume,
    DetachVolume,
    ListVolumes,
    RecoverVolume,
    ResizeVolume,
)
from core.model.records import Account, ServiceOffering, Template, Vm, Volume
from core.model.states import JobStatus, VmState
from core.views.vm import VmView
from core.views.volume import VolumeView
from sim.disk.content import Content
from sim.spec import GIB
from tests.simulation.built import on_stage
from tests.simulation.stage import Stage, deploy, register

DAY_S = 86400.0


async def machine_seen(stage: Stage, caller: Caller | None = None) -> VmView:
    """The stage's machine as a list tells it."""
    command = ListVirtualMachines(id=stage.ids["vm"])
    answer = await stage.plane.submit(command, caller or stage.caller)
    assert isinstance(answer, dict)
    (view,) = cast("list[VmView]", answer["virtualmachine"])
    return view


async def disks_seen(stage: Stage) -> dict[str, VolumeView]:
    """The stage's machine's disks by their types, as a list tells them."""
    command = ListVolumes(virtual_machine_id=stage.ids["vm"])
    answer = await stage.plane.submit(command, stage.caller)
    assert isinstance(answer, dict)
    return {view.type: view for view in cast("list[VolumeView]", answer["volume"])}


def content_of(stage: Stage, name: str) -> Content:
    """What is on a disk now, wherever it is; what its guest has written is on it."""
    for host in stage.world.hosts.values():
        for guest in host.guests.values():
            for slot in guest.slots.values():
                stage.world.catch_up(guest, slot)
    pools = stage.world.pools.values()
    return next(pool.disks[name] for pool in pools if name in pool.disks).content


async def be_volatile(stage: Stage) -> None:
    """Let the machine's offering be one with isvolatile."""
    offering = stage.inventory.get(ServiceOffering, stage.ids["offering"])
    await stage.plane.found([msgspec.structs.replace(offering, volatile=True)])


async def offering(stage: Stage, root_gib: int | None) -> str:
    """A service offering with a root disk of that size."""
    made = await stage.do(CreateServiceOffering(name=f"root {root_gib}", root_disk_size=root_gib))
    return str(made["id"])


def test_a_volatile_machine_forgets_what_it_wrote_at_every_reboot() -> None:
    """Its root disk begins from the template again; its data disk, name and host stay."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await be_volatile(stage)
        fresh = content_of(stage, stage.ids["template"])
        before, disks = await machine_seen(stage), await disks_seen(stage)
        written = content_of(stage, stage.ids["data"]).last
        for _ in range(2):
            await stage.runtime.sleep(600.0)
            old = (await disks_seen(stage))["ROOT"]
            assert content_of(stage, old.id).last > fresh.last
            await stage.do(RebootVirtualMachine(id=stage.ids["vm"]))
            new = (await disks_seen(stage))["ROOT"]
            assert new.id != old.id
            assert content_of(stage, new.id).last < content_of(stage, old.id).last
            assert (new.name, new.size, new.templateid) == (old.name, old.size, old.templateid)
        assert (await disks_seen(stage))["DATADISK"].id == disks["DATADISK"].id
        assert content_of(stage, stage.ids["data"]).last > written
        after = await machine_seen(stage)
        assert (after.state, after.name, after.hostid) == ("Running", before.name, before.hostid)

    on_stage(body)


def test_old_root_disks_are_collected_a_day_later() -> None:
    """Until then they can be recovered, as volumes of their own."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await be_volatile(stage)
        await stage.do(RebootVirtualMachine(id=stage.ids["vm"]))
        old = stage.ids["root"]
        await stage.do(RecoverVolume(id=old))
        assert stage.inventory.get(Volume, old).state == "Ready"
        await stage.do(RebootVirtualMachine(id=stage.ids["vm"]))
        (second,) = (v for v in stage.inventory.all(Volume) if v.state == "Destroy")
        await stage.runtime.sleep(2.5 * DAY_S)
        assert stage.inventory.find(Volume, second.id) is None
        assert stage.inventory.get(Volume, old).state == "Ready"

    on_stage(body)


def test_a_reboot_of_another_machine_keeps_everything() -> None:
    """The same disks, with what was written."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        disks = await disks_seen(stage)
        written = content_of(stage, stage.ids["root"]).last
        await stage.do(RebootVirtualMachine(id=stage.ids["vm"]))
        assert {view.id for view in (await disks_seen(stage)).values()} == {
            view.id for view in disks.values()
        }
        assert content_of(stage, stage.ids["root"]).last >= written > 0

    on_stage(body)


def test_a_machine_that_does_not_come_back_says_why_and_can_be_started() -> None:
    """With its old disk, also when it is volatile."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await be_volatile(stage)
        stage.meddling.refused_step = 3
        job = await stage.attempt(RebootVirtualMachine(id=stage.ids["vm"]))
        assert stage.meddling.has_refused
        assert job.status is JobStatus.FAILED
        assert job.failure is not None
        assert (await machine_seen(stage)).state == "Stopped"
        assert (await disks_seen(stage))["ROOT"].id == stage.ids["root"]
        await stage.do(StartVirtualMachine(id=stage.ids["vm"]))

    on_stage(body)


def test_a_machine_is_restored_from_another_template() -> None:
    """It has that template from then on; its data disk stays; it runs as before."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        other = (await stage.do(register("root")))["id"]
        await stage.settle()
        await stage.do(
            RestoreVirtualMachine(
                virtual_machine_id=stage.ids["vm"], template_id=other, root_disk_size=3
            )
        )
        view, disks = await machine_seen(stage), await disks_seen(stage)
        assert (view.state, view.templateid) == ("Running", other)
        assert (disks["ROOT"].templateid, disks["ROOT"].size) == (other, 3 * GIB)
        assert disks["DATADISK"].id == stage.ids["data"]
        assert stage.volume("root").state == "Destroy"

    on_stage(body)


def test_a_root_disk_grows_with_the_offerings_and_never_shrinks() -> None:
    """The guide's table, walked through: 0 to 5, 5 to 5, 5 to 10, 10 to 5, 10 to 0."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
        five, same, ten, free = [await offering(stage, size) for size in (5, 5, 10, None)]
        for asked, size_gib in ((five, 5), (same, 5), (ten, 10)):
            await stage.do(ScaleVirtualMachine(id=stage.ids["vm"], service_offering_id=asked))
            assert (await disks_seen(stage))["ROOT"].size == size_gib * GIB
        with pytest.raises(errors.Invalid, match="shrinks"):
            await stage.do(ScaleVirtualMachine(id=stage.ids["vm"], service_offering_id=five))
        with pytest.raises(errors.Invalid, match="service offering fixes"):
            await stage.do(ResizeVolume(id=stage.ids["root"], size=12))
        await stage.do(ScaleVirtualMachine(id=stage.ids["vm"], service_offering_id=free))
        assert (await disks_seen(stage))["ROOT"].size == 10 * GIB
        await stage.do(ResizeVolume(id=stage.ids["root"], size=12))
        await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
        assert (await disks_seen(stage))["ROOT"].size == 12 * GIB

    on_stage(body)


def test_a_destroyed_machine_keeps_its_data_disk_and_comes_back_without_it() -> None:
    """The data disk is free for others; attached again, everything is as before."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        vm, data = stage.ids["vm"], stage.ids["data"]
        await stage.do(DestroyVirtualMachine(id=vm))
        assert (await machine_seen(stage)).state == "Destroyed"
        assert (stage.volume("data").state, stage.volume("data").vm_id) == ("Ready", "")
        await stage.do(RecoverVirtualMachine(id=vm))
        assert (await disks_seen(stage)).keys() == {"ROOT"}
        await stage.do(AttachVolume(id=data, virtual_machine_id=vm))
        await stage.do(StartVirtualMachine(id=vm))
        assert (await disks_seen(stage)).keys() == {"ROOT", "DATADISK"}

    on_stage(body)


@pytest.mark.parametrize("cleanup", ["true", "false"])
def test_a_destroyed_machine_is_expunged_after_the_delay(cleanup: str) -> None:
    """With its root disk, whatever storage.cleanup.enabled says; its data disk stays."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await stage.do(UpdateConfiguration(name="storage.cleanup.enabled", value=cleanup))
        await stage.do(DestroyVirtualMachine(id=stage.ids["vm"]))
        await stage.runtime.sleep(0.9 * DAY_S)
        assert (await machine_seen(stage)).state == "Destroyed"
        await stage.runtime.sleep(1.2 * DAY_S)
        assert stage.inventory.find(Vm, stage.ids["vm"]) is None
        assert stage.inventory.find(Volume, stage.ids["root"]) is None
        assert stage.volume("data").state == "Ready"

    on_stage(body)


def test_a_machine_without_a_date_of_destruction_gets_the_full_delay() -> None:
    """The round dates it at its first look, and expunges it a day later."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await stage.do(DestroyVirtualMachine(id=stage.ids["vm"]))
        known = stage.inventory.get(Vm, stage.ids["vm"])
        await stage.plane.found([msgspec.structs.replace(known, destroyed_s=0.0)])
        await stage.runtime.sleep(1.5 * DAY_S)
        assert stage.inventory.get(Vm, stage.ids["vm"]).destroyed_s
        await stage.runtime.sleep(2 * DAY_S)
        assert stage.inventory.find(Vm, stage.ids["vm"]) is None

    on_stage(body)


def test_a_machine_begins_from_the_snapshot_of_a_root_disk() -> None:
    """It has what was on the disk at that moment; the first machine goes on."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
        snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["root"]))
        moment = content_of(stage, stage.ids["root"]).fork()
        await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
        asked = msgspec.structs.replace(
            deploy(stage), template_id=None, snapshot_id=snapshot, name="second"
        )
        stage.ids["vm"] = await stage.do(asked)
        root = (await disks_seen(stage))["ROOT"]
        assert root.snapshotid == snapshot
        await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
        assert content_of(stage, root.id).size_bytes == moment.size_bytes
        assert content_of(stage, root.id).written_bytes >= moment.written_bytes

    on_stage(body)


def test_a_machine_boots_from_a_disk_that_was_detached() -> None:
    """The root disk of one machine becomes that of another."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        first = stage.ids["vm"]
        await stage.do(StopVirtualMachine(id=first))
        await stage.do(DetachVolume(id=stage.ids["root"]))
        asked = msgspec.structs.replace(
            deploy(stage), template_id=None, volume_id=stage.ids["root"]
        )
        stage.ids["vm"] = await stage.do(asked)
        view = await machine_seen(stage)
        assert (view.state, view.templateid) == ("Running", stage.ids["template"])
        assert (await disks_seen(stage))["ROOT"].id == stage.ids["root"]
        with pytest.raises(errors.Conflict, match="no root disk"):
            await stage.do(StartVirtualMachine(id=first))

    on_stage(body)


def test_a_volume_survives_a_machine_that_never_started() -> None:
    """The machine is in Error and can be destroyed; the volume is free."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        data = stage.ids["data"]
        await stage.do(DetachVolume(id=data))
        before = content_of(stage, data).last
        stage.meddling.refused_step = 1
        asked = msgspec.structs.replace(deploy(stage), template_id=None, volume_id=data)
        job = await stage.attempt(asked)
        assert job.status is JobStatus.FAILED
        assert stage.inventory.get(Vm, job.instance_id).state is VmState.ERROR
        assert (stage.volume("data").vm_id, stage.volume("data").type) == ("", "DATADISK")
        await stage.do(DestroyVirtualMachine(id=job.instance_id))
        assert stage.inventory.find(Vm, job.instance_id) is None
        assert content_of(stage, data).last == before

    on_stage(body)


def test_a_machine_that_changed_hands_is_seen_by_its_new_owner_alone() -> None:
    """With its disks; the new owner may start it."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
        template = stage.inventory.get(Template, stage.ids["template"])
        kim = Account(id="kim", name="kim", domain_id="ROOT", role=Role.USER)
        pat = msgspec.structs.replace(kim, id="pat", name="pat")
        owner, other = await stage.enter(kim), await stage.enter(pat)
        await stage.plane.found([msgspec.structs.replace(template, public=True)])
        vm = stage.ids["vm"]
        await stage.do(AssignVirtualMachine(virtual_machine_id=vm, account="kim", domain_id="ROOT"))
        assert (await machine_seen(stage, owner)).account == "kim"
        with pytest.raises(errors.NotFound):
            await stage.plane.submit(StartVirtualMachine(id=vm), other)
        stage.caller = owner
        await stage.do(StartVirtualMachine(id=vm))
        assert {view.account for view in (await disks_seen(stage)).values()} == {"kim"}

    on_stage(body)


def test_a_machine_shows_what_its_disks_do() -> None:
    """All of them together, as they were when storage was last looked at."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await stage.runtime.sleep(1300.0)
        (row,) = await stage.ask(ListVirtualMachinesMetrics(id=stage.ids["vm"]))
        disks = await disks_seen(stage)
        assert row["diskkbswrite"] >= sum(disk.diskkbswrite or 0 for disk in disks.values()) > 0
        assert row["diskwrite"].endswith(" MB")

    on_stage(body)
