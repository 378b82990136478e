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
    *(
        row(
            f"snapshot.max.{interval}",
            8,
            "count",
            "Snapshots",
            "",
            f"The most {interval} snapshots of a volume that are kept; 0 forbids such policies",
        )
        for interval in ("hourly", "daily", "weekly", "monthly")
    ),
    row(
        "snapshot.poll.interval",
        300,
        "s",
        "Snapshots",
        "",
        "Time between looks at what recurring snapshots are due",
        least=1,
    ),
    row(
        "backup.retry",
        3,
        "count",
        "Snapshots",
        "",
        "Attempts of a backup that nobody waits for",
        least=1,
    ),
    row("backup.retry.interval", 300, "s", "Snapshots", "", "Pause between those attempts"),
    row(
        "snapshot.delta.max",
        16,
        "count",
        "Snapshots",
        "",
        "Snapshots in a chain, of which the first is a full one",
        least=1,
    ),
    row(
        "kvm.incremental.snapshot",
        False,
        "",
        "Snapshots",
        "cluster",
        "Back up only what changed in volumes of KVM machines",
    ),
    row(
        "lin.backup.snapshots",
        True,
        "",
        "Snapshots",
        "",
        "Copy snapshots of LINSTOR volumes to an image store",
    ),
    row(
        "vmsnapshot.max",
        10,
        "count",
        "Snapshots",
        "",
        "The most snapshots of a whole machine",
    ),
    row(
        "kvm.vmstoragesnapshot.enabled",
        True,
        "",
        "Snapshots",
        "",
        "Let the disks of running KVM machines be snapshotted together without their memory",
    ),
    row(
        "snapshot.show.chain.size",
        False,
        "",
        "Snapshots",
        "",
        "Show how much a snapshot takes together with those that it is based on",
    ),
)
