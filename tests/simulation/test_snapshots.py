"""Snapshots as a user meets them: backed up, chained, reverted, copied, kept, deleted."""

from typing import Any

import msgspec
import pytest

from core.model.commands.command import Command, TagAsked
from core.model.commands.snapshot import (
    ArchiveSnapshot,
    CopySnapshot,
    CreateSnapshot,
    DeleteSnapshot,
    ListSnapshots,
    RevertSnapshot,
)
from core.model.commands.volume import (
    AttachVolume,
    CreateVolume,
    DeleteVolume,
    MigrateVolume,
    ResizeVolume,
)
from core.model.hypervisors import Hypervisor
from core.model.records import Job, Pool, Snapshot, StoreRef, Volume
from core.model.states import SnapshotState
from core.views.snapshot import SnapshotView
from sim.disk.content import Blocks, Content
from sim.guest import WritePattern
from sim.spec import GIB, MIB
from tests.simulation.built import on_stage
from tests.simulation.snapshot_scenes import detached, second_zone, set_to
from tests.simulation.stage import Stage, create_pool


def content_of(stage: Stage, name: str) -> Content:
    """What is on a disk, wherever it is."""
    pools = stage.world.pools.values()
    return next(pool.disks[name] for pool in pools if name in pool.disks).content


def scribble(stage: Stage, volume_id: str, start_bytes: int, size_bytes: int = 8 * MIB) -> Content:
    """Write to a detached disk; answers what is on it then."""
    content = content_of(stage, volume_id)
    stage.world.fill(content, size_bytes, start_bytes)
    disk = next(p.disks[volume_id] for p in stage.world.pools.values() if volume_id in p.disks)
    disk.settle(stage.runtime.now())
    return content.fork()


async def listed(stage: Stage, **fields: object) -> list[SnapshotView]:
    """The rows of listSnapshots."""
    command: Command = ListSnapshots(**fields)  # type: ignore[arg-type]
    answer: Any = await stage.plane.submit(command, stage.caller)
    rows: list[SnapshotView] = answer["snapshot"]
    return rows


async def let_be(stage: Stage, volume_id: str, hypervisor: Hypervisor) -> None:
    """Let the detached volume be one of that hypervisor, in a zone whose pools serve any."""
    volume = stage.inventory.get(Volume, volume_id)
    pools = [msgspec.structs.replace(pool, hypervisor="Any") for pool in stage.inventory.all(Pool)]
    await stage.plane.found([msgspec.structs.replace(volume, hypervisor=hypervisor), *pools])


async def made_from(stage: Stage, snapshot_id: str) -> Content:
    """What is on a new volume from the snapshot."""
    volume_id = await stage.do(CreateVolume(snapshot_id=snapshot_id))
    return content_of(stage, volume_id)


@pytest.mark.parametrize("hypervisor", [Hypervisor.XENSERVER, Hypervisor.KVM])
def test_a_volume_from_any_snapshot_of_a_chain_has_the_right_bytes(
    hypervisor: Hypervisor,
) -> None:
    """Also after some of the chain were deleted; only what changed was copied each time."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        await let_be(stage, volume_id, hypervisor)
        await set_to(stage, "kvm.incremental.snapshot", value=True)
        await set_to(stage, "snapshot.show.chain.size", value=True)
        taken: list[tuple[str, Content]] = []
        for number in range(4):
            content = scribble(stage, volume_id, number * 4 * MIB)
            taken.append((await stage.do(CreateSnapshot(volume_id=volume_id)), content))
            await stage.runtime.sleep(60.0)
        rows = {row.id: row for row in await listed(stage)}
        sizes = [rows[one].physicalsize for one, _ in taken]
        assert sizes[0] > sizes[1] == sizes[2] == sizes[3] == 8 * MIB
        assert rows[taken[3][0]].chainsize == sum(sizes)
        for deleted in (0, 2):
            await stage.do(DeleteSnapshot(id=taken[deleted][0]))
        assert {row.id for row in await listed(stage)} == {taken[1][0], taken[3][0]}
        for kept in (1, 3):
            assert (await made_from(stage, taken[kept][0])).same_as(taken[kept][1])
        await stage.do(DeleteSnapshot(id=taken[3][0]))
        assert stage.inventory.count(Snapshot) == 1 + 1
        await stage.do(DeleteSnapshot(id=taken[1][0]))
        assert stage.inventory.count(Snapshot) == 0
        assert len(stage.world.stores["s1"].images) == 1

    on_stage(body)


def test_nothing_changed_means_nothing_copied() -> None:
    """The second snapshot of an idle XenServer volume takes no room."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        await let_be(stage, volume_id, Hypervisor.XENSERVER)
        first = await stage.do(CreateSnapshot(volume_id=volume_id))
        used = stage.world.stores["s1"].room.used_bytes
        second = await stage.do(CreateSnapshot(volume_id=volume_id))
        assert stage.world.stores["s1"].room.used_bytes == used
        refs = {ref.of_id: ref for ref in stage.inventory.all(StoreRef)}
        assert refs[second].parent_id == refs[first].id
        assert refs[second].physical_bytes == 0

    on_stage(body)


