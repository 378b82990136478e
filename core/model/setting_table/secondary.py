"""Settings of secondary storage (semantics section 3.4)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
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
