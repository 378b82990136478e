"""Settings of machines (semantics section 3.4)."""

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
)
