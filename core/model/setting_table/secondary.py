"""Settings of secondary storage (semantics section 3.4)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row(
        "image.store.imbalance.threshold",
        0.3,
        "ratio",
        "Secondary storage",
        "",
        "How unevenly full image stores may be before images move to balance them",
        most=1,
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
