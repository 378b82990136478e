"""Chains of incremental snapshots: each holds what changed since its parent, the first one all.

Source: the guide ("Incremental Snapshots and Backup"), semantics section 5.4, docs/decisions/0021.
"""

from typing import NamedTuple

from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, Pool, Snapshot, StoreRef, Volume
from core.model.settings import pool_places
from core.model.states import RefState, SnapshotState
from core.plans.context import Context
from core.plans.snapshot.hypervisor import hypervisor_of
from core.plans.step import Drop, Effect


class Link(NamedTuple):
    """A snapshot's image, and the record of the snapshot."""

    ref: StoreRef
    snapshot: Snapshot | None


def is_incremental(context: Context, volume: Volume) -> bool:
    """Whether only what changed in the volume is backed up."""
    hypervisor = hypervisor_of(context, volume)
    pool = context.inventory.find(Pool, volume.pool_id)
    if hypervisor is Hypervisor.KVM and pool is not None:
        enabled = context.settings.flag("kvm.incremental.snapshot", *pool_places(pool))
        return enabled and volume.format is DiskFormat.QCOW2
    return hypervisor is not None and HYPERVISORS[hypervisor].incremental


def parent_of(context: Context, volume: Volume) -> StoreRef | None:
    """The image that the next snapshot is based on, None when the next one must hold all.

    That is so after a chain of snapshot.delta.max, after the volume was moved or reverted, and
    when the store that holds the chain takes in nothing more.
    """
    if volume.chain_ended or not is_incremental(context, volume):
        return None
    taken = context.inventory.having(Snapshot, "volume", volume.id)
    whole = [snapshot for snapshot in taken if snapshot.state is SnapshotState.BACKED_UP]
    if not whole:
        return None
    newest = max(whole, key=lambda snapshot: snapshot.created_s)
    for ref in context.inventory.having(StoreRef, "of", newest.id):
        store = context.inventory.get(ImageStore, ref.store_id)
        writable = store.up and not store.readonly and store.zone_id in ("", volume.zone_id)
        if ref.state is RefState.READY and writable:
            most = context.settings.whole("snapshot.delta.max")
            return ref if len(chain(context, ref)) < most else None
    return None


def chain(context: Context, ref: StoreRef) -> list[StoreRef]:
    """The image and all that it is based on, itself first."""
    found = [ref]
    while (parent := context.inventory.find(StoreRef, found[-1].parent_id)) is not None:
        found.append(parent)
    return found


def has_children(context: Context, ref: StoreRef) -> bool:
    """Whether another image holds only the changes since this one."""
    return context.inventory.has(StoreRef, "parent", ref.id)


def freed_with(context: Context, ref: StoreRef) -> list[Link]:
    """What nobody needs any more once a childless image goes: it, then hidden parents upward."""
    links = [Link(ref, None)]
    for parent in chain(context, ref)[1:]:
        siblings = len(context.inventory.having(StoreRef, "parent", parent.id))
        if parent.state is not RefState.HIDDEN or siblings > 1:
            break
        links.append(Link(parent, context.inventory.find(Snapshot, parent.of_id)))
    return links


def forgotten(context: Context, link: Link) -> tuple[Effect, ...]:
    """The records that go with an image: its own, and that of a snapshot deleted before."""
    gone: tuple[Effect, ...] = (Drop(kind="store_ref", id=link.ref.id),)
    snapshot = link.snapshot
    if snapshot is None or len(context.inventory.having(StoreRef, "of", snapshot.id)) > 1:
        return gone
    return (*gone, Drop(kind="snapshot", id=snapshot.id))
