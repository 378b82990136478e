"""What an image store holds that may move: single images, and chains of them, which go whole."""

from collections.abc import Iterator
from typing import NamedTuple

from core.model import errors
from core.model.hypervisors import Hypervisor
from core.model.records import ImageStore, Record, Snapshot, StoreRef, Template, Volume
from core.model.states import RefState
from core.plans.context import Context
from core.plans.image_store.balance import File
from core.plans.snapshot.chain import chain

KINDS: dict[str, type[Record]] = {"template": Template, "snapshot": Snapshot, "volume": Volume}
"""Of what images move; copies that were made for a link only stay, and go when that expires."""

MOVABLE = frozenset({RefState.READY, RefState.HIDDEN})
SETTLED = MOVABLE | {
    RefState.ALLOCATED,
    RefState.DESTROYING,
    RefState.DESTROYED,
    RefState.FAILED,
}


class Holding(NamedTuple):
    """Images that move as one, each after the one that it is based on."""

    refs: tuple[StoreRef, ...]

    @property
    def file(self) -> File:
        """What deciding needs of it: all its bytes together, by the id of the first."""
        return File(self.refs[0].id, sum(image_bytes(ref) for ref in self.refs))


def image_bytes(ref: StoreRef) -> int:
    """The room that the image takes, or may take while it is not known; a change may be empty."""
    return ref.physical_bytes if ref.parent_id else ref.physical_bytes or ref.size_bytes


def whole_chain(context: Context, ref: StoreRef) -> Holding:
    """The image with all that it is based on and all that is based on those."""
    found = [chain(context, ref)[-1]]
    for parent in found:
        children = context.inventory.having(StoreRef, "parent", parent.id)
        found.extend(sorted(children, key=lambda child: (child.created_s, child.id)))
    return Holding(tuple(found))


def holdings(context: Context, store: ImageStore) -> dict[str, Holding]:
    """All that may move off the store now, by the id of the first image."""
    refs = context.inventory.having(StoreRef, "store", store.id)
    first = (ref for ref in refs if ref.of_kind in KINDS and not ref.parent_id)
    wholes = (whole_chain(context, ref) for ref in first)
    return {whole.refs[0].id: whole for whole in wholes if _may_move(context, whole)}


def _may_move(context: Context, holding: Holding) -> bool:
    settled = all(ref.state in MOVABLE for ref in holding.refs)
    return settled and not _is_simulated(context, holding.refs[0])


def _is_simulated(context: Context, ref: StoreRef) -> bool:
    """Whether it belongs to CloudStack's own simulated hypervisor, whose images are no files."""
    owner = context.inventory.find(KINDS[ref.of_kind], ref.of_id)
    return getattr(owner, "hypervisor", "") == Hypervisor.SIMULATOR


def require_settled(context: Context, store: ImageStore) -> None:
    """Raise Conflict (530) while something is being made, copied or moved there."""
    for ref in _unsettled(context, store):
        raise errors.Conflict(
            f"{ref.of_kind} {ref.of_id} on the image store is {ref.state}",
            object=f"image_store/{store.id}",
            hint=f"wait for job {ref.job_id}" if ref.job_id else "delete it first",
            number=530,
        )


def _unsettled(context: Context, store: ImageStore) -> Iterator[StoreRef]:
    refs = context.inventory.having(StoreRef, "store", store.id)
    return (ref for ref in refs if ref.state not in SETTLED)
