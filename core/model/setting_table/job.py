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
    row("wait", 1800, "s", "Jobs", "", "How long a step that copies nothing may take", least=1),
    *(
        row(name, default_s, "s", "Jobs", "", f"How long {what} may take", least=1)
        for name, default_s, what in (
            ("copy.volume.wait", 10800, "copying a volume to another pool"),
            (
                "create.volume.from.snapshot.wait",
                10800,
                "making a volume of a snapshot on its pool",
            ),
            ("primary.storage.download.wait", 10800, "copying an image to a pool"),
            ("backup.snapshot.wait", 21600, "copying a snapshot to an image store"),
            ("kvm.storage.online.migration.wait", 10800, "moving a disk that is in use"),
            ("migratewait", 3600, "moving a running machine without its disks"),
        )
    ),
)
