"""What was last seen of a volume on its host and pool; never recorded, known again soon."""

from collections import deque
from typing import NamedTuple

import msgspec


class Counters(NamedTuple):
    """What a guest has done with a disk since it was started."""

    read_bytes: int
    write_bytes: int
    reads: int
    writes: int

    def since(self, before: "Counters") -> "Counters":
        """What came after `before`; a restarted guest begins its counters anew."""
        if any(new < old for new, old in zip(self, before, strict=True)):
            return self
        return Counters(*(new - old for new, old in zip(self, before, strict=True)))


class VolumeMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a volume. `physical_bytes`: what its disk takes on the pool, 0 if unknown.

    The four counters are since its guest started, None while no guest has it open. Rates are per
    second between this look and the one before, None before the second.
    """

    at_s: float
    physical_bytes: int = 0
    counters: Counters | None = None
    read_bytes_per_s: float | None = None
    write_bytes_per_s: float | None = None
    reads_per_s: float | None = None
    writes_per_s: float | None = None


def next_measure(
    before: VolumeMeasure | None,
    at_s: float,
    physical_bytes: int,
    counters: Counters | None,
) -> VolumeMeasure:
    """The look after `before`."""
    known = VolumeMeasure(at_s=at_s, physical_bytes=physical_bytes, counters=counters)
    if counters is None or before is None or before.counters is None or at_s <= before.at_s:
        return known
    took_s = at_s - before.at_s
    rates = [count / took_s for count in counters.since(before.counters)]
    return msgspec.structs.replace(
        known,
        read_bytes_per_s=rates[0],
        write_bytes_per_s=rates[1],
        reads_per_s=rates[2],
        writes_per_s=rates[3],
    )


class Sample(NamedTuple):
    """What a guest did with a disk in the time up to a moment."""

    at_s: float
    done: Counters


class UsageHistory:
    """Samples by volume, the oldest first; those older than `keep_s` are forgotten."""

    def __init__(self) -> None:
        self._last: dict[str, Counters] = {}
        self._samples: dict[str, deque[Sample]] = {}

    def add(self, at_s: float, seen: dict[str, Counters], keep_s: float) -> None:
        """Take a look at all disks that are open; the first look at one tells nothing yet."""
        for volume_id, counters in seen.items():
            before = self._last.get(volume_id)
            if before is not None:
                sample = Sample(at_s, counters.since(before))
                self._samples.setdefault(volume_id, deque()).append(sample)
        self._last = seen
        for volume_id, samples in list(self._samples.items()):
            while samples and samples[0].at_s < at_s - keep_s:
                samples.popleft()
            if not samples:
                del self._samples[volume_id]

    def of(self, volume_id: str, first_s: float, last_s: float) -> list[Sample]:
        """The samples of a volume between two moments."""
        samples = self._samples.get(volume_id, ())
        return [sample for sample in samples if first_s <= sample.at_s <= last_s]

    def forget(self) -> None:
        """Keep nothing."""
        self._last, self._samples = {}, {}
