"""Links, the transfers on them, and how max-min fairness divides the links of one component.

A bundle is a set of transfers that cross the same *active* links: they all have the same rate per
weight, the bundle's `level`. `virtual` bytes per weight have flowed in it since it was empty, so a
transfer ends when `virtual` reaches its `target`, however often the level changes meanwhile: a
change costs nothing per transfer (virtual-time fair queueing, Parekh and Gallager 1993).
"""

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from typing import Final

from core.runtime import Event

ROUNDING: Final = 1 + 1e-9
DEAD_MIN: Final = 64


class Link:
    """Something that transfers share: `capacity_bytes` per second, divided by their weights.

    `active` links limit a transfer, or may; the others are slack: `floor` is a level that none of
    their transfers is above, and that even an equal division would not be below.
    """

    __slots__ = ("active", "bundles", "capacity_bytes", "floor", "name", "transfers", "weight")

    def __init__(self, name: str, capacity_bytes: float) -> None:
        self.name = name
        self.capacity_bytes = capacity_bytes
        self.transfers: dict[Transfer, None] = {}
        self.weight = 0.0
        self.active = False
        self.bundles: dict[Bundle, None] = {}
        self.floor = 0.0

    def equal_share(self) -> float:
        """Bytes per second and weight if every transfer took its part."""
        return self.capacity_bytes / self.weight if self.weight else inf


class Transfer:
    """Bytes on their way over `path`; `done` is set at their end, `cancelled` says which end."""

    __slots__ = (
        "bundle",
        "cancelled",
        "done",
        "key",
        "on_end",
        "path",
        "size_bytes",
        "target",
        "weight",
    )

    def __init__(
        self,
        path: tuple[Link, ...],
        size_bytes: float,
        weight: float,
        done: Event,
        on_end: Callable[[], None] | None,
    ) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self.weight = weight
        self.done = done
        self.on_end = on_end
        self.bundle: Bundle | None = None
        self.target = 0.0
        self.key = 0
        self.cancelled = False


class Bundle:
    """Transfers that cross the same active links.

    `ceiling` is the highest level at which no slack link of theirs can become too narrow; `due_s`
    is when to look at it next.
    """

    __slots__ = (
        "at_s",
        "ceiling",
        "count",
        "due_s",
        "entry",
        "heap",
        "level",
        "links",
        "virtual",
        "weight",
    )

    def __init__(self, links: tuple[Link, ...]) -> None:
        self.links = links
        self.heap: list[tuple[float, int, Transfer]] = []
        self.level = 0.0
        self.virtual = 0.0
        self.at_s = 0.0
        self.weight = 0.0
        self.count = 0
        self.ceiling = inf
        self.due_s = inf
        self.entry = 0

    def advance(self, now_s: float) -> None:
        """Let the bytes flow that flowed since the last change."""
        if now_s != self.at_s:
            self.virtual += self.level * (now_s - self.at_s)
            self.at_s = now_s

    def add(self, transfer: Transfer, remaining_bytes: float, serial: int) -> None:
        """Take in a transfer; the bundle must have been advanced to now."""
        if not self.count:
            self.virtual = 0.0
            for link in self.links:
                link.bundles[self] = None
        transfer.bundle = self
        transfer.key = serial
        transfer.target = target = self.virtual + remaining_bytes / transfer.weight
        heappush(self.heap, (target, serial, transfer))
        self.weight += transfer.weight
        self.count += 1
        for link in transfer.path:
            if not link.active and link.floor < self.ceiling:
                self.ceiling = link.floor

    def drop(self, transfer: Transfer) -> None:
        """Let a transfer go; its entry in the heap dies."""
        transfer.key = 0
        transfer.bundle = None
        self.count -= 1
        if self.count:
            self.weight -= transfer.weight
            if len(self.heap) > DEAD_MIN + 2 * self.count:
                self.heap = [entry for entry in self.heap if entry[2].key == entry[1]]
                heapify(self.heap)
            return
        self.weight = 0.0
        self.heap.clear()
        self.ceiling = inf
        for link in self.links:
            del link.bundles[self]

    def first(self) -> Transfer | None:
        """The transfer that ends first."""
        heap = self.heap
        while heap:
            _, key, transfer = heap[0]
            if transfer.key == key:
                return transfer
            heappop(heap)
        return None

    def remaining_bytes(self, transfer: Transfer, now_s: float) -> float:
        """What has not yet arrived of one of its transfers."""
        virtual = self.virtual + self.level * (now_s - self.at_s)
        return max(0.0, (transfer.target - virtual) * transfer.weight)


def component(link: Link) -> list[Link]:
    """The active links that depend on one another's levels with `link`."""
    found = [link]
    seen: dict[Link | Bundle, None] = {link: None}
    for reached in found:
        for bundle in reached.bundles:
            if bundle not in seen:
                seen[bundle] = None
                for other in bundle.links:
                    if other not in seen:
                        seen[other] = None
                        found.append(other)
    return found


def divide(links: Iterable[Link]) -> tuple[dict[Bundle, float], list[Link]]:
    """The max-min fair level of each bundle on the links of one component, and the links left over.

    The latter limit nobody, though they carry something.

    Progressive filling (Bertsekas and Gallager, Data Networks, section 6.5.2): the link with the
    least to give per weight fixes its bundles, and what they take is subtracted elsewhere. A link's
    offer can only rise by that, so an entry that has become stale is found when it is popped.
    """
    room = {link: link.capacity_bytes for link in links}
    weight = {link: link.weight for link in links}
    open_bundles = {link: len(link.bundles) for link in links}
    heap = [(link.equal_share(), index, link) for index, link in enumerate(room) if link.bundles]
    heapify(heap)
    levels: dict[Bundle, float] = {}
    left: list[Link] = []
    while heap:
        offer, index, link = heap[0]
        if not open_bundles[link]:
            heappop(heap)
            left.append(link)
            continue
        level = max(0.0, room[link] / weight[link])
        if level > offer:
            heapreplace(heap, (level, index, link))
            continue
        heappop(heap)
        for bundle in link.bundles:
            if bundle not in levels:
                levels[bundle] = level
                for other in bundle.links:
                    room[other] -= level * bundle.weight
                    weight[other] -= bundle.weight
                    open_bundles[other] -= 1
    return levels, left
