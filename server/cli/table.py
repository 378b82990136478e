"""Answers as people read them: a list's most telling columns, sizes in GiB, states in words."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Object = dict[str, Any]
PLACE = ("zonename", "clustername")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "alert": ("name", "description", *PLACE, "sent", "resolved"),
    "asyncjobs": ("jobid", "cmd", "jobstatus", "phase", "created", "completed"),
    "capacity": ("name", *PLACE, "capacitytotal", "capacityused", "percentused"),
    "configuration": ("name", "value", "type", "scope"),
    "diskoffering": ("id", "name", "storagetype", "disksize", "iscustomized", "tags", "state"),
    "host": (
        *("id", "name", "state", "resourcestate", "hypervisor", *PLACE),
        *("memorytotal", "memoryallocated"),
    ),
    "imagestore": (
        *("id", "name", "zonename", "scope", "providername", "readonly"),
        *("disksizetotal", "disksizeused"),
    ),
    "serviceoffering": ("id", "name", "cpunumber", "memory", "storagetype", "tags", "state"),
    "snapshot": (
        *("id", "name", "state", "volumename", "intervaltype", "physicalsize", "account"),
        "created",
    ),
    "storagepool": (
        *("id", "name", "state", "type", "scope", *PLACE, "tags"),
        *("disksizetotal", "disksizeused", "disksizeallocated"),
    ),
    "systemvm": ("id", "name", "systemvmtype", "state", "zonename", "created"),
    "template": ("id", "name", "status", "format", "hypervisor", "size", "zonename", "account"),
    "virtualmachine": (
        *("id", "name", "state", "hostname", "templatename", "serviceofferingname"),
        *("zonename", "account"),
    ),
    "volume": ("id", "name", "state", "type", "size", "storage", "vmname", "zonename", "account"),
}
"""The columns of each list, in this order, where any of its rows has them."""
OTHERS = (
    *("id", "jobid", "name", "state", "type", "size", "value", "zonename", "account", "created"),
)
"""The columns of all other lists."""
SIZES = (
    *("size", "physicalsize", "disksizetotal", "disksizeused", "disksizeallocated"),
    *("capacitytotal", "capacityused", "memorytotal", "memoryallocated", "virtualsize"),
)
JOB_STATES = {0: "in progress", 1: "done", 2: "failed"}
WIDTH = 400


def show_rows(kind: str, rows: Sequence[Object]) -> None:
    """Print the rows of the list `kind`, one line each: nothing is cut, terminals may fold them."""
    wanted = COLUMNS.get(kind, OTHERS)
    columns = [name for name in wanted if any(row.get(name) not in (None, "") for row in rows)]
    columns = columns or sorted({name for row in rows for name in row})
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in SIZES else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(_cell(name, row.get(name, "")) for name in columns))
    Console(width=WIDTH, highlight=False, markup=False, emoji=False).print(table)


def text(value: object) -> str:
    """A value on one line."""
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    return os.fsdecode(str(value).encode("utf-8", "replace"))


def _cell(name: str, value: object) -> str:
    form = FORMS.get(name)
    return form(value) if form is not None and isinstance(value, int) else text(value)


def size_text(size_bytes: int) -> str:
    """As "1.5 GiB": the largest unit of which there is one at least."""
    size: float = size_bytes
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:  # noqa: PLR2004
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} TiB"


FORMS: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys(SIZES, size_text),
    "jobstatus": lambda status: JOB_STATES.get(status, str(status)),
    "disksize": lambda size_gib: f"{size_gib} GiB",
    "memory": lambda size_mib: f"{size_mib} MiB",
}
"""How a number in a column is written."""
