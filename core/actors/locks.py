"""One queue for each resource: jobs on the same thing go one at a time, in order."""

from collections import deque

from core.runtime import Reply, Runtime


class Locks:
    """Locks by name ("volume/<id>"); taken in sorted order, so no two jobs wait for each other."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._holders: dict[str, str] = {}
        self._waiting: dict[str, deque[tuple[str, Reply[None]]]] = {}

    def take_now(self, names: tuple[str, ...], job_id: str) -> bool:
        """Take all of them if that needs no waiting; answers whether it did."""
        if any(name in self._holders for name in names):
            return False
        for name in names:
            self._holders[name] = job_id
        return True

    async def take(self, names: tuple[str, ...], job_id: str) -> None:
        """Take all of them; cancelled, it takes none."""
        taken: list[str] = []
        try:
            for name in sorted(set(names)):
                await self._take_one(name, job_id)
                taken.append(name)
        except BaseException:
            self.release(tuple(taken), job_id)
            raise

    async def _take_one(self, name: str, job_id: str) -> None:
        if name not in self._holders:
            self._holders[name] = job_id
            return
        reply: Reply[None] = self._runtime.reply()
        queue = self._waiting.setdefault(name, deque())
        place = (job_id, reply)
        queue.append(place)
        try:
            await reply.wait()
        except BaseException:
            if reply.is_done():
                self.release((name,), job_id)
            else:
                queue.remove(place)
            raise

    def release(self, names: tuple[str, ...], job_id: str) -> None:
        """Hand those that the job holds to whoever is next."""
        for name in names:
            if self._holders.get(name) != job_id:
                continue
            queue = self._waiting.get(name)
            if queue:
                next_id, reply = queue.popleft()
                self._holders[name] = next_id
                reply.set(None)
            else:
                del self._holders[name]
                self._waiting.pop(name, None)

    def holder(self, names: tuple[str, ...], job_id: str) -> str:
        """Who holds one of them, if it is another job."""
        for name in names:
            holder = self._holders.get(name, "")
            if holder and holder != job_id:
                return f"{name}, held by job {holder}"
        return ""
