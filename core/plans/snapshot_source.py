"""Where the bytes of snapshots and templates are, and which are lost with a disk."""

from core.model import errors
from core.model.records import ImageStore, Pool, Snapshot, StoreRef, Template, VmSnapshot, Volume
from core.model.states import READABLE, PoolState, VmSnapshotState
from core.plans.context import Context
from core.plans.operation import DiskAt, ImageAt, Source
from core.plans.step import Change, Drop, Effect


def ready_ref(context: Context, of_id: str, zone_id: str = "") -> StoreRef | None:
    """The image of a template or snapshot on a store, if it is complete on any.

    zone_id: one that this zone's stores have is taken first.
    """
    refs = context.inventory.having(StoreRef, "of", of_id)
    ready = [ref for ref in refs if ref.state in READABLE]
    near = (ref for ref in ready if zone_id and zone_of(context, ref) in ("", zone_id))
    return next(near, ready[0] if ready else None)


def zone_of(context: Context, ref: StoreRef) -> str:
    """The zone of an image, "" on a store of all zones."""
    store = context.inventory.find(ImageStore, ref.store_id)
    return store.zone_id if store is not None else ""


def snapshot_zones(context: Context, snapshot: Snapshot) -> frozenset[str]:
    """Its own zone, and those that have a copy."""
    refs = context.inventory.having(StoreRef, "of", snapshot.id)
    there = (zone_of(context, ref) for ref in refs if ref.state in READABLE)
    return frozenset({snapshot.zone_id, *there}) - {""}


def snapshot_source(context: Context, snapshot: Snapshot, zone_id: str = "") -> Source:
    """On an image store, best of that zone, else on its pool. Raises Unavailable."""
    ref = ready_ref(context, snapshot.id, zone_id or snapshot.zone_id)
    if ref is not None:
        return ImageAt(store_id=ref.store_id, path=ref.path)
    pool = context.inventory.find(Pool, snapshot.pool_id)
    if pool is not None and pool.state is PoolState.UP:
        return DiskAt(pool_id=pool.id, name=snapshot.volume_id, snapshot=snapshot.id)
    raise errors.Unavailable(
        "the snapshot is on no image store and no pool that is Up",
        object=f"snapshot/{snapshot.id}",
        hint="listSnapshots shows where its copies are",
        number=530,
    )


def template_source(context: Context, template: Template, zone_id: str = "") -> ImageAt:
    """On an image store of the zone, or of any when none is named. Raises Unavailable."""
    ref = ready_ref(context, template.id, zone_id)
    if ref is None or (zone_id and (zone_of(context, ref) or template.zone_id) != zone_id):
        elsewhere = zone_id and ready_ref(context, template.id) is not None
        raise errors.Unavailable(
            "no image store of the zone has the template"
            if elsewhere
            else f"the template is {template.state}, not ready on any image store",
            object=f"template/{template.id}",
            hint="copyTemplate brings it to a zone"
            if elsewhere
            else "listTemplates shows isready and status",
            number=530,
        )
    return ImageAt(store_id=ref.store_id, path=ref.path)


def lost_with_disk(context: Context, volume: Volume) -> tuple[Effect, ...]:
    """What becomes of the snapshots inside a disk that goes (semantics section 9.4).

    Those that an image store has lose only their copy on the pool, the others are gone too.
    """
    effects: list[Effect] = []
    for snapshot in context.inventory.having(Snapshot, "volume", volume.id):
        if not snapshot.pool_id:
            continue
        if ready_ref(context, snapshot.id) is None:
            effects.append(Drop(kind="snapshot", id=snapshot.id))
        else:
            effects.append(Change(kind="snapshot", id=snapshot.id, fields={"pool_id": ""}))
    return tuple(effects)


def require_backed_up(context: Context, volume: Volume) -> None:
    """Raise Conflict (530) when a snapshot would be lost with the volume's disk."""
    for snapshot in context.inventory.having(Snapshot, "volume", volume.id):
        if snapshot.pool_id and ready_ref(context, snapshot.id) is None:
            raise errors.Conflict(
                f"snapshot {snapshot.id} of the volume is only on its pool",
                object=f"volume/{volume.id}",
                hint="delete the snapshot first",
                number=530,
            )
    for taken in context.inventory.having(VmSnapshot, "vm", volume.vm_id):
        if volume.id in taken.disks and taken.state is not VmSnapshotState.ERROR:
            raise errors.Conflict(
                f"snapshot {taken.id} of the whole machine lies inside the volume's disk",
                object=f"volume/{volume.id}",
                hint="deleteVMSnapshot first",
                number=530,
            )
