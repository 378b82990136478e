"""Which images go where when an image store is emptied or several are evened out.

Pure: files with sizes and stores with room become moves, skips and why. Source: semantics section
6.5; where this differs, docs/decisions/0023-room-for-whole-chains.md says why.
"""

from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import NamedTuple


class File(NamedTuple):
    """What moves as one: an image, or a chain of them with all its bytes together."""

    id: str
    size_bytes: int


class Room(NamedTuple):
    """What an image store has and what of that is free, in bytes."""

    id: str
    free_bytes: int
    total_bytes: int

    @property
    def free_share(self) -> float:
        """Free bytes of all bytes; 0 when it has none."""
        return self.free_bytes / self.total_bytes if self.total_bytes else 0.0


class Move(NamedTuple):
    """A file goes to a store."""

    file_id: str
    store_id: str


class Skip(NamedTuple):
    """A file stays, and why."""

    file_id: str
    why: str


class Decision(NamedTuple):
    """What is to be done. stopped: why files after the last one named were not looked at."""

    moves: tuple[Move, ...] = ()
    skips: tuple[Skip, ...] = ()
    stopped: str = ""


class _Rooms:
    """The stores as they will be once all that was decided is done; the source is the first."""

    def __init__(self, source: Room, others: Sequence[Room]) -> None:
        self.source_id = source.id
        self._rooms = {room.id: room for room in (source, *others)}

    def freest(self, *, but: str = "") -> Room:
        """The store with most free bytes, the first by id among equals."""
        rooms = (room for room in self._rooms.values() if room.id != but)
        return min(rooms, key=lambda room: (-room.free_bytes, room.id))

    def variation(self) -> float:
        """How uneven the stores are (`coefficient_of_variation`)."""
        return coefficient_of_variation(list(self._rooms.values()))

    def after(self, file: File, target_id: str) -> "_Rooms":
        """The stores once the file has gone there."""
        moved = dict(self._rooms)
        source, target = moved[self.source_id], moved[target_id]
        freed, filled = source.free_bytes + file.size_bytes, target.free_bytes - file.size_bytes
        moved[source.id] = source._replace(free_bytes=freed)
        moved[target_id] = target._replace(free_bytes=filled)
        return _Rooms(moved.pop(source.id), list(moved.values()))


def coefficient_of_variation(rooms: Sequence[Room]) -> float:
    """Population standard deviation of the free shares by their mean; 0 when nothing is free."""
    shares = [room.free_share for room in rooms]
    mean = fmean(shares)
    return pstdev(shares) / mean if mean > 0 else 0.0


def biggest_first(files: Sequence[File]) -> list[File]:
    """The order in which files are looked at; equals go by id."""
    return sorted(files, key=lambda file: (-file.size_bytes, file.id))


def empty_store(
    files: Sequence[File], source: Room, others: Sequence[Room], *, used_share_max: float
) -> Decision:
    """Move all files off the source, each to the store with most room.

    used_share_max: no store is filled further (secondary.storage.capacity.threshold). Once the
    freest one is over it already, the rest stays.
    """
    rooms = _Rooms(source, others)
    moves: list[Move] = []
    skips: list[Skip] = []
    for file in biggest_first(files):
        target = rooms.freest(but=source.id)
        if _used_share(target, 0) > used_share_max:
            why = f"the image store with most room is over the share of {used_share_max:g}"
            return Decision(tuple(moves), tuple(skips), why)
        why = _why_unfit(file, target, used_share_max)
        if why:
            skips.append(Skip(file.id, why))
            continue
        moves.append(Move(file.id, target.id))
        rooms = rooms.after(file, target.id)
    return Decision(tuple(moves), tuple(skips))


def is_balanced(source: Room, others: Sequence[Room], imbalance: float) -> bool:
    """Whether the stores are even enough (image.store.imbalance.threshold) to leave them alone."""
    return coefficient_of_variation([source, *others]) < imbalance


def balance_stores(
    files: Sequence[File],
    source: Room,
    others: Sequence[Room],
    *,
    imbalance: float,
    used_share_max: float,
) -> Decision:
    """Move files off the source until the stores are even enough; no move makes them less even."""
    rooms = _Rooms(source, others)
    moves: list[Move] = []
    skips: list[Skip] = []
    for file in biggest_first(files):
        if rooms.variation() <= imbalance:
            return Decision(tuple(moves), tuple(skips), "the image stores are balanced")
        target = rooms.freest()
        if target.id == source.id:
            return Decision(tuple(moves), tuple(skips), "no image store has more room")
        why = _why_unfit(file, target, used_share_max) or _why_worse(file, target, rooms)
        if why:
            skips.append(Skip(file.id, why))
            continue
        moves.append(Move(file.id, target.id))
        rooms = rooms.after(file, target.id)
    return Decision(tuple(moves), tuple(skips))


def _used_share(room: Room, more_bytes: int) -> float:
    used = room.total_bytes - room.free_bytes + more_bytes
    return used / room.total_bytes if room.total_bytes else 1.0


def _why_unfit(file: File, room: Room, used_share_max: float) -> str:
    if file.size_bytes > room.free_bytes:
        return f"{file.size_bytes} bytes are more than {room.free_bytes} free ones"
    if _used_share(room, file.size_bytes) > used_share_max:
        return f"the image store would be over the share of {used_share_max:g}"
    return ""


def _why_worse(file: File, room: Room, rooms: _Rooms) -> str:
    grows = rooms.after(file, room.id).variation() > rooms.variation()
    return "the image stores would be less even" if grows else ""
