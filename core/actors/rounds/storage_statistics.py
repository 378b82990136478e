"""How much room pools and image stores have, as they say themselves."""

from typing import NamedTuple

from core.actors.rounds.round import Means, no_progress
from core.driver_words import Space
from core.model import errors
from core.model.records import ImageStore, Pool
from core.plans.operation import ProbePool, ProbeStore
from core.plans.step import Change, Scalar


class _Room(NamedTuple):
    """What is known of a pool or image store."""

    capacity_bytes: int
    used_bytes: int
    nodes: tuple[str, ...] = ()
    replicas: int = 1

    def of_store(self) -> dict[str, Scalar]:
        """The fields that an image store has."""
        return {"capacity_bytes": self.capacity_bytes, "used_bytes": self.used_bytes}


class StorageStatistics:
    """Asks every pool and image store, every storage.stats.interval."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("storage.stats.interval") / 1000

    async def run(self) -> None:
        """Look at each, one after the other."""
        inventory = self._means.inventory
        for pool in list(inventory.all(Pool)):
            room = _Room(pool.capacity_bytes, pool.used_bytes, pool.nodes, pool.replicas)
            await self._measure("pool", pool.id, ProbePool(), room, keeps_capacity=pool.managed)
        for store in list(inventory.all(ImageStore)):
            room = _Room(store.capacity_bytes, store.used_bytes)
            await self._measure(
                "image_store",
                store.id,
                ProbeStore(),
                room,
                keeps_capacity=store.given_bytes > 0,
            )

    async def _measure(
        self,
        kind: str,
        record_id: str,
        probe: ProbePool | ProbeStore,
        known: "_Room",
        *,
        keeps_capacity: bool = False,
    ) -> None:
        """Take over what the storage reports, when it changed; a capacity of 0 is ignored.

        A managed pool keeps the capacity that it was given.
        """
        actor = self._means.cast.actor(f"{kind}/{record_id}")
        try:
            space = await actor.ask(f"probe-{record_id}", probe, no_progress)
        except errors.ForebayError:
            return
        assert isinstance(space, Space)
        capacity_bytes = known.capacity_bytes if keeps_capacity else space.capacity_bytes
        found = _Room(capacity_bytes, space.used_bytes, space.nodes, space.replicas)
        if found != known and space.capacity_bytes:
            fields = found._asdict() if kind == "pool" else found.of_store()
            change = Change(kind=kind, id=record_id, fields=fields)
            self._means.ledger.record((change,), "statistics")
