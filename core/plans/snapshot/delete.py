"""deleteSnapshot."""

from core.model import errors
from core.model.commands.snapshot import DeleteSnapshot
from core.model.records import Pool, Snapshot, StoreRef, Volume, Zone
from core.model.states import RefState, SnapshotState, VolumeState
from core.plans.admission import require_state, volume_locks
from core.plans.context import Context
from core.plans.operation import RemoveImage
from core.plans.snapshot.chain import (
    Link,
    forgotten,
    freed_with,
    has_children,
    is_incremental,
)
from core.plans.snapshot.copies import zone_within
from core.plans.snapshot.take import forget_primary
from core.plans.step import Change, Claim, Drop, Effect, Plan, Step, change

GROUPED = frozenset({"GROUP", "FROM_GROUP"})


def check(context: Context, command: DeleteSnapshot) -> None:
    """Refuse while something works on it, or with it (semantics section 5.5)."""
    snapshot = context.get(Snapshot, command.id)
    require_state(
        snapshot,
        SnapshotState.ALLOCATED,
        SnapshotState.CREATED_ON_PRIMARY,
        SnapshotState.BACKED_UP,
        SnapshotState.ERROR,
        doing="deleting",
    )
    require_ungrouped(snapshot)
    for volume in context.inventory.having(Volume, "origin", snapshot.id):
        if volume.state is VolumeState.CREATING:
            raise errors.Conflict(
                f"volume {volume.id} is being made from it",
                object=f"snapshot/{snapshot.id}",
                hint=f"wait for job {volume.job_id}",
                number=530,
            )
        if volume.state is VolumeState.ALLOCATED and volume.vm_id:
            raise errors.Conflict(
                f"the root disk of machine {volume.vm_id} is yet to be made from it",
                object=f"snapshot/{snapshot.id}",
                hint="start the machine once, or expunge it",
                number=530,
            )
    if command.zone_id is not None:
        context.inventory.get(Zone, command.zone_id)
        if not _refs(context, snapshot, command.zone_id):
            raise errors.NotFound(
                "the zone has no copy of the snapshot",
                object=f"zone/{command.zone_id}",
                hint="listSnapshots shows its zones",
            )


def require_ungrouped(snapshot: Snapshot) -> None:
    """Raise Invalid for one that belongs to the snapshot of a whole machine."""
    if snapshot.type in GROUPED:
        raise errors.Invalid(
            "the snapshot belongs to one of a whole machine",
            object=f"snapshot/{snapshot.id}",
            hint="deleteVMSnapshot and revertToVMSnapshot work on all of its parts",
        )


def _refs(context: Context, snapshot: Snapshot, zone_id: str | None) -> list[StoreRef]:
    refs = context.inventory.having(StoreRef, "of", snapshot.id)
    return [ref for ref in refs if zone_id in (None, zone_within(context, ref, snapshot))]


def claim(context: Context, command: DeleteSnapshot) -> Claim:
    """Lock the snapshot; and its volume, while its pool or a chain holds a part of it."""
    snapshot = context.get(Snapshot, command.id)
    own = f"snapshot/{snapshot.id}"
    volume = context.inventory.find(Volume, snapshot.volume_id)
    refs = context.inventory.having(StoreRef, "of", snapshot.id)
    linked = any(ref.parent_id or has_children(context, ref) for ref in refs)
    if volume is not None and (snapshot.pool_id or linked or is_incremental(context, volume)):
        return Claim(kind="snapshot", id=snapshot.id, locks=(own, *volume_locks(volume)))
    chained = (f"volume/{snapshot.volume_id}",) if linked else ()
    return Claim(kind="snapshot", id=snapshot.id, locks=(own, *chained))


def plan(context: Context, command: DeleteSnapshot, snapshot_id: str) -> Plan:
    """Remove it from the pool, then from every image store, then the record.

    An image that others hold the changes since stays, hidden; the last of those takes it along.
    """
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    refs = _refs(context, snapshot, command.zone_id)
    stays_elsewhere = command.zone_id is not None and len(refs) < len(
        _refs(context, snapshot, None)
    )
    if stays_elsewhere:
        return Plan(steps=_images(context, refs, command.zone_id or ""))
    begin: tuple[Effect, ...] = ()
    if snapshot.state is SnapshotState.BACKED_UP:
        begin = (change(snapshot, "DestroyRequested"),)
    steps = [Step(name="mark the snapshot", begin=begin, final=True)]
    if snapshot.pool_id and context.inventory.find(Volume, snapshot.volume_id) is not None:
        pool = context.inventory.get(Pool, snapshot.pool_id)
        volume = context.inventory.get(Volume, snapshot.volume_id)
        steps.append(forget_primary(snapshot, volume, pool))
    steps.extend(_images(context, refs))
    steps.append(Step(name="forget the snapshot", commit=_end(context, snapshot), final=True))
    return Plan(steps=tuple(steps))


def _end(context: Context, snapshot: Snapshot) -> tuple[Effect, ...]:
    """The record goes, or is Destroyed while others are based on its image."""
    refs = context.inventory.having(StoreRef, "of", snapshot.id)
    if any(has_children(context, ref) for ref in refs):
        return (change(snapshot, "OperationSucceeded"),)
    return (Drop(kind="snapshot", id=snapshot.id),)


def _images(context: Context, refs: list[StoreRef], zone_id: str = "") -> tuple[Step, ...]:
    """Hide the images that others are based on; remove the rest, and what nobody needs then."""
    where = f" of zone {zone_id}" if zone_id else ""
    hidden: tuple[Change, ...] = tuple(
        change(ref, "HideRequested")
        for ref in refs
        if ref.state is RefState.READY and has_children(context, ref)
    )
    steps: list[Step] = []
    if hidden:
        steps.append(Step(name="hide what others are based on", commit=hidden, final=True))
    for ref in refs:
        if not has_children(context, ref):
            steps.extend(_removal(context, link, where) for link in freed_with(context, ref))
    return tuple(steps)


def _removal(context: Context, link: Link, where: str) -> Step:
    return Step(
        name=f"remove it from the image store{where}",
        actor=f"image_store/{link.ref.store_id}",
        do=RemoveImage(path=link.ref.path),
        commit=forgotten(context, link),
        final=True,
    )
