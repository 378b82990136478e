"""Transfers over paths of shared links at max-min fair rates; one alarm for the whole network.

Only links that limit somebody are *active*; the rest are slack and cost nothing. Where each
transfer crosses one active link, an event costs O(log n) of that link's transfers; where active
links are tangled, their component is divided anew. A slack link becomes active before it can be
too narrow: every level stays below a ceiling, every ceiling below the floor of each slack link
crossed, every floor below what an equal division of that link gives.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from math import inf, sqrt
from typing import Final

from core.runtime import Nursery, Runtime
from sim.flow.share import ROUNDING, Bundle, Link, Transfer, component, divide

SLACK_RATIO: Final = 2.0
STALE_MIN: Final = 1024


class Network:
    """All transfers of a site. `nursery` holds the alarm and must outlive the transfers."""

    def __init__(self, runtime: Runtime, nursery: Nursery) -> None:
        self._runtime = runtime
        self._now = runtime.now
        self._nursery = nursery
        self._bundles: dict[tuple[Link, ...], Bundle] = {}
        self._calendar: list[tuple[float, int, Bundle]] = []
        self._components: dict[Link, list[Link]] = {}
        self._tangled: dict[Link, None] = {}
        self._armed_s = inf
        self._serial = 0

    def start(
        self,
        path: tuple[Link, ...],
        size_bytes: float,
        *,
        weight: float = 1.0,
        on_end: Callable[[], None] | None = None,
    ) -> Transfer:
        """Let bytes flow over the distinct links of `path`, from now on.

        At the end, also of one that is cancelled, `on_end` is called, then `done` is set.
        """
        transfer = Transfer(path, size_bytes, weight, self._runtime.event(), on_end)
        for link in path:
            link.weight += weight
            link.transfers[transfer] = None
            if not link.active and len(link.transfers) == 1:
                link.floor = link.equal_share() / SLACK_RATIO
        active = tuple([link for link in path if link.active])
        if not active:
            narrowest = min(path, key=Link.equal_share)
            self._activate(narrowest)
            active = (narrowest,)
        bundle = self._bundle(active)
        self._serial += 1
        if not bundle.count:
            self._components.clear()
        bundle.add(transfer, size_bytes, self._serial)
        self._divide_soon(bundle.links)
        if self._tangled:
            self._plan(bundle)
        for link in path:
            if not link.active and link.capacity_bytes < link.floor * link.weight:
                self._lower(link)
        return transfer

    def cancel(self, transfer: Transfer) -> None:
        """Stop a transfer and set `done`; one that has ended stays as it is."""
        bundle = transfer.bundle
        if bundle is not None:
            transfer.cancelled = True
            bundle.advance(self._now())
            self._take_out(transfer, bundle)
            self._divide_soon(bundle.links)
            self._end(transfer)

    def set_capacity(self, link: Link, capacity_bytes: float) -> None:
        """Make a link wider or narrower from now on; at 0 its transfers stand still."""
        link.capacity_bytes = capacity_bytes
        if link.active:
            self._divide_soon((link,))
        elif link.transfers:
            self._lower(link)

    def done_bytes(self, transfer: Transfer) -> int:
        """How much of a transfer has arrived by now."""
        if transfer.bundle is None:
            return 0 if transfer.cancelled else int(transfer.size_bytes)
        return int(transfer.size_bytes - transfer.bundle.remaining_bytes(transfer, self._now()))

    def rate_bytes(self, transfer: Transfer) -> float:
        """Bytes per second of a transfer at this moment, 0 when it has ended."""
        self._settle()
        return transfer.bundle.level * transfer.weight if transfer.bundle else 0.0

    def _bundle(self, links: tuple[Link, ...]) -> Bundle:
        """The bundle of transfers over exactly these active links, advanced to now."""
        bundle = self._bundles.get(links)
        if bundle is None:
            self._bundles[links] = bundle = Bundle(links)
        bundle.advance(self._now())
        return bundle

    def _take_out(self, transfer: Transfer, bundle: Bundle) -> None:
        bundle.drop(transfer)
        for link in transfer.path:
            del link.transfers[transfer]
            link.weight = link.weight - transfer.weight if link.transfers else 0.0
        if not bundle.count:
            self._forget(bundle)

    def _forget(self, bundle: Bundle) -> None:
        """Keep no bundle that is empty, but that of one link alone, which will be needed again."""
        self._components.clear()
        for link in bundle.links:
            if not link.transfers:
                link.active = False
                self._tangled.pop(link, None)
        if len(bundle.links) > 1:
            del self._bundles[bundle.links]

    def _divide_soon(self, links: tuple[Link, ...]) -> None:
        """Divide a link of its own at once, a tangle once all of this instant is known."""
        link = links[0]
        if len(links) == 1 and len(link.bundles) == 1:
            bundle = next(iter(link.bundles))
            if len(bundle.links) == 1:
                self._set_level(bundle, link.capacity_bytes / link.weight)
                return
        for link in links:
            if link.bundles:
                self._tangled[link] = None
        if self._tangled:
            self._arm(self._now())

    def _settle(self) -> None:
        """Divide all tangles anew."""
        while self._tangled:
            start = next(iter(self._tangled))
            links = self._components.get(start)
            if links is None:
                self._components[start] = links = component(start)
            for link in links:
                self._tangled.pop(link, None)
            levels, left = divide(links)
            for bundle, level in levels.items():
                if level != bundle.level or level > bundle.ceiling or not bundle.entry:
                    self._set_level(bundle, level)
            if not self._tangled:
                for link in left:
                    self._slacken(link)

    def _slacken(self, link: Link) -> None:
        """Make an active link slack that is at least twice as wide as it need be."""
        highest = max((bundle.level for bundle in link.bundles), default=0.0)
        share = link.equal_share()
        if not link.active or share <= SLACK_RATIO * highest:
            return
        link.active = False
        link.floor = share if share is inf else sqrt(share * highest)
        for transfer in list(link.transfers):
            self._rebundle(transfer)

    def _activate(self, link: Link) -> None:
        if link.active:
            return
        link.active = True
        for transfer in list(link.transfers):
            self._rebundle(transfer)

    def _rebundle(self, transfer: Transfer) -> None:
        """Move a transfer to the bundle of those links of its path that are active now."""
        old = transfer.bundle
        if old is None:
            return
        now_s = self._now()
        old.advance(now_s)
        remaining_bytes = old.remaining_bytes(transfer, now_s)
        new = self._bundle(tuple([link for link in transfer.path if link.active]))
        if new is old:
            return
        old.drop(transfer)
        if not new.count:
            new.level = old.level
            self._components.clear()
        self._serial += 1
        new.add(transfer, remaining_bytes, self._serial)
        if not old.count:
            self._forget(old)
        self._divide_soon(new.links)
        if self._tangled:
            self._plan(new)

    def _set_level(self, bundle: Bundle, level: float) -> None:
        now_s = self._now()
        if now_s != bundle.at_s:
            bundle.virtual += bundle.level * (now_s - bundle.at_s)
            bundle.at_s = now_s
        bundle.level = level
        if level > bundle.ceiling:
            self._lift(bundle)
        self._plan(bundle)

    def _lift(self, bundle: Bundle) -> None:
        """Raise the ceiling of a bundle; links that are too narrow for its level become active."""
        level = bundle.level
        ceiling = inf
        narrow: dict[Link, None] = {}
        for _, key, transfer in bundle.heap:
            if transfer.key != key:
                continue
            for link in transfer.path:
                if not link.active:
                    share = link.equal_share()
                    if level > share * ROUNDING:
                        narrow[link] = None
                        continue
                    link.floor = max(link.floor, min(share, sqrt(level * share)))
                    ceiling = min(ceiling, link.floor)
        bundle.ceiling = max(ceiling, level)
        for link in narrow:
            self._activate(link)

    def _lower(self, link: Link) -> None:
        """Lower the floor of a slack link, or make it active if it has become too narrow."""
        share = link.equal_share()
        floor = 0.0
        for transfer in link.transfers:
            bundle = transfer.bundle
            if bundle is None:
                continue
            if bundle.level > share * ROUNDING:
                self._activate(link)
                return
            bundle.ceiling = min(bundle.ceiling, max(bundle.level, sqrt(bundle.level * share)))
            floor = max(floor, bundle.ceiling)
        link.floor = floor

    def _plan(self, bundle: Bundle) -> None:
        """Note when the first transfer ends, if that is earlier than what is noted."""
        first = bundle.first()
        if first is None or bundle.level <= 0:
            return
        rest = first.target - bundle.virtual
        due_s = bundle.at_s + rest / bundle.level if rest > 0 else bundle.at_s
        if due_s < bundle.due_s:
            bundle.due_s = due_s
            self._serial += 1
            bundle.entry = self._serial
            heappush(self._calendar, (due_s, self._serial, bundle))
            if due_s < self._armed_s:
                self._arm(due_s)

    def _arm(self, when_s: float) -> None:
        """Wake up at `when_s`, unless an alarm is set for that or an earlier time."""
        if when_s < self._armed_s:
            self._armed_s = when_s
            self._nursery.start_soon(self._alarm, when_s)

    async def _alarm(self, when_s: float) -> None:
        """Sleep and let end what is due, until an alarm for an earlier time has taken over."""
        while when_s < inf:
            await self._runtime.sleep(when_s - self._now())
            if when_s != self._armed_s:
                return
            self._armed_s = -inf
            self._settle()
            self._end_due()
            when_s = self._armed_s = self._now() if self._tangled else self._next_s()

    def _next_s(self) -> float:
        calendar = self._calendar
        if len(calendar) > STALE_MIN + 4 * len(self._bundles):
            calendar = [entry for entry in calendar if entry[2].entry == entry[1]]
            heapify(calendar)
            self._calendar = calendar
        while calendar and calendar[0][2].entry != calendar[0][1]:
            heappop(calendar)
        return calendar[0][0] if calendar else inf

    def _end_due(self) -> None:
        now_s = self._now()
        calendar = self._calendar
        while calendar and calendar[0][0] <= now_s:
            _, entry, bundle = heappop(calendar)
            if bundle.entry == entry:
                bundle.due_s = inf
                bundle.entry = 0
                self._end_transfers(bundle, now_s)

    def _end_transfers(self, bundle: Bundle, now_s: float) -> None:
        """End the bundle's transfers that are complete, then share what they leave."""
        at_s, virtual, level = bundle.at_s, bundle.virtual, bundle.level
        ended: list[Transfer] = []
        while level > 0 and (first := bundle.first()) is not None:
            if at_s + (first.target - virtual) / level > now_s:
                break
            ended.append(first)
            self._take_out(first, bundle)
        bundle.advance(now_s)
        if not ended:
            self._plan(bundle)
            return
        self._divide_soon(bundle.links)
        for transfer in ended:
            self._end(transfer)

    def _end(self, transfer: Transfer) -> None:
        if transfer.on_end is not None:
            transfer.on_end()
        transfer.done.set()
