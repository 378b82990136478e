"""Settings of jobs and of cleaning up (semantics section 3.4)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row(
        "expunge.delay",
        86400,
        "s",
        "Jobs",
        "",
        "How old a destroyed volume or machine must be before it is expunged",
        least=1,
    ),
    row(
        "expunge.interval",
        86400,
        "s",
        "Jobs",
        "",
        "Pause between two looks for what is to be expunged",
        least=1,
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
