"""Settings of templates (semantics section 3.1)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row("max.template.iso.size", 50, "GiB", "Templates", "", "Largest template", least=1),
    row(
        "allow.public.user.templates",
        True,
        "",
        "Templates",
        "account",
        "Users may register templates and ISOs that everybody sees",
    ),
)
