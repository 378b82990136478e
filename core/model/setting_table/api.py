"""Settings of the API."""

from core.model.setting import Setting, row

ROWS: tuple[Setting, ...] = (
    row(
        "endpoint.url",
        "http://127.0.0.1:8250",
        "",
        "API",
        "",
        "Where clients reach this server: what links to download and upload begin with",
    ),
    row(
        "sortkey.algorithm",
        True,
        "",
        "API",
        "",
        "Offerings, templates and zones are listed by their sort keys: ascending, or descending",
    ),
    row("default.page.size", 500, "count", "API", "", "Largest page of a list", least=1),
)
