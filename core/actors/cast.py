"""All actors of the site by "<kind>/<id>", each started when it is first needed."""

from core.actors.actor import Actor
from core.actors.fabric import Fabric
from core.actors.host import HostActor
from core.actors.image_store import ImageStoreActor
from core.actors.pool import PoolActor
from core.model import errors
from core.runtime import Nursery, Runtime


class Cast:
    """Makes actors in the plane's nursery and finds them again."""

    def __init__(self, runtime: Runtime, fabric: Fabric, nursery: Nursery) -> None:
        self._runtime = runtime
        self._fabric = fabric
        self._nursery = nursery
        self._actors: dict[str, Actor] = {}

    def actor(self, key: str) -> Actor:
        """The actor. Raises Internal for a key of no kind."""
        actor = self._actors.get(key)
        if actor is None:
            actor = self._actors[key] = self._make(key)
            self._nursery.start_soon(actor.serve)
        return actor

    def add(self, actor: Actor) -> None:
        """Take in an actor that stands for nothing of the site."""
        self._actors[actor.key] = actor
        self._nursery.start_soon(actor.serve)

    def _make(self, key: str) -> Actor:
        match key.partition("/")[0]:
            case "host":
                return HostActor(self._runtime, key, self._fabric)
            case "pool":
                return PoolActor(self._runtime, key, self._fabric)
            case "image_store":
                return ImageStoreActor(self._runtime, key, self._fabric)
            case _:
                raise errors.Internal(
                    f"no actor is called {key!r}", object=key, hint="mend the plan that named it"
                )

    def statistics(self) -> dict[str, int]:
        """Sums over all actors."""
        sums = {"actors": len(self._actors)}
        for actor in self._actors.values():
            for name, value in actor.statistics().items():
                sums[f"letters_{name}"] = sums.get(f"letters_{name}", 0) + value
        return sums
