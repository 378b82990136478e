"""What a run is measured by: waits, makespan, expiries."""

from collections.abc import Iterable
from math import ceil

import msgspec

from core.model.errors import Deadline
from core.model.records import Job
from core.model.states import JobStatus


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """Of the snapshot jobs of one run. Times are virtual seconds; waits are of all that began."""

    jobs: int
    succeeded: int
    failed: int
    expired: int
    unfinished: int
    wait_p50_s: float
    wait_p99_s: float
    makespan_s: float


def measured(jobs: Iterable[Job], asked_s: float) -> Measures:
    """Measure jobs that were all asked for at one moment."""
    known = list(jobs)
    ended = [job for job in known if job.status is not JobStatus.IN_PROGRESS]
    waits = sorted(job.begun_s - job.created_s for job in known if job.begun_s)
    done = [job for job in ended if job.status is JobStatus.SUCCEEDED]
    expired = [job for job in ended if job.failure and job.failure.code == Deadline.code]
    return Measures(
        jobs=len(known),
        succeeded=len(done),
        failed=len(ended) - len(done) - len(expired),
        expired=len(expired),
        unfinished=len(known) - len(ended),
        wait_p50_s=percentile(waits, 0.50),
        wait_p99_s=percentile(waits, 0.99),
        makespan_s=max((job.completed_s for job in done), default=asked_s) - asked_s,
    )


def percentile(ordered: list[float], share: float) -> float:
    """The nearest-rank percentile of ascending values, 0 of none."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else 0.0
