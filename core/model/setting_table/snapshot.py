"""Settings of snapshots (semantics section 3.2)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row(
        "concurrent.snapshots.threshold.perhost",
        0,
        "count",
        "Snapshots",
        "",
        "Snapshots that a host takes at a time; 0 is no limit",
    ),
    row(
        "kvm.snapshot.enabled",
        True,
        "",
        "Snapshots",
        "",
        "Let volumes of running KVM machines be snapshotted",
    ),
    row(
        "snapshot.backup.to.secondary",
        True,
        "",
        "Snapshots",
        "",
        "Copy snapshots to an image store",
    ),
)
