"""Where the bytes of a snapshot, or of a template, can be read."""

from core.model import errors
from core.model.records import Pool, Snapshot, StoreRef, Template
from core.model.states import PoolState, RefState
from core.plans.context import Context
from core.plans.step import DiskAt, ImageAt, Source


def ready_ref(context: Context, of_id: str) -> StoreRef | None:
    """The image of a template or snapshot on a store, if it is complete on any."""
    for ref in context.inventory.having(StoreRef, "of", of_id):
        if ref.state is RefState.READY:
            return ref
    return None


def snapshot_source(context: Context, snapshot: Snapshot) -> Source:
    """On an image store, else on its pool. Raises Unavailable."""
    ref = ready_ref(context, snapshot.id)
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


def template_source(context: Context, template: Template) -> ImageAt:
    """On an image store. Raises Unavailable."""
    ref = ready_ref(context, template.id)
    if ref is None:
        raise errors.Unavailable(
            f"the template is {template.state}, not ready on any image store",
            object=f"template/{template.id}",
            hint="listTemplates shows isready and status",
            number=530,
        )
    return ImageAt(store_id=ref.store_id, path=ref.path)
