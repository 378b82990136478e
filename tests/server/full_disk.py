"""Lets a journal's disk run full and get room again, and prints what it did meanwhile."""

import resource
import signal
import sys
from pathlib import Path

import trio

from core.model.errors import Unavailable
from core.trio_runtime import TrioRuntime
from server.journal.group_commit import open_journal
from server.journal.schema import JournalLimits
from tests.server.running import wait_until

LIMITS = JournalLimits(wait_s=0.2, retry_first_s=0.01, retry_most_s=0.02)


def room(extra_bytes: int | None, path: Path) -> None:
    """Let files grow by no more than that beyond the journal's size, or without limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    soft = hard if extra_bytes is None else path.stat().st_size + extra_bytes
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def say(*words: object) -> None:
    """Print a line that the test compares."""
    sys.stdout.write(f"{' '.join(map(str, words))}\n")


async def fill(path: Path) -> None:
    """Fill up, be refused, get room, go on."""
    runtime = TrioRuntime(start_s=0.0)
    async with open_journal(path, runtime, instance="full", limits=LIMITS) as journal:
        await journal.durable(journal.append(1.0, [b"first"], []))
        room(200_000, path)
        waiting = journal.append(1.0, [b"x" * 300_000], [])
        try:
            await journal.durable(waiting)
        except Unavailable as error:
            say("not durable:", error.object)
        try:
            journal.append(1.0, [b"refused"], [])
        except Unavailable as error:
            say("refused:", error.hint)
        say("failing:", journal.statistics()["failing"])
        room(None, path)
        await wait_until(lambda: journal.failure is None)
        say("went on:", journal.append(1.0, [b"last"], []))
        await journal.durable(journal.head)
    async with open_journal(path, runtime, instance="again") as journal:
        say("kept:", [(entry.position, len(entry.data)) for entry in journal.read(0, 10)])


if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    trio.run(fill, Path(sys.argv[1]))
