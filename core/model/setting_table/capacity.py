"""Settings of capacity and allocation (semantics section 3.1)."""

from core.model.setting import Setting, row

POOL_ORDERS = ("random", "firstfit", "userdispersing", "firstfitleastconsumed")
STORE_ORDERS = ("random", "firstfitleastconsumed")
ROWS: tuple[Setting, ...] = (
    row(
        "storage.overprovisioning.factor",
        2.0,
        "ratio",
        "Capacity",
        "zone cluster pool",
        "Multiplies the capacity of pools that can be over-provisioned",
        least=1,
        most=100,
    ),
    row(
        "pool.storage.capacity.disablethreshold",
        0.85,
        "ratio",
        "Capacity",
        "zone pool",
        "Used share of a pool at which it takes no more volumes",
        most=1,
    ),
    row(
        "pool.storage.allocated.capacity.disablethreshold",
        0.85,
        "ratio",
        "Capacity",
        "zone pool",
        "Allocated share of a pool above which it takes no more volumes",
        most=1,
    ),
    row(
        "pool.storage.allocated.resize.capacity.disablethreshold",
        0.90,
        "ratio",
        "Capacity",
        "zone pool",
        "Allocated share up to which volumes may grow where that is allowed",
        most=1,
    ),
    row(
        "volume.resize.allowed.beyond.allocation",
        False,
        "",
        "Capacity",
        "zone pool",
        "Let a resize pass the allocation threshold, up to the resize threshold",
    ),
    row(
        "secondary.storage.capacity.threshold",
        0.90,
        "ratio",
        "Capacity",
        "",
        "Used share of an image store above which nothing new is put there",
        most=1,
    ),
    row(
        "volume.allocation.algorithm",
        "random",
        "",
        "Capacity",
        "",
        "Order in which pools are tried",
        choices=POOL_ORDERS,
    ),
    row(
        "image.store.allocation.algorithm",
        "firstfitleastconsumed",
        "",
        "Capacity",
        "",
        "Order in which image stores are tried",
        choices=STORE_ORDERS,
    ),
    row(
        "storage.stats.interval",
        60000,
        "ms",
        "Capacity",
        "",
        "Pause between two looks at the room on pools and image stores",
        least=1000,
    ),
)
