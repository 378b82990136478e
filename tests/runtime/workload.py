"""A random crowd of tasks that uses every word of the runtime, and writes down what happens."""

import hashlib
import random
from collections.abc import Awaitable, Callable

from core.model import errors
from core.runtime import Mailbox, Reply, Runtime, Scope
from sim.virtual.run import run_kernel, run_trio

CLIENTS = 12
ACTORS = 3
HORIZON_S = 40.0


class Crowd:
    """Clients that sleep, ask actors, raise families, ring bells and cancel one another.

    All draw from one generator, so any difference in order changes everything that follows.
    """

    def __init__(self, rt: Runtime, seed: int) -> None:
        self.trace: list[str] = []
        self._rt = rt
        self._random = random.Random(seed)
        self._scopes: list[Scope] = []
        self._bell = rt.event()
        self._mailboxes: list[Mailbox[tuple[str, Reply[str]]]] = [
            rt.mailbox(4, f"actor-{number}") for number in range(ACTORS)
        ]
        self._deeds: tuple[Callable[[str], Awaitable[None]], ...] = (
            self._doze,
            self._ask,
            self._found_family,
            self._wait_for_bell,
            self._ring,
            self._strike,
            self._tidy,
        )

    async def live(self) -> None:
        """Run the crowd until its clients are done or the horizon is reached."""
        async with self._rt.nursery() as actors:
            for number, mailbox in enumerate(self._mailboxes):
                actors.start_soon(self._serve, f"actor-{number}", mailbox)
            with self._rt.scope(HORIZON_S) as day:
                async with self._rt.nursery() as clients:
                    for number in range(CLIENTS):
                        clients.start_soon(self._act, f"client-{number}", 0)
            self._note("day", "cut" if day.cancelled else "done")
            actors.cancel()
        self._note("end")

    def _note(self, *what: str) -> None:
        self.trace.append(f"{self._rt.now():.3f} {' '.join(what)}")

    async def _serve(self, name: str, mailbox: Mailbox[tuple[str, Reply[str]]]) -> None:
        while True:
            try:
                await self._handle(name, *await mailbox.get())
            except Exception as error:  # noqa: BLE001 - an actor outlives its handler
                self._note(name, "fails", str(error))

    async def _handle(self, name: str, sender: str, reply: Reply[str]) -> None:
        self._note(name, "serves", sender)
        await self._rt.sleep(self._random.choice((0, 0, 1, 2)))
        if self._random.random() < 0.2:
            reply.fail(errors.Conflict(f"{name} will not"))
            raise errors.Conflict(sender)
        reply.set(name)

    async def _act(self, name: str, depth: int) -> None:
        self._note(name, "born")
        try:
            for _ in range(self._random.randint(2, 8 - 2 * depth)):
                choices = len(self._deeds) if depth < 2 else 2
                await self._limited(name, self._deeds[self._random.randrange(choices)])
        finally:
            self._note(name, "dies")

    async def _limited(self, name: str, deed: Callable[[str], Awaitable[None]]) -> None:
        scope = self._rt.scope(self._random.choice((None, None, 0, 1, 2, 3)))
        self._scopes.append(scope)
        try:
            with scope:
                await deed(name)
        finally:
            self._scopes.remove(scope)
        self._note(name, deed.__name__, "cut" if scope.cancelled else "done")

    async def _doze(self, name: str) -> None:
        await self._rt.sleep(self._random.choice((0, 1, 1, 2, 3)))
        await self._rt.checkpoint()
        self._note(name, "wakes")

    async def _ask(self, name: str) -> None:
        reply: Reply[str] = self._rt.reply()
        try:
            self._random.choice(self._mailboxes).put((name, reply))
            self._note(name, "hears", await reply.wait())
        except errors.ForebayError as error:
            self._note(name, "refused", str(error))

    async def _found_family(self, name: str) -> None:
        depth = name.count("/") + 1
        try:
            async with self._rt.nursery() as family:
                for number in range(self._random.randint(0, 3)):
                    family.start_soon(self._act, f"{name}/{number}", depth)
                if self._random.random() < 0.3:
                    family.start_soon(self._fail, name)
                await self._rt.sleep(self._random.choice((0, 1)))
                if self._random.random() < 0.2:
                    family.cancel()
                if self._random.random() < 0.2:
                    raise errors.Integrity(name)
        except* errors.ForebayError as group:
            self._note(name, "mourns", repr(group))

    async def _fail(self, name: str) -> None:
        await self._rt.sleep(self._random.choice((0, 1, 2)))
        raise errors.Unavailable(name)

    async def _wait_for_bell(self, name: str) -> None:
        await self._bell.wait()
        self._note(name, "hears the bell")

    async def _ring(self, name: str) -> None:
        self._note(name, "rings")
        self._bell.set()
        self._bell = self._rt.event()

    async def _strike(self, name: str) -> None:
        self._note(name, "strikes")
        for scope in self._random.sample(self._scopes, min(2, len(self._scopes))):
            scope.cancel()

    async def _tidy(self, name: str) -> None:
        try:
            await self._rt.sleep(2)
        finally:
            with self._rt.shield(self._random.choice((None, 1))) as shield:
                await self._rt.sleep(self._random.choice((0, 1, 2)))
            self._note(name, "tidied", "in part" if shield.cancelled else "all")


def trace_of(run: str, seed: int) -> list[str]:
    """What the crowd of `seed` does on "kernel" or "trio-virtual"."""

    async def main(rt: Runtime) -> list[str]:
        crowd = Crowd(rt, seed)
        await crowd.live()
        return crowd.trace

    return (run_kernel if run == "kernel" else run_trio)(main)


def digest(run: str, seeds: range) -> str:
    """SHA-256 of the traces of all `seeds`."""
    lines = (line for seed in seeds for line in trace_of(run, seed))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
