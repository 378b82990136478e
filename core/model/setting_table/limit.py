"""Limits of accounts, projects and domains (semantics section 3.3)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row("max.account.user.vms", 20, "count", "Limits", "", "Machines of an account", least=-1),
    row("max.account.volumes", 20, "count", "Limits", "", "Volumes of an account", least=-1),
    row("max.account.snapshots", 20, "count", "Limits", "", "Snapshots of an account", least=-1),
    row("max.account.templates", 20, "count", "Limits", "", "Templates of an account", least=-1),
    row(
        "max.account.primary.storage",
        200,
        "GiB",
        "Limits",
        "",
        "Primary storage of an account",
        least=-1,
    ),
    row(
        "max.account.secondary.storage",
        400,
        "GiB",
        "Limits",
        "",
        "Secondary storage of an account",
        least=-1,
    ),
)
