"""The guide's stories of volumes, end to end on the simulated zone."""

from typing import cast

import msgspec
import pytest

from core.model.commands.command import Role
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot, ListSnapshots
from core.model.commands.volume import (
    AssignVolume,
    AttachVolume,
    ChangeOfferingForVolume,
    CheckVolume,
    CreateVolume,
    DeleteVolume,
    DestroyVolume,
    DetachVolume,
    ListVolumes,
    ListVolumesMetrics,
    RecoverVolume,
    ResizeVolume,
    UpdateVolume,
)
from core.model.errors import Conflict
from core.model.records import Account, Volume
from core.views.volume import VolumeMetricsView, VolumeView
from sim.spec import GIB
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, play
from tests.simulation.volume_scenes import detached

DAY_S = 86400.0


async def listed(stage: Stage, command: ListVolumes) -> list[VolumeView]:
    """The volumes that a list answers."""
    answer = await stage.plane.submit(command, stage.caller)
    assert isinstance(answer, dict)
    return cast("list[VolumeView]", answer["volume"])


def test_a_new_volume_takes_room_when_it_is_first_attached() -> None:
    """Until then it is only a record, without a pool."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            volume = await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"], name="mine"))
            (view,) = await listed(stage, ListVolumes(name="mine"))
            assert (view.state, view.storageid, view.hypervisor) == ("Allocated", None, None)
            await stage.do(AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"]))
            (view,) = await listed(stage, ListVolumes(name="mine"))
            assert (view.state, view.vmname, view.hypervisor) == ("Ready", "vm", "KVM")
            assert view.storageid

    play(body)


def test_a_destroyed_volume_can_be_recovered_until_garbage_collection() -> None:
    """It is removed a day after it was destroyed, at the next daily look, and not before."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            await stage.do(DestroyVolume(id=volume))
            await stage.do(RecoverVolume(id=volume))
            await stage.do(AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"]))
            await stage.do(DetachVolume(id=volume))
            await stage.do(DestroyVolume(id=volume))
            await stage.runtime.sleep(0.9 * DAY_S)
            (view,) = await listed(stage, ListVolumes(id=volume))
            assert (view.state, view.destroyed) == ("Destroy", True)
            await stage.runtime.sleep(1.2 * DAY_S)
            assert await listed(stage, ListVolumes(id=volume)) == []
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_volume_without_a_date_of_destruction_gets_the_full_delay() -> None:
    """Garbage collection dates it at its first look, and removes it a day later."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            await stage.do(DestroyVolume(id=volume))
            known = stage.inventory.get(Volume, volume)
            await stage.plane.found([msgspec.structs.replace(known, destroyed_s=0.0)])
            await stage.runtime.sleep(1.5 * DAY_S)
            assert stage.inventory.get(Volume, volume).destroyed_s
            await stage.runtime.sleep(2 * DAY_S)
            assert stage.inventory.find(Volume, volume) is None

    play(body)


def test_garbage_collection_can_be_turned_off() -> None:
    """Then destroyed volumes stay."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(UpdateConfiguration(name="storage.cleanup.enabled", value="false"))
            volume = await detached(stage)
            await stage.do(DestroyVolume(id=volume))
            await stage.runtime.sleep(3 * DAY_S)
            assert stage.inventory.get(Volume, volume).state == "Destroy"

    play(body)


def test_deleting_a_volume_keeps_its_snapshots() -> None:
    """New volumes can still be made from them."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            snapshot = await stage.do(CreateSnapshot(volume_id=volume))
            await stage.do(DeleteVolume(id=volume))
            answer = await stage.plane.submit(ListSnapshots(id=snapshot), stage.caller)
            assert isinstance(answer, dict)
            assert answer["count"] == 1

    play(body)


def test_a_protected_volume_must_be_freed_before_it_is_deleted() -> None:
    """UpdateVolume sets and clears the protection."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            await stage.do(UpdateVolume(id=volume, delete_protection=True, name="dear"))
            (view,) = await listed(stage, ListVolumes(id=volume))
            assert (view.name, view.deleteprotection) == ("dear", True)
            with pytest.raises(Conflict):
                await stage.do(DeleteVolume(id=volume))
            await stage.do(UpdateVolume(id=volume, delete_protection=False))
            await stage.do(DeleteVolume(id=volume))

    play(body)


def test_a_volume_grows_and_shrinks_by_size_and_by_offering() -> None:
    """Truncation needs shrinkok, and a closed disk."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            double = (await stage.do(CreateDiskOffering(name="double", disk_size=2)))["id"]
            await stage.do(ChangeOfferingForVolume(id=volume, disk_offering_id=double))
            (view,) = await listed(stage, ListVolumes(id=volume))
            assert (view.size, view.diskofferingname) == (2 * GIB, "double")
            await stage.do(ResizeVolume(id=volume, size=1, shrink_ok=True))
            assert stage.inventory.get(Volume, volume).size_bytes == GIB
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_checked_volume_shows_what_was_found() -> None:
    """The simulated disk is sound."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            await stage.do(CheckVolume(id=volume, repair="all"))
            (view,) = await listed(stage, ListVolumes(id=volume))
            assert view.volumecheckresult is not None
            assert view.volumecheckresult["check-errors"] == "0"
            assert view.volumerepairresult is not None

    play(body)


def test_a_volume_given_away_is_the_others() -> None:
    """Lists show its new owner."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            volume = await detached(stage)
            other = Account(id="carol", name="carol", domain_id="ROOT", role=Role.USER)
            await stage.plane.found([other])
            await stage.do(AssignVolume(volume_id=volume, account_id=other.id))
            (view,) = await listed(stage, ListVolumes(id=volume))
            assert view.account == other.name

    play(body)


def test_metrics_are_collected_every_ten_minutes() -> None:
    """Sizes come with the first look, rates with the second; a closed disk has none."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            metrics = ListVolumesMetrics(id=stage.ids["root"])
            await stage.runtime.sleep(1300.0)
            (view,) = await listed(stage, metrics)
            assert isinstance(view, VolumeMetricsView)
            assert view.sizegb == "1.00 GB"
            assert view.physicalsize
            assert view.utilization
            assert view.diskkbswrite
            assert view.diskiopstotal == (view.diskioread or 0) + (view.diskiowrite or 0)
            await stage.do(DetachVolume(id=stage.ids["data"]))
            await stage.runtime.sleep(1300.0)
            (closed,) = await listed(stage, ListVolumesMetrics(id=stage.ids["data"]))
            assert (closed.diskioread, closed.virtualsize) == (None, GIB)

    play(body)


def test_lists_filter_by_every_parameter() -> None:
    """Service offering, visibility, encryption, and the count alone."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            offering = stage.ids["offering"]
            roots = await listed(stage, ListVolumes(service_offering_id=offering))
            assert [view.id for view in roots] == [stage.ids["root"]]
            assert len(await listed(stage, ListVolumes(is_encrypted=False))) == 2
            assert await listed(stage, ListVolumes(is_encrypted=True)) == []
            await stage.do(UpdateVolume(id=stage.ids["data"], display_volume=False))
            hidden = await listed(stage, ListVolumes(display_volume=False))
            assert [view.id for view in hidden] == [stage.ids["data"]]
            counted = ListVolumes(retrieve_only_resource_count=True)
            answer = await stage.plane.submit(counted, stage.caller)
            assert answer == {"count": 2, "volume": []}

    play(body)
