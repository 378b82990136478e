"""docs/api.md tells the truth: its session runs as written, and its tables are the program's."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.commands.meta import Meta
from core.model.commands.registry import COMMANDS
from server.client import Client, open_client
from server.config import EMBEDDED
from server.limits import RateLimited
from server.rpc.methods import METHODS
from tests.server.peer import Object, open_peer
from tests.server.running import running

pytestmark = pytest.mark.anyio
DOCUMENT = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
SMALL = EMBEDDED.read_text().replace("1_073_741_824", "1_048_576").partition("[limits]")[0]
SENT, SAID = "→ ", "← "


def _lines(mark: str) -> list[Object]:
    """What one side of the document's session says; "..." stands for something."""
    lines = [line.removeprefix(mark) for line in DOCUMENT.splitlines() if line.startswith(mark)]
    whole = [line.replace("{...}", "{}").replace(",...}", "}") for line in lines]
    return [msgspec.json.decode(line) for line in whole]


def _column(heading: str) -> set[str]:
    """The words in code marks of the first column of the table below the heading."""
    section = DOCUMENT.partition(heading)[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return {word for row in rows for word in re.findall("`([^`]+)`", row.split("|")[1])}


async def _root_volume(client: Client) -> str:
    """The root disk of a machine that was deployed for it, once its template had come."""
    for job in (await client.call("listAsyncJobs"))["asyncjobs"]:
        await client.call("job.wait", jobid=job["jobid"], timeout_s=60)
    wanted: dict[str, Any] = {
        f"{noun}id": (await client.call(command))[noun][0]["id"]
        for noun, command in (("zone", "listZones"), ("serviceoffering", "listServiceOfferings"))
    }
    templates = await client.call("listTemplates", templatefilter="all")
    wanted["templateid"] = templates["template"][0]["id"]
    deployed = await client.call("deployVirtualMachine", **wanted)
    await client.call("job.wait", jobid=deployed["jobid"], timeout_s=60)
    volumes = await client.call("listVolumes", virtualmachineid=deployed["id"])
    return str(volumes["volume"][0]["id"])


def _requires(told: Object, shown: Object) -> None:
    """Everything that the document shows is in what the server says."""
    assert shown.keys() <= told.keys()
    parts: list[tuple[Object, Object]] = [
        (told[key], value) for key, value in shown.items() if isinstance(value, dict)
    ]
    for told_part, shown_part in parts:
        _requires(told_part, shown_part)


async def test_the_session_runs_as_it_is_written(tmp_path: Path) -> None:
    """What the document leaves out is filled in: the token, the volume, the job."""
    async with running(tmp_path, site=SMALL) as server:
        async with open_client(server.url, server.token) as client:
            volume_id = await _root_volume(client)
        hello, begun = _lines(SAID)
        identify, create, wait = _lines(SENT)
        peer = await open_peer(server)
        _requires(await peer.receive(), hello)
        identify["params"]["token"] = server.token
        await peer.send(identify)
        assert "result" in await peer.receive()
        create["params"]["volumeid"] = volume_id
        await peer.send(create)
        answer = await peer.receive()
        _requires(answer, begun)
        wait["params"]["jobid"] = answer["result"]["jobid"]
        await peer.send(wait)
        assert (await peer.receive())["result"]["jobstatus"] == 1


def test_every_kind_of_error_says_what_to_do() -> None:
    """The table names just those that there are."""
    kinds: list[type[errors.ForebayError]] = errors.ForebayError.__subclasses__()
    known = {errors.ForebayError.code, *(kind.code for kind in kinds)}
    assert _column("## Errors") == known | {RateLimited.code}


def test_everything_that_may_be_added_to_a_command_is_told() -> None:
    """By its name on the wire."""
    assert _column("any command: `meta`") == set(Meta.__struct_fields__)


def test_what_the_document_names_is_there() -> None:
    """Commands and methods alike."""
    named = {word.split()[0] for word in re.findall("`([a-z]+[A-Z][A-Za-z]+[^`]*)`", DOCUMENT)}
    parameters = {field for kind in COMMANDS.values() for field in kind.__struct_fields__}
    known = {*COMMANDS, *METHODS, *parameters}
    assert {word for word in named if word not in known and word != "postURL"} == set()
    methods = set(re.findall(r"`((?:session|job|events|rpc)\.[a-z]+)", DOCUMENT))
    assert methods <= set(METHODS)
