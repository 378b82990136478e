"""Settings of secondary storage (semantics section 3.4)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row(
        "disable.extraction",
        False,
        "",
        "Secondary storage",
        "",
        "Only root administrators may download volumes, snapshots and templates",
    ),
    row(
        "extract.url.expiration.interval",
        14400,
        "s",
        "Secondary storage",
        "",
        "How long a link to download is good",
        least=1,
    ),
    row(
        "extract.url.cleanup.interval",
        7200,
        "s",
        "Secondary storage",
        "",
        "Pause between two looks for links that have expired",
        least=1,
    ),
    row(
        "storage.max.volume.upload.size",
        500,
        "GiB",
        "Secondary storage",
        "",
        "Largest volume that is uploaded",
        least=1,
    ),
    row(
        "secstorage.max.migrate.sessions",
        2,
        "count",
        "Secondary storage",
        "",
        "Copies between image stores that one system VM carries at a time",
        least=1,
    ),
)
