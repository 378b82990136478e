"""Limits of accounts, projects and domains (semantics section 3.3)."""

from core.model.setting import Setting, row

# end of the setting's name: unit, what is limited, default of an account (and project)
_RESOURCES: dict[str, tuple[str, str, int]] = {
    "user.vms": ("count", "Machines", 20),
    "volumes": ("count", "Volumes", 20),
    "snapshots": ("count", "Snapshots", 20),
    "templates": ("count", "Templates", 20),
    "projects": ("count", "Projects", 10),
    "cpus": ("count", "Processors", 40),
    "memory": ("MiB", "Memory", 40960),
    "primary.storage": ("GiB", "Primary storage", 200),
    "secondary.storage": ("GiB", "Secondary storage", 400),
}


def _limit(family: str, resource: str) -> Setting:
    unit, what, default = _RESOURCES[resource]
    value = -1 if family == "domain" else default
    text = f"{what} of a {family}" if family != "account" else f"{what} of an account"
    return row(f"max.{family}.{resource}", value, unit, "Limits", "", text, least=-1)


ROWS: tuple[Setting, ...] = (
    *(
        _limit(family, resource)
        for family in ("account", "project", "domain")
        for resource in _RESOURCES
        if (family, resource) != ("project", "projects")
    ),
    row(
        "resource.limit.storage.tags",
        "",
        "",
        "Limits",
        "",
        "Storage tags of disk offerings under which volumes have limits of their own",
    ),
    row(
        "resource.limit.host.tags",
        "",
        "",
        "Limits",
        "",
        "Host tags of service offerings under which machines have limits of their own",
    ),
)
