"""Settings of templates (semantics section 3.1)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row("max.template.iso.size", 50, "GiB", "Templates", "", "Largest template", least=1),
    row(
        "storage.cleanup.interval",
        86400,
        "s",
        "Cleaning up",
        "",
        "Pause between two looks for copies of templates that no pool needs",
        least=1,
    ),
    row(
        "storage.template.cleanup.enabled",
        True,
        "",
        "Cleaning up",
        "",
        "Let garbage collection remove copies of templates from pools",
    ),
    row(
        "allow.public.user.templates",
        True,
        "",
        "Templates",
        "account",
        "Users may register templates and ISOs that everybody sees",
    ),
)
