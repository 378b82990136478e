"""Appends to a journal until it is killed, and prints each position once it is durable."""

import sys
from pathlib import Path

import trio

from core.journal import Stored
from core.trio_runtime import TrioRuntime
from server.journal.group_commit import GroupCommitJournal, open_journal

WRITERS = 8
CONTENT = b"x" * 300


async def write_for_ever(path: Path) -> None:
    """Several writers at once; each prints what it was told is safe, unbuffered."""
    async with (
        open_journal(path, TrioRuntime(start_s=0.0), instance="writer") as journal,
        trio.open_nursery() as nursery,
    ):
        for number in range(WRITERS):
            nursery.start_soon(_write, journal, number)


async def _write(journal: GroupCommitJournal, number: int) -> None:
    while True:
        record = Stored("volume", f"{number}", f"{journal.head + 1}".encode())
        position = journal.append(1.0, [CONTENT, CONTENT], [record])
        await journal.durable(position)
        sys.stdout.write(f"{position}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    trio.run(write_for_ever, Path(sys.argv[1]))
