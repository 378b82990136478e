"""Virtual time, and the timers that move it, in order of (time, serial number)."""

from heapq import heapify, heappop, heappush
from math import inf
from typing import Generic, Protocol, TypeVar

# Below this many dead entries a sweep would cost more than the memory it frees.
SWEEP_MIN = 1024


class Timed(Protocol):
    """Something with at most one live timer: its serial number, or 0."""

    timer: int


TimedT = TypeVar("TimedT", bound=Timed)


class Timers(Generic[TimedT]):
    """A heap of timers. A timer is cleared by its number alone, and its entry is dropped later."""

    __slots__ = ("_dead", "_heap", "_serial", "now_s")
    label = "timer"

    def __init__(self, start_s: float) -> None:
        self.now_s = start_s
        self._heap: list[tuple[float, int, TimedT]] = []
        self._serial = 0
        self._dead = 0

    def set(self, target: TimedT, seconds: float) -> None:
        """Wake `target` in `seconds` (more than 0); an infinite time sets no timer."""
        if seconds != inf:
            self._serial = target.timer = serial = self._serial + 1
            heappush(self._heap, (self.now_s + seconds, serial, target))

    def forget(self, target: TimedT) -> None:
        """Clear the timer of `target`, if it has one."""
        if target.timer:
            target.timer = 0
            self._dead += 1
            if self._dead > SWEEP_MIN and self._dead * 2 > len(self._heap):
                self._sweep()

    def pop(self) -> TimedT | None:
        """Move time on to the next live timer and return its target; None if there is none."""
        heap = self._heap
        while heap:
            when_s, serial, target = heappop(heap)
            if target.timer == serial:
                target.timer = 0
                self.now_s = when_s
                return target
            self._dead -= 1
        return None

    def __len__(self) -> int:
        """How many entries are kept, dead ones included."""
        return len(self._heap)

    def _sweep(self) -> None:
        self._heap = [entry for entry in self._heap if entry[2].timer == entry[1]]
        heapify(self._heap)
        self._dead = 0
