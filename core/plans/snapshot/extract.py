"""extractSnapshot."""

from core.model import errors
from core.model.commands.snapshot import ExtractSnapshot
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import Extraction, Snapshot, StoreRef
from core.model.states import SnapshotState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.extraction.link import (
    copy_made,
    known_link,
    new_link,
    own_copy,
    require_allowed,
    require_zone,
)
from core.plans.operation import PackImage, RemoveImage
from core.plans.snapshot_source import ready_ref, snapshot_zones, zone_of
from core.plans.step import Add, Claim, Drop, Plan, Step


def _image(context: Context, snapshot: Snapshot, zone_id: str) -> StoreRef:
    """Where an image store of the zone has it. Raises Conflict."""
    image = ready_ref(context, snapshot.id, zone_id)
    if image is None or zone_of(context, image) not in ("", zone_id):
        raise errors.Conflict(
            "no image store of the zone has the snapshot",
            object=f"snapshot/{snapshot.id}",
            hint="archiveSnapshot or copySnapshot brings it there",
        )
    return image


def check(context: Context, command: ExtractSnapshot) -> None:
    """Refuse what may not be downloaded, or is on no image store of the zone."""
    require_allowed(context)
    snapshot = context.get(Snapshot, command.id)
    is_there = command.zone_id in snapshot_zones(context, snapshot)
    require_zone(context, "snapshot", snapshot.id, is_there, command.zone_id)
    require_state(snapshot, SnapshotState.BACKED_UP, doing="extracting")
    _image(context, snapshot, command.zone_id)


def claim(context: Context, command: ExtractSnapshot) -> Claim:
    """The link there is already, or the one that will be; the snapshot is locked."""
    known = known_link(context, command.id, command.zone_id)
    link_id = known.id if known is not None else context.new_id()
    return Claim(kind="extraction", id=link_id, locks=(f"snapshot/{command.id}",))


def plan(context: Context, command: ExtractSnapshot, link_id: str) -> Plan:
    """Only a link; where a snapshot is many files, they are packed into one first."""
    if context.inventory.find(Extraction, link_id) is not None:
        return Plan(steps=())
    snapshot = context.inventory.get(Snapshot, command.id)
    image = _image(context, snapshot, command.zone_id)
    if not _is_packed(snapshot):
        made = new_link(context, link_id, snapshot, image, command.zone_id)
        return Plan(steps=(Step(name="make the link", commit=(made,)),))
    archive = own_copy(context, link_id, snapshot, image.store_id, DiskFormat.OVA)
    step = Step(
        name="pack the snapshot",
        actor=f"image_store/{image.store_id}",
        do=PackImage(path=image.path, archive=archive.path),
        undo=RemoveImage(path=archive.path),
        begin=(Add(record=archive),),
        commit=(
            copy_made(archive),
            new_link(context, link_id, snapshot, archive, command.zone_id),
        ),
        revert=(Drop(kind="store_ref", id=archive.id),),
        bytes=snapshot.physical_bytes or snapshot.size_bytes,
    )
    return Plan(steps=(step,))


def _is_packed(snapshot: Snapshot) -> bool:
    return bool(snapshot.hypervisor) and HYPERVISORS[Hypervisor(snapshot.hypervisor)].packed
