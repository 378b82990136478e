"""Settings of jobs and of cleaning up (semantics section 3.4)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row(
        "storage.cleanup.enabled",
        True,
        "",
        "Cleaning up",
        "",
        "Let garbage collection remove what was destroyed",
    ),
    row(
        "expunge.interval",
        86400,
        "s",
        "Cleaning up",
        "",
        "Pause between two looks for destroyed volumes and machines to remove",
        least=1,
    ),
    row(
        "expunge.delay",
        86400,
        "s",
        "Cleaning up",
        "",
        "How long ago a volume or machine must have been destroyed to be removed for good",
    ),
    row(
        "job.expire.minutes",
        1440,
        "min",
        "Jobs",
        "",
        "A job that waits this long fails; an ended one is forgotten after it",
        least=1,
    ),
)