def test_a_running_machines_increments_hold_what_it_wrote_since() -> None:
    """Its host copies only that."""

    async def body(stage: Stage) -> None:
        stage.world.pattern_of = lambda _vm: WritePattern(hourly_bytes_per_s=(4.0 * MIB,))
        await stage.machine()
        await set_to(stage, "kvm.incremental.snapshot", value=True)
        volume_id = stage.ids["data"]
        first = await stage.do(CreateSnapshot(volume_id=volume_id))
        await stage.runtime.sleep(5.0)
        second = await stage.do(CreateSnapshot(volume_id=volume_id))
        sizes = {one.id: one.physical_bytes for one in stage.inventory.all(Snapshot)}
        assert 0 < sizes[second] < sizes[first]
        image = stage.world.stores["s1"].images
        paths = {ref.of_id: ref.path for ref in stage.inventory.all(StoreRef)}
        whole = image[paths[second]].content
        assert (await made_from(stage, second)).same_as(whole)

    on_stage(body)


def test_a_moved_volume_begins_a_new_chain() -> None:
    """The next snapshot after a migration is a full one."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        await let_be(stage, volume_id, Hypervisor.XENSERVER)
        await stage.do(CreateSnapshot(volume_id=volume_id))
        last = await stage.do(CreateSnapshot(volume_id=volume_id))
        assert stage.inventory.get(Snapshot, last).parent_id
        pool = stage.other_pool("data")
        await stage.do(MigrateVolume(volume_id=volume_id, storage_id=pool))
        await let_be(stage, volume_id, Hypervisor.XENSERVER)
        full = await stage.do(CreateSnapshot(volume_id=volume_id))
        assert stage.inventory.get(Snapshot, full).parent_id == ""
        after = await stage.do(CreateSnapshot(volume_id=volume_id))
        assert stage.inventory.get(Snapshot, after).parent_id == full

    on_stage(body)


@pytest.mark.parametrize("inside", [True, False])
def test_a_reverted_volume_is_as_it_was(inside: bool) -> None:
    """Bytes, size and counts; from inside the disk or from the image store."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        await set_to(stage, "snapshot.backup.to.secondary", value=not inside)
        before = scribble(stage, volume_id, 0)
        snapshot_id = await stage.do(CreateSnapshot(volume_id=volume_id))
        await stage.do(ResizeVolume(id=volume_id, size=3))
        scribble(stage, volume_id, 2 * GIB)
        assert (await listed(stage))[0].revertable
        await stage.do(RevertSnapshot(id=snapshot_id))
        assert content_of(stage, volume_id).same_as(before)
        assert stage.volume("data").size_bytes == GIB
        await stage.do(AttachVolume(id=volume_id, virtual_machine_id=stage.ids["vm"]))

    on_stage(body)


def test_copies_are_rows_of_their_zones_and_go_one_by_one() -> None:
    """Made with the snapshot or later, listed by zone, deleted by zone."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        await second_zone(stage)
        before = scribble(stage, volume_id, 0)
        one = await stage.do(CreateSnapshot(volume_id=volume_id, zone_ids=("z2",)))
        two = await stage.do(CreateSnapshot(volume_id=volume_id))
        await stage.do(CopySnapshot(id=two, dest_zone_id="z2"))
        rows = [(row.id, row.zoneid, row.datastorename) for row in await listed(stage)]
        assert sorted(rows) == sorted(
            (each, zone, store)
            for each in (one, two)
            for zone, store in (("z1", "s1"), ("z2", "s2"))
        )
        assert len(await listed(stage, show_unique=True)) == 2
        assert len(await listed(stage, zone_id="z2")) == 2
        images = stage.world.stores["s2"].images.values()
        assert all(image.content.same_as(before) for image in images)
        await stage.do(DeleteSnapshot(id=one, zone_id="z2"))
        assert [row.id for row in await listed(stage, zone_id="z2")] == [two]
        assert {row.state for row in await listed(stage)} == {"BackedUp"}
        await stage.do(DeleteSnapshot(id=two))
        assert stage.world.stores["s2"].images == {}

    on_stage(body)


def test_a_copy_that_fails_does_not_undo_the_snapshot() -> None:
    """The other zone's image store is full."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        await second_zone(stage)
        stage.world.stores["s2"].room.capacity_bytes = 0
        stage.ids["snapshot"] = await stage.do(
            CreateSnapshot(volume_id=volume_id, zone_ids=("z2",))
        )
        assert [row.zoneid for row in await listed(stage)] == ["z1"]
        assert stage.inventory.get(Snapshot, stage.ids["snapshot"]).state == "BackedUp"

    on_stage(body)


