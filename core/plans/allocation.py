"""The order in which things that suit are tried, by CloudStack's allocation algorithms."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from core.model.records import Host, Pool
from core.plans.context import Context

T = TypeVar("T", Host, Pool)


def arranged(
    context: Context,
    things: Iterable[T],
    algorithm: str,
    *,
    taken: Callable[[T], float],
    owned: Iterable[str],
) -> list[T]:
    """The things as the algorithm says; alike ones by id, never by order in memory.

    taken: which share of one is given away (firstfitleastconsumed). owned: where each thing of the
    account's is (userdispersing), gone through only for that. Source: CloudStack's
    FirstFitAllocator and its storage siblings.
    """
    found = sorted(things, key=lambda thing: thing.id)
    if algorithm == "firstfitleastconsumed":
        found.sort(key=taken)
    elif algorithm == "userdispersing":
        count = Counter(owned)
        found.sort(key=lambda thing: count[thing.id])
    elif not algorithm.endswith("firstfit"):
        context.random.shuffle(found)
    return found
