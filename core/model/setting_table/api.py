"""Settings of the API."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row("default.page.size", 500, "count", "API", "", "Largest page of a list", least=1),
)
