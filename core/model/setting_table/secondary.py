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
    row(
        "max.ssvm.count",
        5,
        "count",
        "Secondary storage",
        "",
        "Additional system VMs that carry copies in a zone; no more of them than hosts",
    ),
    row(
        "max.data.migration.wait.time",
        15,
        "min",
        "Secondary storage",
        "",
        "How long a copy may take or wait before another system VM is added",
    ),
    row(
        "secstorage.vm.auto.scale.down",
        False,
        "",
        "Secondary storage",
        "",
        "Let additional system VMs go once nothing is left to copy",
    ),
    row(
        "secstorage.session.max",
        50,
        "count",
        "Secondary storage",
        "",
        "Operations of image stores that one system VM carries at a time",
        least=1,
    ),
    row(
        "secstorage.capacity.standby",
        10,
        "count",
        "Secondary storage",
        "",
        "Sessions that are to be free before another system VM is added",
    ),
    row(
        "secstorage.capacityscan.interval",
        30000,
        "ms",
        "Secondary storage",
        "",
        "Pause between two looks at how much the system VMs have to do",
        least=1000,
    ),
)
