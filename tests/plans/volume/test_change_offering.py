"""Another disk offering: resized and moved as it demands."""

import pytest

from core.model import errors
from core.model.commands.volume import ChangeOfferingForVolume, ResizeVolume
from core.model.records import DiskOffering, Pool, Volume
from core.plans.context import GIB
from core.plans.operation import CreateDisk, MirrorDisk, RemoveDisk, ResizeDisk, VerifyCopy
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import SmallZone

MATCH = "match.storage.pool.tags.with.disk.offering"


def _change(offering: str, **fields: object) -> ChangeOfferingForVolume:
    return ChangeOfferingForVolume(id="vol", disk_offering_id=offering, **fields)  # type: ignore[arg-type]


def _operations(plan: Plan) -> list[type]:
    return [type(step.do) for step in plan.steps if step.do is not None]


@pytest.mark.parametrize(
    ("command", "size_gib"),
    [(_change("large"), 10), (_change("custom"), 1), (_change("custom", size=3), 3)],
)
def test_a_volume_that_fits_where_it_is_is_resized_there(
    zone: SmallZone, command: ChangeOfferingForVolume, size_gib: int
) -> None:
    """To the offering's size, or the one asked for; without a change of size nothing is done."""
    zone.volume()
    plan = zone.plan(command)
    assert _operations(plan) == ([ResizeDisk] if size_gib > 1 else [])
    zone.run(plan)
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.disk_offering_id, volume.size_bytes) == (
        command.disk_offering_id,
        size_gib * GIB,
    )


def test_a_volume_that_does_not_fit_moves_if_it_may(zone: SmallZone) -> None:
    """With automigrate to a pool with the tags; the source goes before it is resized."""
    zone.volume(pool_id="nfs")
    zone.add(
        DiskOffering(id="big-ssd", name="x", display_text="x", size_bytes=9 * GIB, tags=("ssd",))
    )
    with refusal(errors.Invalid, 431, "pool/nfs"):
        zone.check(_change("big-ssd"))
    plan = zone.plan(_change("big-ssd", auto_migrate=True))
    assert _operations(plan) == [CreateDisk, VerifyCopy, RemoveDisk, ResizeDisk]
    assert plan.steps[0].actor == plan.steps[-1].actor == "pool/more"
    zone.run(plan)
    assert zone.inventory.get(Volume, "vol").pool_id == "more"


def test_a_running_machines_volume_moves_by_a_mirror(zone: SmallZone) -> None:
    """And is resized by its host."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    plan = zone.plan(_change("tagged", auto_migrate=True))
    assert _operations(plan) == [CreateDisk, MirrorDisk, RemoveDisk]


@pytest.mark.parametrize(
    ("volume", "command", "number"),
    [
        ({}, _change("small"), 431),
        ({"disk_offering_id": "tagged"}, _change("large"), 431),
        ({"disk_offering_id": "strict"}, _change("large"), 431),
        ({}, _change("secret"), 431),
        ({"size_bytes": 20 * GIB}, _change("large"), 431),
        ({"size_bytes": 20 * GIB}, _change("large", shrink_ok=True), 431),
        ({}, _change("custom", size=5000), 431),
    ],
    ids=["the same", "tags", "strict", "encrypted", "no shrinkok", "QCOW2", "custom size"],
)
def test_offerings_that_do_not_go_together(
    zone: SmallZone, volume: dict[str, object], command: ChangeOfferingForVolume, number: int
) -> None:
    """As CloudStack refuses them (semantics section 9.6)."""
    zone.add(
        DiskOffering(id="strict", name="s", display_text="s", size_bytes=GIB, size_strict=True)
    )
    zone.add(DiskOffering(id="secret", name="e", display_text="e", size_bytes=GIB, encrypt=True))
    zone.volume(**volume)  # type: ignore[arg-type]
    with pytest.raises(errors.Invalid) as refused:
        zone.check(command)
    assert (refused.value.number, bool(refused.value.hint)) == (number, True)


def test_without_the_setting_tags_may_differ(zone: SmallZone) -> None:
    """Then only the pool must have those of the new offering."""
    zone.volume(disk_offering_id="tagged", pool_id="more")
    zone.set(MATCH, value=False)
    zone.check(_change("large"))


def test_local_and_shared_volumes_go_to_pools_of_their_kind(zone: SmallZone) -> None:
    """A local offering moves the volume to its host's own disks."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    plan = zone.plan(_change("onhost", auto_migrate=True))
    assert plan.steps[0].actor == "pool/local"


def test_an_allocated_volume_only_changes_its_record(zone: SmallZone) -> None:
    """There is nothing to move or resize."""
    zone.allocated()
    plan = zone.plan(_change("tagged"))
    assert _operations(plan) == []
    zone.run(plan)
    assert zone.inventory.get(Volume, "vol").disk_offering_id == "tagged"


def test_a_resize_may_move_the_volume_too(zone: SmallZone) -> None:
    """ResizeVolume automigrate: when its pool has no room to grow it."""
    pool = zone.inventory.get(Pool, "nfs")
    zone.add(Pool(**{**_fields(pool), "capacity_bytes": GIB}))  # type: ignore[arg-type]
    zone.volume(disk_offering_id="custom")
    with refusal(errors.NoCapacity, 530, "pool/nfs"):
        zone.check(ResizeVolume(id="vol", size=8))
    plan = zone.plan(ResizeVolume(id="vol", size=8, auto_migrate=True))
    assert _operations(plan) == [CreateDisk, VerifyCopy, RemoveDisk, ResizeDisk]
    assert plan.steps[-1].actor != "pool/nfs"
    zone.run(plan)
    assert zone.inventory.get(Volume, "vol").size_bytes == 8 * GIB


def _fields(pool: Pool) -> dict[str, object]:
    return {name: getattr(pool, name) for name in pool.__struct_fields__}
