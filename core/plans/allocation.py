"""The order in which things that suit are tried, by CloudStack's allocation algorithms."""

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
    owned: Callable[[T], int],
) -> list[T]:
    """The things as the algorithm says; alike ones by id, never by order in memory.

    taken: which share of one is given away (firstfitleastconsumed). owned: how much on it is the
    caller's own (userdispersing). Source: CloudStack's FirstFitAllocator and its storage siblings.
    """
    found = sorted(things, key=lambda thing: thing.id)
    if algorithm == "firstfitleastconsumed":
        found.sort(key=taken)
    elif algorithm == "userdispersing":
        found.sort(key=owned)
    elif not algorithm.endswith("firstfit"):
        context.random.shuffle(found)
    return found
