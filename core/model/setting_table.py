"""Every setting with CloudStack's name, default, unit and scopes."""

import msgspec

Value = int | float | bool | str


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting; the type of `default` is the type of its values, "" is no value.

    least, most: the range of a number. choices: all admitted texts, none named admits any.
    """

    name: str
    default: Value
    category: str
    description: str
    unit: str = ""
    scopes: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


def _row(
    name: str,
    default: Value,
    unit: str,
    category: str,
    scopes: str,
    description: str,
    *,
    least: float | None = 0,
    most: float | None = None,
    choices: tuple[str, ...] = (),
) -> Setting:
    return Setting(
        name=name,
        default=default,
        unit=unit,
        category=category,
        scopes=tuple(scopes.split()),
        description=description,
        least=least,
        most=most,
        choices=choices,
    )


POOL_ORDERS = ("random", "firstfit", "userdispersing", "firstfitleastconsumed")


STORE_ORDERS = ("random", "firstfitleastconsumed")


SETTINGS: dict[str, Setting] = {
    row.name: row
    for row in (
        _row(
            "storage.overprovisioning.factor", 2.0, "ratio", "Capacity", "zone cluster pool",
            "Multiplies the capacity of pools that can be over-provisioned", least=1, most=100,
        ),
        _row(
            "pool.storage.capacity.disablethreshold", 0.85, "ratio", "Capacity", "zone pool",
            "Used share of a pool at which it takes no more volumes", most=1,
        ),
        _row(
            "pool.storage.allocated.capacity.disablethreshold", 0.85, "ratio", "Capacity",
            "zone pool", "Allocated share of a pool above which it takes no more volumes", most=1,
        ),
        _row(
            "pool.storage.allocated.resize.capacity.disablethreshold", 0.90, "ratio", "Capacity",
            "zone pool", "Allocated share up to which volumes may grow where that is allowed",
            most=1,
        ),
        _row(
            "volume.resize.allowed.beyond.allocation", False, "", "Capacity", "zone pool",
            "Let a resize pass the allocation threshold, up to the resize threshold",
        ),
        _row(
            "secondary.storage.capacity.threshold", 0.90, "ratio", "Capacity", "",
            "Used share of an image store above which nothing new is put there", most=1,
        ),
        _row(
            "storage.max.volume.size", 2000, "GiB", "Volumes", "", "Largest volume", least=1
        ),
        _row(
            "custom.diskoffering.size.min", 1, "GiB", "Volumes", "", "Least custom size", least=1
        ),
        _row(
            "custom.diskoffering.size.max", 1024, "GiB", "Volumes", "", "Largest custom size",
            least=1,
        ),
        _row(
            "max.template.iso.size", 50, "GiB", "Templates", "", "Largest template", least=1
        ),
        _row(
            "match.storage.pool.tags.with.disk.offering", True, "", "Volumes", "zone",
            "A volume may only go to a pool that has its offering's tags",
        ),
        _row(
            "volume.allocation.algorithm", "random", "", "Capacity", "",
            "Order in which pools are tried", choices=POOL_ORDERS,
        ),
        _row(
            "image.store.allocation.algorithm", "firstfitleastconsumed", "", "Capacity", "",
            "Order in which image stores are tried", choices=STORE_ORDERS,
        ),
        _row(
            "concurrent.snapshots.threshold.perhost", 0, "count", "Snapshots", "",
            "Snapshots that a host takes at a time; 0 is no limit",
        ),
        _row(
            "kvm.snapshot.enabled", True, "", "Snapshots", "",
            "Let volumes of running KVM machines be snapshotted",
        ),
        _row(
            "kvm.livevolumemigration.enabled", True, "", "Volumes", "",
            "Let volumes of running KVM machines move between pools",
        ),
        _row(
            "snapshot.backup.to.secondary", True, "", "Snapshots", "",
            "Copy snapshots to an image store",
        ),
        _row("max.account.user.vms", 20, "count", "Limits", "", "Machines of an account", least=-1),
        _row("max.account.volumes", 20, "count", "Limits", "", "Volumes of an account", least=-1),
        _row(
            "max.account.snapshots", 20, "count", "Limits", "", "Snapshots of an account", least=-1
        ),
        _row(
            "max.account.templates", 20, "count", "Limits", "", "Templates of an account", least=-1
        ),
        _row(
            "max.account.primary.storage", 200, "GiB", "Limits", "",
            "Primary storage of an account", least=-1,
        ),
        _row(
            "max.account.secondary.storage", 400, "GiB", "Limits", "",
            "Secondary storage of an account", least=-1,
        ),
        _row(
            "job.expire.minutes", 1440, "min", "Jobs", "",
            "A job that waits this long fails; an ended one is forgotten after it", least=1,
        ),
        _row("default.page.size", 500, "count", "API", "", "Largest page of a list", least=1),
        _row(
            "storage.stats.interval", 60000, "ms", "Capacity", "",
            "Pause between two looks at the room on pools and image stores", least=1000,
        ),
        _row("ping.interval", 60, "s", "Hosts", "", "Pause between two looks at a host", least=1),
    )
}  # fmt: skip


SCOPE_KINDS = {"zone": "zone_id", "cluster": "cluster_id", "pool": "storage_id",
               "account": "account_id", "domain": "domain_id"}  # fmt: skip
