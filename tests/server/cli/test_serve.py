"""The server as a process: starts, refuses, stops, is killed, and starts again."""

import json
import signal
from pathlib import Path

from tests.server.cli.program import Program


def test_a_first_start_founds_the_site_and_a_stop_is_clean(program: Program) -> None:
    """Zone, pool, store and offering are there; the token is private; SIGTERM ends with 0."""
    program.start()
    pools = program.call("listStoragePools")
    assert [pool["name"] for pool in pools["storagepool"]] == ["pool1"]
    assert [s["name"] for s in program.call("listImageStores")["imagestore"]] == ["store1"]
    credentials = program.data / "credentials.json"
    assert credentials.stat().st_mode & 0o777 == 0o600
    assert program.end(signal.SIGTERM) == 0
    token = json.loads(credentials.read_text())["token"]
    assert token not in program.log
    assert all(json.loads(line)["event"] for line in program.log.splitlines())


def test_a_killed_server_has_lost_nothing_that_it_answered(program: Program) -> None:
    """Also what was answered just before; and nothing is founded twice."""
    program.start()
    for name in ("one", "two", "three"):
        program.call("createDiskOffering", "--name", name, "--disksize", "2")
    program.end(signal.SIGKILL)
    program.start()
    offerings = program.call("listDiskOfferings")["diskoffering"]
    names = sorted(offering["name"] for offering in offerings)
    assert names == ["one", "small", "three", "two"]
    assert program.call("listStoragePools")["count"] == 1
    assert program.end(signal.SIGINT) == 0


def test_a_second_server_on_the_same_data_is_refused(program: Program) -> None:
    """With the process that has it."""
    program.start()
    second = program.run(
        "serve", "--site", str(program.site), "--data", str(program.data), "--listen", "127.0.0.1:0"
    )
    assert second.code == 5
    assert "another server (process" in second.errors
    assert "--data" in second.errors


def refused(program: Program, *words: str) -> tuple[int, str]:
    """Exit code and message of a server that does not start."""
    ran = program.run("serve", *words)
    return ran.code, ran.errors


def test_what_cannot_be_served_is_said(program: Program, tmp_path: Path) -> None:
    """Exit code and hint, for whatever is wrong."""
    data = ("--data", str(program.data))
    site = ("--site", str(program.site))
    code, said = refused(program, *site, *data, "--listen", "0.0.0.0:0")
    assert (code, "needs TLS" in said) == (2, True)
    code, said = refused(program, *site, *data, "--listen", "nowhere")
    assert (code, "HOST:PORT" in said) == (2, True)
    code, said = refused(program, "--site", str(tmp_path / "none"), *data)
    assert (code, "cannot read the site file" in said) == (7, True)
    code, said = refused(program, *site, *data, "--tls-cert", "cert.pem")
    assert (code, "a certificate needs its key" in said) == (2, True)
    program.site.write_text('kind = "real"\n[[hosts]]\nname = "h"\n')
    code, said = refused(program, *site, *data)
    assert (code, "at `$.hosts[0]`" in said) == (2, True)


def test_a_damaged_journal_is_said(program: Program) -> None:
    """Its file, what is wrong, what to do; no traceback."""
    program.data.mkdir()
    journal = program.data / "journal.db"
    journal.write_bytes(b"not a journal" * 100)
    code, said = refused(
        program, "--site", str(program.site), "--data", str(program.data), "--listen", "127.0.0.1:0"
    )
    assert code == 1
    assert str(journal) in said
    assert "backup" in said


def test_a_part_of_the_site_that_fails_is_added_at_the_next_start(program: Program) -> None:
    """The server starts all the same, and says what is missing."""
    right = program.site.read_text()
    program.site.write_text(right.replace("/pool", "/pool?colour=red"))
    program.start()
    assert "the site file's part could not be added" in program.log
    assert program.call("listStoragePools")["count"] == 0
    program.end(signal.SIGTERM)
    program.site.write_text(right)
    program.start()
    assert program.call("listStoragePools")["count"] == 1
    assert program.call("listImageStores")["count"] == 1
