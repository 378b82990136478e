"""Image stores and chains of images on the small zone."""

import msgspec

from core.model.records import ImageStore, Snapshot, StoreRef
from core.model.states import RefState, SnapshotState
from core.plans.context import GIB
from tests.small_zone import SmallZone


def store(zone: SmallZone, id: str, **fields: object) -> ImageStore:
    """An empty image store of zone z1, like s1 unless told otherwise."""
    first = zone.inventory.get(ImageStore, "s1")
    given = {"id": id, "name": id, "url": f"nfs://{id}/export", **fields}
    return zone.add(msgspec.structs.replace(first, **given))


def image(zone: SmallZone, id: str, gib: int, parent: str = "", **fields: object) -> StoreRef:
    """A backed up snapshot of volume vol, with an image of that size on s1."""
    zone.add(
        Snapshot(
            id=id,
            name=id,
            account_id="alice",
            domain_id="sales",
            zone_id="z1",
            volume_id="vol",
            volume_name="vol",
            volume_type="DATADISK",
            size_bytes=gib * GIB,
            state=SnapshotState.BACKED_UP,
        )
    )
    parent_id = f"ref-{parent}" if parent else ""
    sizes = {"size_bytes": gib * GIB, "physical_bytes": gib * GIB}
    given = {**sizes, "parent_id": parent_id, **fields}
    return zone.ref(id, "snapshot", **given)


def chained(zone: SmallZone, root_state: RefState = RefState.READY) -> list[StoreRef]:
    """A chain of three images on s1, together 10 GiB."""
    return [
        image(zone, "one", 8, state=root_state),
        image(zone, "two", 1, "one"),
        image(zone, "three", 1, "two"),
    ]
