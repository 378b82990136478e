"""Settings of jobs and of cleaning up (semantics section 3.4)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
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
