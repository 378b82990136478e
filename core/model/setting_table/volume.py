"""Settings of volumes (semantics sections 3.1 and 3.4)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row("storage.max.volume.size", 2000, "GiB", "Volumes", "", "Largest volume", least=1),
    row("custom.diskoffering.size.min", 1, "GiB", "Volumes", "", "Least custom size", least=1),
    row(
        "custom.diskoffering.size.max",
        1024,
        "GiB",
        "Volumes",
        "",
        "Largest custom size",
        least=1,
    ),
    row(
        "allow.user.expunge.recover.volume",
        True,
        "",
        "Volumes",
        "account",
        "Users may expunge and recover volumes themselves",
    ),
    row(
        "allow.user.expunge.recover.vm",
        False,
        "",
        "Volumes",
        "account",
        "Users may expunge and recover machines themselves",
    ),
    row(
        "destroy.root.volume.on.vm.destruction",
        False,
        "",
        "Volumes",
        "domain",
        "The root disk of a machine is destroyed when the machine is",
    ),
    row(
        "volume.stats.interval",
        600000,
        "ms",
        "Volumes",
        "",
        "Pause between two looks at sizes and rates of volumes",
        least=1000,
    ),
    row(
        "match.storage.pool.tags.with.disk.offering",
        True,
        "",
        "Volumes",
        "zone",
        "A volume may only go to a pool that has its offering's tags",
    ),
    row(
        "concurrent.migrations.per.target.datastore",
        0,
        "count",
        "Volumes",
        "",
        "Volumes that migrate to a pool at a time; 0 is no limit",
    ),
    row(
        "kvm.livevolumemigration.enabled",
        True,
        "",
        "Volumes",
        "",
        "Let volumes of running KVM machines move between pools",
    ),
)
