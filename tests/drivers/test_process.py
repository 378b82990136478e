"""Programs are started without a shell, bounded, and never left behind."""

import os
from pathlib import Path

import anyio
import pytest

from core.model import errors
from drivers import process
from drivers.process import Limits

pytestmark = pytest.mark.anyio

WAIT_S = 10.0


def is_alive(process_id: int) -> bool:
    """Whether a process runs; one that is dead and not yet reaped does not."""
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def descriptors() -> int:
    """How many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def gone(process_id: int) -> bool:
    """Wait until a process is gone."""
    with anyio.move_on_after(WAIT_S):
        while is_alive(process_id):  # noqa: ASYNC110 - it happens in another process
            await anyio.sleep(0.01)
        return True
    return False


async def test_what_a_program_prints_is_answered() -> None:
    """Both of its streams, and its exit code where that is accepted."""
    command = ("sh", "-c", "echo out; echo oh dear >&2; exit 3")
    finished = await process.run(command, subject="it", accepted=(3,))
    assert finished == process.Finished(code=3, output=b"out\n", complaint="oh dear")


async def test_arguments_are_never_read_by_a_shell(tmp_path: Path) -> None:
    """What a shell would run is passed on as it is."""
    hostile = f"; touch {tmp_path}/made $(touch {tmp_path}/made) \n `x` 'y' \N{SNOWMAN}"
    finished = await process.run(("printf", "%s", hostile), subject="it")
    assert finished.output.decode() == hostile
    assert not any(os.scandir(tmp_path))


async def test_a_program_sees_a_bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither secrets of the control plane nor its folder nor its input reach it."""
    monkeypatch.setenv("SECRET", "42")
    finished = await process.run(("sh", "-c", "env; pwd; cat"), subject="it")
    assert b"SECRET" not in finished.output
    assert finished.output.endswith(b"\n/\n")


async def test_output_is_heard_while_the_program_runs() -> None:
    """A listener gets it at once, so that progress can be told."""
    heard = anyio.Event()

    def listen(chunk: bytes) -> None:
        if chunk:
            heard.set()

    async with anyio.create_task_group() as group:
        command = ("sh", "-c", "echo now; exec sleep 60")

        async def run() -> None:
            await process.run(command, subject="it", listen=listen)

        group.start_soon(run)
        with anyio.fail_after(WAIT_S):
            await heard.wait()
        group.cancel_scope.cancel()


async def test_cancelling_kills_the_program_and_its_children() -> None:
    """Nothing of its process group survives."""
    started: list[int] = []
    with anyio.CancelScope() as scope:

        def listen(chunk: bytes) -> None:
            started.extend(int(word) for word in chunk.split())
            scope.cancel()

        command = ("sh", "-c", "sleep 60 & echo $$ $!; wait")
        await process.run(command, subject="it", listen=listen)
    assert scope.cancelled_caught
    assert len(started) == 2
    for process_id in started:
        assert await gone(process_id)


async def test_a_program_that_takes_too_long_is_killed() -> None:
    """The caller learns that it ran out of time."""
    with pytest.raises(errors.Deadline):
        await process.run(("sleep", "60"), subject="it", limits=Limits(timeout_s=0.05))


async def test_processor_time_and_address_space_are_limited() -> None:
    """A program that is led astray by its input cannot take the machine along."""
    limits = Limits(cpu_s=7, address_space_bytes=1 << 30)
    command = ("sh", "-c", "ulimit -t; ulimit -v")
    finished = await process.run(command, subject="it", limits=limits)
    assert finished.output.split() == [b"7", b"1048576"]


async def test_a_program_that_is_not_installed_is_unavailable() -> None:
    """It says what is missing and what to do."""
    with pytest.raises(errors.Unavailable, match="no-such-program"):
        await process.run(("no-such-program",), subject="it")


@pytest.mark.parametrize(
    ("complaint", "error"),
    [
        ("write failed: No space left on device", errors.NoCapacity),
        ('Failed to get "write" lock', errors.Busy),
        ("Could not open x: No such file or directory", errors.NotFound),
        ("something else", errors.Internal),
    ],
)
async def test_complaints_become_errors_of_the_tree(
    complaint: str, error: type[errors.ForebayError]
) -> None:
    """By the table, with what was said, about what, and a hint."""
    command = ("sh", "-c", f"echo '{complaint}' >&2; exit 1")
    with pytest.raises(error, match="o") as caught:
        await process.run(command, subject="pool/1")
    assert (caught.value.message, caught.value.object) == (complaint, "pool/1")
    assert caught.value.hint


async def test_a_program_killed_by_another_is_unavailable() -> None:
    """It may be tried again."""
    with pytest.raises(errors.Unavailable):
        await process.run(("sh", "-c", "kill -9 $$"), subject="it")


async def test_no_descriptor_is_left_open() -> None:
    """However often programs are run."""
    await process.run(("true",), subject="it")
    before = descriptors()
    for _ in range(5):
        await process.run(("true",), subject="it")
    assert descriptors() == before
