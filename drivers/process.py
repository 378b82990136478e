"""Starts programs, in one place: no shell, a bare environment, limits, and no survivors."""

import os
import signal
import subprocess
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager

import anyio
import msgspec
from anyio.abc import Process

from core.model import errors
from drivers import failures

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
}
FOLDER = "/"
OUTPUT_MAX_BYTES = 16 << 20
COMPLAINT_MAX_BYTES = 4096
REAP_TIMEOUT_S = 5.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a program may use; 0 means no limit of processor time or address space."""

    timeout_s: float = 60.0
    cpu_s: int = 0
    address_space_bytes: int = 0


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended: its exit code, what it printed, and what it complained of."""

    code: int
    output: bytes
    complaint: str


async def run(
    arguments: Sequence[str],
    *,
    subject: str,
    limits: Limits | None = None,
    accepted: tuple[int, ...] = (0,),
    listen: Callable[[bytes], None] | None = None,
) -> Finished:
    """Run a program to its end; `listen` gets its output as it comes, else it is kept.

    Cancelled or out of time, its whole process group is killed before this returns. Raises Deadline
    (out of time), Unavailable (not installed, or killed), and for an exit code that is not
    `accepted` the error that drivers.failures reads from its complaint about `subject`.
    """
    limits = limits or Limits()
    with _complaints() as complaints, _installed(subject):
        try:
            with anyio.fail_after(limits.timeout_s):
                code, output = await _complete(_limited(arguments, limits), complaints, listen)
        except TimeoutError as error:
            message = f"{arguments[0]} did not end within {limits.timeout_s:g} s"
            hint = "check the storage that it works on, then try again"
            raise errors.Deadline(message, object=subject, hint=hint) from error
        complaint = _last_words(complaints)
    if code < 0:
        raise errors.Unavailable(
            f"{arguments[0]} was ended by signal {-code}", object=subject, hint="try again"
        )
    if code not in accepted:
        raise failures.from_text(complaint or f"{arguments[0]} ended with code {code}", subject)
    return Finished(code=code, output=output, complaint=complaint)


@asynccontextmanager
async def running(arguments: Sequence[str], *, subject: str) -> AsyncGenerator[Callable[[], None]]:
    """Run a program beside the block and kill its process group when the block ends.

    What it yields, when called, raises what drivers.failures reads from the program's complaint if
    the program has ended already. Raises Unavailable (not installed).
    """
    with _complaints() as complaints:
        with _installed(subject):
            process = await _start(list(arguments), subprocess.DEVNULL, complaints)

        def require_running() -> None:
            if process.returncode is not None:
                raise failures.from_text(_last_words(complaints), subject)

        try:
            yield require_running
        finally:
            await _end(process)


@contextmanager
def _installed(subject: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        message = f"{error.filename} is not installed"
        hint = "install QEMU's system emulator and image tools on this machine"
        raise errors.Unavailable(message, object=subject, hint=hint) from error


def _limited(arguments: Sequence[str], limits: Limits) -> list[str]:
    """The command line with util-linux's prlimit before it, where a limit asks for that."""
    options: list[str] = []
    if limits.cpu_s:
        options.append(f"--cpu={limits.cpu_s}")
    if limits.address_space_bytes:
        options.append(f"--as={limits.address_space_bytes}")
    return ["prlimit", *options, "--", *arguments] if options else list(arguments)


@contextmanager
def _complaints() -> Generator[int]:
    """A file in memory for standard error, so that one reader is enough for a program."""
    descriptor = os.memfd_create("complaints", os.MFD_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _last_words(complaints: int) -> str:
    size = os.fstat(complaints).st_size
    tail = os.pread(complaints, COMPLAINT_MAX_BYTES, max(0, size - COMPLAINT_MAX_BYTES))
    return tail.decode(errors="replace").strip()


async def _complete(
    command: list[str], complaints: int, listen: Callable[[bytes], None] | None
) -> tuple[int, bytes]:
    process = await _start(command, subprocess.PIPE, complaints)
    try:
        output = await _read(process, listen)
        return await process.wait(), output
    finally:
        await _end(process)


async def _start(command: list[str], output: int, complaints: int) -> Process:
    return await anyio.open_process(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=complaints,
        env=ENVIRONMENT,
        cwd=FOLDER,
        start_new_session=True,
        umask=0o077,
    )


async def _read(process: Process, listen: Callable[[bytes], None] | None) -> bytes:
    kept = bytearray()
    if process.stdout is not None:
        async for chunk in process.stdout:
            if listen is not None:
                listen(chunk)
            elif len(kept) < OUTPUT_MAX_BYTES:
                kept += chunk
    return bytes(kept)


async def _end(process: Process) -> None:
    """Kill what is left of the program's process group, reap it, and close its pipe."""
    with anyio.move_on_after(REAP_TIMEOUT_S, shield=True):
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if process.stdout is not None:
            await process.stdout.aclose()
