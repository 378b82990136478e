"""Conversations with a QEMU process, and with what only looks like one."""

import os
import signal
import subprocess
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from core.model import errors
from drivers.qemu import qmp

pytestmark = pytest.mark.anyio

GREETING = b'{"QMP": {"version": {}, "capabilities": []}}\n'
AGREED = b'{"return": {}, "id": 1}\n'


@pytest.fixture
def machine(folder: Path) -> Iterator[Path]:
    """The socket of a QEMU process without a machine."""
    path = folder / "qmp.sock"
    command = ["qemu-system-x86_64", "-machine", "none", "-nodefaults", "-display", "none"]
    command += ["-daemonize", "-pidfile", str(folder / "pid"), "-qmp", f"unix:{path},server,nowait"]
    subprocess.run(command, check=True)
    yield path
    if (folder / "pid").exists():
        os.kill(int((folder / "pid").read_text()), signal.SIGKILL)


@asynccontextmanager
async def impostor(path: Path, *lines: bytes) -> AsyncGenerator[None]:
    """Something that listens at `path` and says `lines`, one after each thing that it hears."""

    async def answer(stream: SocketStream) -> None:
        async with stream:
            try:
                for line in lines:
                    await stream.send(line)
                    await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return

    listener = await anyio.create_unix_listener(path)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, answer)
        yield
        group.cancel_scope.cancel()


@pytest.mark.qemu
async def test_one_conversation_after_the_other(machine: Path) -> None:
    """Each finds the same process, and many at once wait for their turn."""
    process_ids: set[int] = set()

    async def talk() -> None:
        for _ in range(5):
            async with qmp.conversation(str(machine), "vm/1") as monitor:
                process_ids.add(monitor.process_id)
                assert await monitor.query("query-block", list[object]) == []

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(talk)
    assert len(process_ids) == 1


@pytest.mark.qemu
async def test_a_refusal_is_an_error_of_the_tree(machine: Path) -> None:
    """And the conversation goes on."""
    missing = {"driver": "file", "node-name": "x", "filename": "/none"}
    async with qmp.conversation(str(machine), "vm/1") as monitor:
        with pytest.raises(errors.Unsupported):
            await monitor.execute("no-such-command")
        with pytest.raises(errors.NotFound):
            await monitor.execute("blockdev-add", missing)
        with pytest.raises(errors.Internal):
            await monitor.query("query-status", list[str])
        await monitor.execute("query-status")


@pytest.mark.qemu
async def test_an_event_is_waited_for_by_what_it_says(machine: Path) -> None:
    """One that came before the wait is not missed; one that never comes is given up."""
    async with qmp.conversation(str(machine), "vm/1") as monitor:
        assert not await monitor.wait_event("SHUTDOWN", "guest", True, 0.01)
        await monitor.execute("quit")
        assert await monitor.wait_event("SHUTDOWN", "guest", False, 5.0)


async def test_where_nobody_listens_no_vm_runs(folder: Path) -> None:
    """Whether there is no socket, or only what a killed process left of it."""
    async with impostor(folder / "dead"):
        pass
    for name in ("absent", "dead"):
        with pytest.raises(errors.NotFound):
            async with qmp.conversation(str(folder / name), "vm/1"):
                pass


@pytest.mark.parametrize(
    "lines",
    [(), (b"junk\n",), (GREETING,), (GREETING, b"junk\n"), (GREETING, b'{"id": "x"}\n')],
    ids=["nothing", "junk", "greeting only", "junk then", "wrong id"],
)
async def test_a_broken_conversation_is_unavailable(folder: Path, lines: tuple[bytes, ...]) -> None:
    """It may be whole again later."""
    async with impostor(folder / "qmp.sock", *lines):
        with pytest.raises(errors.Unavailable):
            async with qmp.conversation(str(folder / "qmp.sock"), "vm/1") as monitor:
                await monitor.execute("query-status")


async def test_a_process_that_does_not_answer_is_unavailable(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for it for ever."""
    monkeypatch.setattr(qmp, "ANSWER_TIMEOUT_S", 0.05)
    listener = await anyio.create_unix_listener(folder / "qmp.sock")
    assert listener.extra(SocketAttribute.local_address)
    async with listener:
        with pytest.raises(errors.Unavailable):
            async with qmp.conversation(str(folder / "qmp.sock"), "vm/1"):
                pass


async def test_answers_are_matched_by_their_id(folder: Path) -> None:
    """Events and answers to others do not confuse it, nor do lines that come in pieces."""
    event = b'{"event": "RESUME", "timestamp": {}, "data": {"x": 1}}\n'
    mixed = event + b'{"return": {"a": 1}, "id": 77}\n' + event + b'{"return": {"a": 2}, "id": 2}\n'
    path = folder / "qmp.sock"
    async with (
        impostor(path, GREETING, AGREED + mixed[:20], mixed[20:]),
        qmp.conversation(str(path), "vm/1") as monitor,
    ):
        assert await monitor.query("query-status", dict[str, int]) == {"a": 2}
        assert await monitor.wait_event("RESUME", "x", 1, 1.0)
