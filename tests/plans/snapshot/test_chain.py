"""Chains: on what a snapshot is based, and what goes when one is deleted."""

import msgspec
import pytest

from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.hypervisors import Hypervisor
from core.model.records import ImageStore, Snapshot, StoreRef, Volume
from core.model.states import RefState, SnapshotState
from core.plans.operation import RemoveImage, StoreImage
from core.plans.step import Plan
from tests.small_zone import SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With volume vol of XenServer."""
    zone = SmallZone()
    zone.volume(hypervisor=Hypervisor.XENSERVER)
    return zone


def take(zone: SmallZone) -> str:
    """Take a snapshot to its end; answers its id."""
    known = {snapshot.id for snapshot in zone.inventory.all(Snapshot)}
    zone.run(zone.plan(CreateSnapshot(volume_id="vol")))
    taken = next(one for one in zone.inventory.all(Snapshot) if one.id not in known)
    refs = list(zone.inventory.having(StoreRef, "of", taken.id))
    later_s = taken.created_s + len(known)
    zone.add(
        msgspec.structs.replace(
            taken, state=SnapshotState.BACKED_UP, created_s=later_s, job_id="", pool_id=""
        )
    )
    for ref in refs:
        zone.add(msgspec.structs.replace(ref, state=RefState.READY, job_id=""))
    return taken.id


def parent(zone: SmallZone, snapshot_id: str) -> str:
    """The snapshot of which it holds the changes, as snapshot and image say alike."""
    ref = next(iter(zone.inventory.having(StoreRef, "of", snapshot_id)))
    base = zone.inventory.find(StoreRef, ref.parent_id)
    shown = zone.inventory.get(Snapshot, snapshot_id).parent_id
    assert shown == (base.of_id if base is not None else "")
    return shown


def removed(plan: Plan) -> list[str]:
    """The snapshots whose images it removes."""
    done = [step.do.path for step in plan.steps if isinstance(step.do, RemoveImage)]
    return [path.rpartition("/")[2] for path in done]


def edit_volume(zone: SmallZone, **fields: object) -> None:
    """Change volume vol."""
    zone.add(msgspec.structs.replace(zone.inventory.get(Volume, "vol"), **fields))


def test_each_holds_the_changes_since_the_last(zone: SmallZone) -> None:
    """The first one holds all."""
    ids = [take(zone) for _ in range(3)]
    assert [parent(zone, one) for one in ids] == ["", ids[0], ids[1]]


def test_a_backup_names_its_base(zone: SmallZone) -> None:
    """By the path of the image that has the rest."""
    first = take(zone)
    backup = zone.plan(CreateSnapshot(volume_id="vol")).steps[1].do
    assert isinstance(backup, StoreImage)
    assert backup.base.endswith(first)


def test_every_so_many_is_a_full_one(zone: SmallZone) -> None:
    """snapshot.delta.max in a chain, the full one among them."""
    zone.set("snapshot.delta.max", 3)
    ids = [take(zone) for _ in range(7)]
    full = [number for number, one in enumerate(ids) if not parent(zone, one)]
    assert full == [0, 3, 6]


def test_a_moved_volume_begins_a_new_chain(zone: SmallZone) -> None:
    """Once; the next is based on that one."""
    take(zone)
    edit_volume(zone, chain_ended=True)
    second, third = take(zone), take(zone)
    assert (parent(zone, second), parent(zone, third)) == ("", second)


@pytest.mark.parametrize("why", ["up", "readonly"])
def test_a_store_that_takes_nothing_in_ends_the_chain(zone: SmallZone, why: str) -> None:
    """The next one is a full one on another store."""
    take(zone)
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2"))
    zone.add(msgspec.structs.replace(store, **{why: why == "readonly"}))
    second = take(zone)
    assert parent(zone, second) == ""
    assert next(iter(zone.inventory.having(StoreRef, "of", second))).store_id == "s2"


@pytest.mark.parametrize(
    ("hypervisor", "enabled", "chained"),
    [
        (Hypervisor.XENSERVER, False, True),
        (Hypervisor.KVM, False, False),
        (Hypervisor.KVM, True, True),
        (Hypervisor.VMWARE, True, False),
    ],
)
def test_who_backs_up_increments(
    zone: SmallZone, hypervisor: Hypervisor, enabled: bool, chained: bool
) -> None:
    """XenServer always, KVM where its cluster is set so, VMware never."""
    zone.set("kvm.incremental.snapshot", enabled, "cluster", "c1")
    edit_volume(zone, hypervisor=hypervisor)
    first, second = take(zone), take(zone)
    assert parent(zone, second) == (first if chained else "")


def test_an_image_with_a_child_is_hidden_and_goes_with_it(zone: SmallZone) -> None:
    """Its snapshot is Destroyed meanwhile; nothing that is needed is removed."""
    first, second, third = (take(zone) for _ in range(3))
    plan = zone.plan(DeleteSnapshot(id=first))
    zone.run(plan)
    assert removed(plan) == []
    assert zone.inventory.get(Snapshot, first).state is SnapshotState.DESTROYED
    ref = next(iter(zone.inventory.having(StoreRef, "of", first)))
    assert ref.state is RefState.HIDDEN
    plan = zone.plan(DeleteSnapshot(id=third))
    zone.run(plan)
    assert removed(plan) == [third]
    plan = zone.plan(DeleteSnapshot(id=second))
    zone.run(plan)
    assert removed(plan) == [second, first]
    assert zone.inventory.count(Snapshot) == 0
    assert [ref.of_kind for ref in zone.inventory.all(StoreRef)] == ["template"]


def test_a_parent_that_is_still_wanted_stays(zone: SmallZone) -> None:
    """Only the child goes."""
    first, second = take(zone), take(zone)
    plan = zone.plan(DeleteSnapshot(id=second))
    zone.run(plan)
    assert removed(plan) == [second]
    assert zone.inventory.get(Snapshot, first).state is SnapshotState.BACKED_UP


def test_a_destroyed_snapshot_is_no_parent_any_more(zone: SmallZone) -> None:
    """The newest one that is left is."""
    first, second = take(zone), take(zone)
    zone.run(zone.plan(DeleteSnapshot(id=second)))
    assert parent(zone, take(zone)) == first


def test_what_was_hidden_in_one_zone_is_deleted_in_all(zone: SmallZone) -> None:
    """First its own zone's image, which others are based on; then the copy that was left."""
    first, second = take(zone), take(zone)
    ref = next(iter(zone.inventory.having(StoreRef, "of", first)))
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    zone.add(msgspec.structs.replace(ref, id="copy", store_id="s2", parent_id=""))
    zone.run(zone.plan(DeleteSnapshot(id=first, zone_id="z1")))
    assert zone.inventory.get(Snapshot, first).state is SnapshotState.BACKED_UP
    plan = zone.plan(DeleteSnapshot(id=first))
    zone.run(plan)
    assert [step.actor for step in plan.steps if step.do] == ["image_store/s2"]
    assert zone.inventory.get(Snapshot, first).state is SnapshotState.DESTROYED
    zone.run(zone.plan(DeleteSnapshot(id=second)))
    assert zone.inventory.count(Snapshot) == 0
