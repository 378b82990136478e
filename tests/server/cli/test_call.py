"""Commands from the command line: generated options, waiting, forms, exit codes."""

import pytest

from core.model.commands.registry import COMMANDS
from tests.server.cli.program import Program


def ids(served: Program) -> tuple[str, str]:
    """The zone and an offering."""
    zone = served.call("listZones")["zone"][0]["id"]
    return zone, served.call("listDiskOfferings")["diskoffering"][0]["id"]


def test_every_command_has_its_help(served: Program) -> None:
    """And each field is an option by its wire name."""
    listing = served.run("call", "--help").output
    assert all(name in listing for name in COMMANDS)
    text = served.run("call", "createVolume", "--help").output
    assert "--diskofferingid" in text
    assert "GiB; 1 to" in text


def test_a_job_is_waited_for(served: Program) -> None:
    """Its result is what is printed, alone on standard output."""
    zone, offering = ids(served)
    words = ("createVolume", "--zoneid", zone, "--diskofferingid", offering, "--name", "v1")
    volume = served.call(*words)["volume"]
    assert (volume["name"], volume["state"]) == ("v1", "Allocated")


def test_a_job_need_not_be_waited_for(served: Program) -> None:
    """Then the job's id is printed, and the commands for jobs take it."""
    zone, offering = ids(served)
    words = ("createVolume", "--zoneid", zone, "--diskofferingid", offering, "--no-wait")
    job = served.call(*words)["jobid"]
    assert served.run("job", "wait", job).answer["volume"]["state"] == "Allocated"
    assert served.run("job", "show", job).answer["jobstatus"] == 1
    assert served.run("job", "cancel", job).answer["outcome"] == "finished"
    assert job in served.run("job", "list").output


def test_a_dry_run_prints_the_plan_and_does_nothing(served: Program) -> None:
    """Its hash can be given with the real one."""
    zone, offering = ids(served)
    before = served.call("listVolumes").get("count", 0)
    words = ("createVolume", "--zoneid", zone, "--diskofferingid", offering, "--dry-run")
    assert served.call(*words)["hash"]
    assert served.call("listVolumes").get("count", 0) == before


def test_a_key_makes_a_change_once(served: Program) -> None:
    """The second time the same object is answered."""
    words = ("createDiskOffering", "--name", "once", "--disksize", "3", "--key", "k1")
    assert served.call(*words) == served.call(*words)


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (("createVolume", "--size", "0"), 2, "invalid.params"),
        (("deleteVolume", "--id", "none"), 3, "not_found"),
        (("createDiskOffering", "--name", "both", "--disksize", "1", "--customized"), 2, "invalid"),
    ],
)
def test_failures_have_their_exit_codes(
    served: Program, words: tuple[str, ...], code: int, kind: str
) -> None:
    """The error is one line of JSON on standard error, nothing is on standard output."""
    ran = served.run("call", *words)
    assert ran.code == code
    assert ran.failure["code"].startswith(kind)
    assert ran.failure["hint"]
    assert ran.output == ""


def test_a_misspelt_command_is_set_right(served: Program) -> None:
    """The nearest one is named; else how to see them all."""
    ran = served.run("call", "createVolum")
    assert ran.code == 2
    assert "there is no command createVolum; did you mean createVolume?" in ran.errors
    assert "lists all" in served.run("call", "nothing-like-it").errors


def test_who_may_not_is_told_so(served: Program) -> None:
    """A wrong token: 4."""
    ran = served.run("call", "--token", "wrong", "listZones")
    assert (ran.code, ran.failure["code"]) == (4, "auth.denied")


def test_without_a_server_it_says_how_to_have_one(program: Program) -> None:
    """No server named: usage. None there: unavailable."""
    assert program.run("call", "listZones", data=False).code == 2
    ran = program.run("call", "--url", "http://127.0.0.1:9", "--token", "t", "listZones")
    assert ran.code == 7
    assert "forebay serve" in ran.failure["hint"]


def test_tables_are_for_people(served: Program) -> None:
    """One line of names, one for each row."""
    lines = served.run("call", "listZones", "-o", "table").output.splitlines()
    assert lines[0].split()[:2] == ["id", "name"]
    assert "zone1" in lines[1]
    assert served.run("call", "listSnapshots", "-o", "table").output == "none\n"


def test_events_are_watched_as_lines(served: Program) -> None:
    """From the beginning, so many, chosen by topic."""
    ran = served.run("watch", "--from", "0", "--count", "1", "--topics", "zone")
    assert ran.code == 0
    assert ran.answer["object"]["name"] == "zone1"
