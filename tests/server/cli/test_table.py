"""Tables: the columns of each kind of thing, sizes in words, nothing cut off."""

import pytest

from server.cli.table import Object, show_rows, size_text

GIB = 1 << 30
POOL = {
    "id": "9" * 36,
    "name": "nfs1",
    "state": "Up",
    "type": "NetworkFilesystem",
    "scope": "CLUSTER",
    "zonename": "z",
    "clustername": "c",
    "managed": False,
    "tags": "",
    "disksizetotal": 2048 * GIB,
    "disksizeused": 1536 << 20,
    "disksizeallocated": 0,
}
SIZES = "disksizetotal disksizeused disksizeallocated"
JOB = {"jobid": "j", "cmd": "addHost", "jobstatus": 2, "phase": "ended", "step": 1}
OFFERING = {"id": "o", "name": "any", "disksize": 5, "iscustomized": True, "state": "Active"}


@pytest.mark.parametrize(
    ("kind", "row", "names", "cells"),
    [
        (
            "storagepool",
            POOL,
            f"id name state type scope zonename clustername {SIZES}",
            "9" * 36 + " nfs1 Up NetworkFilesystem CLUSTER z c 2 TiB 1.5 GiB 0 B",
        ),
        ("asyncjobs", JOB, "jobid cmd jobstatus phase", "j addHost failed ended"),
        (
            "diskoffering",
            OFFERING,
            "id name disksize iscustomized state",
            "o any 5 GiB true Active",
        ),
        ("systemvm", {"id": "1", "name": "s-1", "rev": 3}, "id name", "1 s-1"),
        (
            "datastoreobject",
            {"name": "f", "isdirectory": False, "size": 1 << 20, "volumename": "v", "volumeid": 1},
            "name isdirectory size volumename",
            "f false 1 MiB v",
        ),
        (
            "resourcelimit",
            {"resourcetype": "2", "resourcetypename": "volume", "max": 20, "account": "alice"},
            "resourcetypename max account",
            "volume 20 alice",
        ),
        (
            "host",
            {"id": "h", "name": "h1", "requiresStorageMotion": True},
            "id name requiresStorageMotion",
            "h h1 true",
        ),
        ("whatever", {"b": [1], "a": None}, "a b", "None [1]"),
    ],
)
def test_a_list_shows_what_matters_of_its_kind(
    capsys: pytest.CaptureFixture[str], kind: str, row: Object, names: str, cells: str
) -> None:
    """Columns that no row fills are left out; a list without any of them shows all it has."""
    show_rows(kind, [row])
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [names, cells]


def test_long_values_stay_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets in them are letters like others."""
    name = "[red]" + "x" * 150
    show_rows("volume", [{"id": "v", "name": name}])
    assert name in capsys.readouterr().out


def test_names_do_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever may name a volume does not thereby clear an administrator's screen."""
    show_rows("volume", [{"id": "v", "name": "\x1b[2J\nroot\x00\u202e é"}])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "\\x1b[2J\\nroot\\x00\\u202e é" in lines[1]


@pytest.mark.parametrize(
    ("size_bytes", "told"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (5 * GIB, "5 GiB"),
        (3 << 39, "1.5 TiB"),
        (5000 << 40, "5000 TiB"),
    ],
)
def test_sizes_use_the_largest_unit_of_which_there_is_one(size_bytes: int, told: str) -> None:
    """Up to TiB."""
    assert size_text(size_bytes) == told