def test_an_archived_snapshot_moves_to_the_image_store() -> None:
    """Bytes, location and what it counts as."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        before = scribble(stage, volume_id, 0)
        await set_to(stage, "snapshot.backup.to.secondary", value=False)
        snapshot_id = await stage.do(CreateSnapshot(volume_id=volume_id))
        assert [row.locationtype for row in await listed(stage)] == ["PRIMARY"]
        assert stage.inventory.total("account.secondary_bytes", "admin") == 200 * MIB
        await stage.do(ArchiveSnapshot(id=snapshot_id))
        assert [row.locationtype for row in await listed(stage)] == ["SECONDARY"]
        assert stage.inventory.total("account.secondary_bytes", "admin") > 200 * MIB
        assert (await made_from(stage, snapshot_id)).same_as(before)

    on_stage(body)


def test_a_snapshot_outlives_its_volume_and_its_volumes_inherit_the_offering() -> None:
    """No disk offering is named when the volume is gone."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        before = scribble(stage, volume_id, 0)
        snapshot_id = await stage.do(CreateSnapshot(volume_id=volume_id))
        await stage.do(DeleteVolume(id=volume_id))
        made = await stage.do(CreateVolume(snapshot_id=snapshot_id))
        assert stage.inventory.get(Volume, made).disk_offering_id == stage.ids["disk"]
        assert content_of(stage, made).same_as(before)
        await stage.do(DeleteSnapshot(id=snapshot_id))

    on_stage(body)


def test_tags_and_types_find_snapshots() -> None:
    """By tag, by type, by where they are."""

    async def body(stage: Stage) -> None:
        volume_id = await detached(stage)
        tagged = await stage.do(
            CreateSnapshot(volume_id=volume_id, tags=(TagAsked(key="team", value="red"),))
        )
        await stage.do(CreateSnapshot(volume_id=volume_id))
        found = await listed(stage, tags=(TagAsked(key="team", value="red"),))
        assert [row.id for row in found] == [tagged]
        assert [(tag.key, tag.value) for tag in found[0].tags or ()] == [("team", "red")]
        assert len(await listed(stage, snapshot_type="manual")) == 2
        assert len(await listed(stage, snapshot_type="recurring")) == 0
        assert len(await listed(stage, location_type="secondary")) == 2

    on_stage(body)


def test_a_kvm_machine_stands_still_while_its_memory_is_written() -> None:
    """For as long as that takes it writes nothing; then it goes on."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        volume_id = stage.ids["data"]
        guest = next(guest for host in stage.world.hosts.values() for guest in host.guests.values())
        number = content_of(stage, volume_id).last
        paused_s = 0.0
        async with stage.runtime.nursery() as nursery:
            nursery.start_soon(stage.do, CreateSnapshot(volume_id=volume_id))
            while not guest.paused:
                await stage.runtime.sleep(0.001)
            slot = guest.slots[stage.volume("data").device_id]
            stage.world.catch_up(guest, slot)
            number = slot.disk.content.last
            while guest.paused:
                stage.world.catch_up(guest, slot)
                assert slot.disk.content.last == number
                paused_s += 0.01
                await stage.runtime.sleep(0.01)
        speed_bytes = 1.175e9
        assert paused_s == pytest.approx(guest.vm.memory_bytes / speed_bytes, abs=0.05)
        await stage.runtime.sleep(5.0)
        stage.world.catch_up(guest, slot)
        assert slot.disk.content.last > number

    on_stage(body)


def test_a_snapshot_in_progress_is_not_lost_when_its_caller_asks_twice() -> None:
    """Two at a time of one machine: the second waits, both are whole."""

    async def body(stage: Stage) -> None:
        await stage.machine()
        await stage.do(create_pool("r1", "rbd"))
        volumes = (stage.ids["data"], stage.ids["root"])
        async with stage.runtime.nursery() as nursery:
            for volume_id in volumes:
                nursery.start_soon(stage.do, CreateSnapshot(volume_id=volume_id))
        states = {snapshot.state for snapshot in stage.inventory.all(Snapshot)}
        assert states == {SnapshotState.BACKED_UP}
        assert isinstance(content_of(stage, volumes[0]), Blocks)
        assert all(job.failure is None for job in stage.inventory.all(Job))

    on_stage(body)
