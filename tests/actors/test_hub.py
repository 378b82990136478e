"""Watches: events in order, without a gap, for those who may see them."""

from collections.abc import Callable

import msgspec
import pytest

from core.actors.hub import RECENT_MAX, Hub, JobProgress, Watch
from core.actors.ledger import Ledger
from core.model import errors
from core.model.records import User
from core.plans.step import Add, Change, Drop
from core.runtime import Runtime
from sim.journal import MemoryJournal
from sim.virtual.run import run_kernel
from tests.refusal import refusal
from tests.small_zone import SmallZone


def _all(account_id: str) -> bool:
    return True


def _alice(account_id: str) -> bool:
    return account_id == "alice"


class _Told:
    """A ledger over a small zone, and its hub."""

    def __init__(self, runtime: Runtime, *, keep: int | None = None) -> None:
        self.zone = SmallZone()
        self.journal = MemoryJournal(keep=keep)
        self.hub = Hub(runtime, self.journal)
        self.ledger = Ledger(runtime, self.zone.inventory, self.journal, self.hub)

    def rename(self, name: str, kind: str = "volume", id: str = "vol") -> None:
        self.ledger.record((Change(kind=kind, id=id, fields={"name": name}),), "test")

    def watch(
        self,
        may_see: Callable[[str], bool] = _all,
        after: int | None = None,
        topics: tuple[str, ...] = (),
        **filter: str,
    ) -> Watch:
        return self.hub.watch(
            may_see, after=after, topics=topics, filter=filter, told=lambda _kind, record: record
        )


async def _names(watch: Watch, limit: int = 100) -> list[str]:
    batch = await watch.next(limit)
    objects = [msgspec.json.decode(event)["object"] for event in batch.events]
    return [entry["name"] for entry in objects]


def test_a_watch_tells_what_happens_from_now_on() -> None:
    """In order, in batches of the size asked for."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        told.zone.volume()
        told.rename("before")
        watch = told.watch()
        assert watch.mode == "live"
        for name in "abc":
            told.rename(name)
        assert await _names(watch, 2) == ["a", "b"]
        assert await _names(watch, 2) == ["c"]

    run_kernel(main)


def test_a_watch_goes_on_from_any_position_that_is_kept() -> None:
    """Older events come from the journal, newer ones from memory; none is missing, none twice."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        told.zone.volume()
        for number in range(5):
            told.rename(f"old-{number}")
        watch = told.watch(after=2)
        assert watch.mode == "replay"
        for number in range(3):
            told.rename(f"new-{number}")
        names = [*(await _names(watch, 4)), *(await _names(watch, 4))]
        assert names == ["old-2", "old-3", "old-4", "new-0", "new-1", "new-2"]

    run_kernel(main)


def test_a_position_that_is_kept_no_longer_begins_with_a_snapshot() -> None:
    """Then everything is listed anew, and events go on from the head."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime, keep=3)
        told.zone.volume()
        for number in range(10):
            told.rename(str(number))
        watch = told.watch(after=2)
        assert (watch.mode, watch.start) == ("snapshot", told.journal.head)

    run_kernel(main)


def test_a_watcher_that_is_too_slow_is_told_of_the_gap() -> None:
    """Events that the journal has dropped cannot be told; nothing was kept for it."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime, keep=100)
        told.zone.volume()
        watch = told.watch()
        for number in range(RECENT_MAX + 200):
            told.rename(str(number))
        with pytest.raises(errors.Conflict) as refused:
            await watch.next(10)
        assert refused.value.hint
        assert told.hub.statistics()["recent"] == RECENT_MAX

    run_kernel(main)


@pytest.mark.parametrize(
    ("may_see", "names"), [(_all, ["renamed", "carol", "mine"]), (_alice, ["renamed"])]
)
def test_events_are_for_those_who_may_see_them(
    may_see: Callable[[str], bool], names: list[str]
) -> None:
    """Things of others, and of nobody, are not told."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        told.zone.volume()
        watch = told.watch(may_see)
        told.rename("renamed")
        told.rename("carol", "account", "bob")
        told.rename("mine", "pool", "nfs")
        batch = await watch.next(100)
        objects = [msgspec.json.decode(event)["object"] for event in batch.events]
        assert [entry["name"] for entry in objects] == names
        assert batch.bookmark == told.journal.head

    run_kernel(main)


@pytest.mark.parametrize("topic", ["volumes", "user", ""])
def test_a_topic_of_which_nothing_is_told_is_refused(topic: str) -> None:
    """Else a word misspelled would be waited for without end."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        with refusal(errors.Invalid, 431, "events.subscribe") as caught:
            told.watch(topics=("volume", topic))
        assert "volume" in caught.value.hint

    run_kernel(main)


def test_topics_and_filters_leave_the_rest_out() -> None:
    """By kind, and by fields of the record."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        told.zone.volume()
        told.zone.volume("two", name="two", zone_id="z2")
        by_topic, by_field = told.watch(topics=("pool",)), told.watch(zone_id="z2")
        told.rename("v")
        told.rename("w", id="two")
        told.rename("p", "pool", "nfs")
        assert await _names(by_topic) == ["p"]
        assert await _names(by_field) == ["w"]

    run_kernel(main)


def test_what_is_gone_is_told_to_its_owner() -> None:
    """By kind and id."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        told.zone.volume()
        watch = told.watch(_alice, id="vol")
        told.ledger.record((Drop(kind="volume", id="vol"),), "test")
        (event,) = (await watch.next(10)).events
        assert msgspec.json.decode(event)["id"] == "vol"
        assert msgspec.json.decode(event)["what"] == "Removed"

    run_kernel(main)


def test_secrets_are_never_told() -> None:
    """Users hold keys."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        told.zone.volume()
        watch = told.watch()
        user = User(id="u", username="u", account_id="alice", token_sha256="00")
        told.ledger.record((Add(record=user),), "test")
        told.rename("after")
        assert await _names(watch) == ["after"]

    run_kernel(main)


def test_progress_is_the_latest_only() -> None:
    """Of each job that the watcher may see."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        watch = told.watch(_alice)
        for account_id in ("alice", "bob"):
            for done in (1, 2, 3):
                told.hub.tick(
                    JobProgress(
                        jobid=account_id,
                        account_id=account_id,
                        step=0,
                        done_bytes=done,
                        total_bytes=3,
                    )
                )
        batch = await watch.next(10)
        assert [(tick.jobid, tick.done_bytes) for tick in batch.progress] == [("alice", 3)]

    run_kernel(main)


def test_a_closed_watch_costs_nothing_more() -> None:
    """The last one to close frees what was kept."""

    async def main(runtime: Runtime) -> None:
        told = _Told(runtime)
        told.zone.volume()
        watch = told.watch()
        told.rename("a")
        assert told.hub.statistics() == {"watches": 1, "recent": 1}
        watch.close()
        told.rename("b")
        assert told.hub.statistics() == {"watches": 0, "recent": 0}

    run_kernel(main)
