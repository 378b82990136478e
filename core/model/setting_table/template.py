"""Settings of templates (semantics section 3.1)."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row("max.template.iso.size", 50, "GiB", "Templates", "", "Largest template", least=1),
)
