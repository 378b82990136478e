"""Answers as people read them: a list's most telling columns, sizes in GiB, states in words."""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Object = dict[str, Any]
PLACE = ("zonename", "clustername")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "account": ("id", "name", "roletype", "state", "domainpath", "volumetotal", "snapshottotal"),
    "alert": ("name", "description", *PLACE, "sent", "resolved"),
    "asyncjobs": ("jobid", "cmd", "jobstatus", "phase", "created", "completed"),
    "capacity": ("name", *PLACE, "capacitytotal", "capacityused", "percentused"),
    "cluster": ("id", "name", "hypervisortype", "zonename", "podname", "allocationstate"),
    "configuration": ("name", "value", "type", "scope"),
    "datastoreobject": (
        *("name", "isdirectory", "size", "volumename", "snapshotname", "templatename"),
        "lastupdated",
    ),
    "diskoffering": ("id", "name", "storagetype", "disksize", "iscustomized", "tags", "state"),
    "domain": ("id", "name", "path", "state", "volumetotal", "snapshottotal"),
    "event": ("created", "type", "level", "state", "description", "username", "account"),
    "host": (
        *("id", "name", "state", "resourcestate", "hypervisor", *PLACE),
        *("suitableformigration", "requiresStorageMotion", "memorytotal", "memoryallocated"),
    ),
    "hypervisorCapabilities": (
        *("id", "hypervisor", "hypervisorversion", "maxdatavolumeslimit"),
        *("storagemotionenabled", "vmsnapshotenabled"),
    ),
    "imagestore": (
        *("id", "name", "zonename", "scope", "providername", "readonly"),
        *("disksizetotal", "disksizeused"),
    ),
    "iso": ("id", "name", "status", "isready", "bootable", "size", "zonename", "account"),
    "ostype": ("id", "description"),
    "project": ("id", "name", "displaytext", "state", "domain"),
    "resourcelimit": ("resourcetypename", "max", "account", "project", "domain"),
    "serviceoffering": ("id", "name", "cpunumber", "memory", "storagetype", "tags", "state"),
    "snapshot": (
        *("id", "name", "state", "volumename", "intervaltype", "physicalsize", "account"),
        "created",
    ),
    "snapshotpolicy": (
        *("id", "volumename", "intervaltype", "schedule", "timezone", "maxsnaps"),
        "fordisplay",
    ),
    "storageorphan": ("path", "missing", "safe", "reason", "size", "recordkind", "recordid"),
    "storagepool": (
        *("id", "name", "state", "type", "scope", *PLACE, "tags", "suitableformigration"),
        *("disksizetotal", "disksizeused", "disksizeallocated"),
    ),
    "systemvm": ("id", "name", "systemvmtype", "state", "zonename", "created"),
    "template": ("id", "name", "status", "format", "hypervisor", "size", "zonename", "account"),
    "tag": ("resourcetype", "resourceid", "key", "value", "account"),
    "user": ("id", "username", "roletype", "state", "account", "domain"),
    "virtualmachine": (
        *("id", "name", "state", "hostname", "templatename", "serviceofferingname"),
        *("zonename", "account"),
    ),
    "vmSnapshot": (
        *("id", "displayname", "type", "state", "current", "virtualmachinename", "account"),
        "created",
    ),
    "volume": ("id", "name", "state", "type", "size", "storage", "vmname", "zonename", "account"),
    "zone": ("id", "name", "allocationstate", "localstorageenabled"),
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
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What moves the cursor, ends the line or turns the writing around."""


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
    """A value on one line; what would command the terminal is written out."""
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    words = os.fsdecode(str(value).encode("utf-8", "replace"))
    return CONTROL.sub(lambda found: repr(found.group())[1:-1], words)


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
