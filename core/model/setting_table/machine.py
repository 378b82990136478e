"""Settings of machines (semantics sections 3.1 and 3.4)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row(
        "vm.destroy.forcestop",
        False,
        "",
        "Machines",
        "",
        "A running machine that is destroyed is switched off without its guest being asked",
    ),
    row(
        "enable.dynamic.scale.vm",
        False,
        "",
        "Machines",
        "zone",
        "Machines may be given more processors and memory while they run",
    ),
    row(
        "vm.userdata.max.length",
        32768,
        "bytes",
        "Machines",
        "",
        "The longest user data of a machine, as it is before it is encoded",
        most=1 << 20,
    ),
)
