"""What was last seen of a volume on its host and pool; never recorded, known again soon."""

import msgspec


class VolumeMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a volume. `physical_bytes`: what its disk takes on the pool, 0 if unknown.

    The four counters are since its guest started, None while no guest has it open. Rates are per
    second between this look and the one before, None before the second.
    """

    at_s: float
    physical_bytes: int = 0
    counters: tuple[int, int, int, int] | None = None
    read_bytes_per_s: float | None = None
    write_bytes_per_s: float | None = None
    reads_per_s: float | None = None
    writes_per_s: float | None = None


def next_measure(
    before: VolumeMeasure | None,
    at_s: float,
    physical_bytes: int,
    counters: tuple[int, int, int, int] | None,
) -> VolumeMeasure:
    """The look after `before`; a counter that went back was begun anew by a restarted guest."""
    known = VolumeMeasure(at_s=at_s, physical_bytes=physical_bytes, counters=counters)
    if counters is None or before is None or before.counters is None or at_s <= before.at_s:
        return known
    restarted = any(new < old for new, old in zip(counters, before.counters, strict=True))
    old_counters = (0, 0, 0, 0) if restarted else before.counters
    took_s = at_s - before.at_s
    rates = [(new - old) / took_s for new, old in zip(counters, old_counters, strict=True)]
    return msgspec.structs.replace(
        known,
        read_bytes_per_s=rates[0],
        write_bytes_per_s=rates[1],
        reads_per_s=rates[2],
        writes_per_s=rates[3],
    )
