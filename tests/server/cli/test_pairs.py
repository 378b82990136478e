"""Options for maps and for lists of objects, each given by itself and as often as there are."""

from typing import Any

import click
import pytest

from core.model.commands.registry import COMMANDS
from server.cli.call import call
from server.cli.parameters import options, wire_parameters

V, P = "0" * 8, "1" * 8


def parsed(name: str, *words: str) -> dict[str, Any]:
    """The parameters that the words mean for the command."""
    kind = COMMANDS[name]
    parser = click.Command(name, params=list(options(kind)))
    return wire_parameters(kind, parser.make_context(name, list(words)).params)


@pytest.mark.parametrize(
    ("name", "words", "field", "meant"),
    [
        (
            "createStoragePool",
            "--zoneid z --name p --url nfs://s/e --details a=1 --details b=x=y,z --details c=",
            "details",
            {"a": "1", "b": "x=y,z", "c": ""},
        ),
        (
            "createTags",
            f"--resourcetype volume --resourceids {V} --tags key=a,value=1,2 --tags key=b",
            "tags",
            [{"key": "a", "value": "1,2"}, {"key": "b"}],
        ),
        (
            "migrateVirtualMachineWithVolume",
            f"--virtualmachineid {V} --migrateto volume={V},pool={P}",
            "migrateto",
            [{"volume": V, "pool": P}],
        ),
        (
            "deployVirtualMachine",
            f"--serviceofferingid {V} --zoneid {V} --datadisksdetails diskofferingid={V},size=5",
            "datadisksdetails",
            [{"diskofferingid": V, "size": 5}],
        ),
        ("listZones", "", "details", None),
    ],
)
def test_parts_are_told_apart(name: str, words: str, field: str, meant: object) -> None:
    """By the names of the fields, so that values may have commas and equals signs."""
    assert parsed(name, *words.split()).get(field) == meant


@pytest.mark.parametrize(
    ("name", "words", "told"),
    [
        ("addImageStore", "--provider NFS --details vers", "name=value"),
        ("createTags", f"--resourcetype volume --resourceids {V} --tags a", "key=...,value=..."),
        ("createTags", f"--resourcetype volume --resourceids {V} --tags value=a", "key"),
        (
            "deployVirtualMachine",
            f"--serviceofferingid {V} --zoneid {V} --datadisksdetails diskofferingid={V},size=x",
            "integer",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_form(name: str, words: str, told: str) -> None:
    """Before anything is asked of the server."""
    with pytest.raises(click.BadParameter, match=told):
        parsed(name, *words.split())


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_option_means_two_things(name: str) -> None:
    """Not even where a command has a `key` of its own."""
    command = call.get_command(click.Context(call), name)
    assert command is not None
    flags = [flag for option in command.params for flag in option.opts]
    assert len(flags) == len(set(flags))


def test_only_what_means_something_is_offered() -> None:
    """Lists are not rehearsed or waited for."""
    command = call.get_command(click.Context(call), "listTags")
    assert command is not None
    flags = {flag for option in command.params for flag in option.opts}
    assert "--key" in flags
    assert not flags & {"--dry-run", "--no-wait", "--wait-s", "--idempotency-key"}
