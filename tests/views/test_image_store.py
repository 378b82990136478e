"""Lists of image stores, and what a migration answers."""

from typing import Any

import msgspec
import pytest

from core.model.commands.image_store import ListImageStores
from core.model.records import Migration
from core.views.history.job import JobLive
from core.views.image_store import migration_view
from core.views.query import query
from tests.plans.image_store.storing import store
from tests.small_zone import ADMIN, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """The zone with a read-only store s2, one of all zones, and one that is still being added."""
    zone = SmallZone()
    store(zone, "s2", readonly=True)
    store(zone, "region", zone_id="", provider="S3", protocol="s3", used_bytes=7)
    store(zone, "coming", up=False)
    store(zone, "far", zone_id="z2")
    return zone


def listed(zone: SmallZone, command: ListImageStores) -> dict[str, dict[str, Any]]:
    """The objects by id."""
    answer = msgspec.to_builtins(query(zone.context(ADMIN), command, lambda _: JobLive()))
    return {row["id"]: row for row in answer["imagestore"]}


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (ListImageStores(), {"s1", "s2", "region", "far"}),
        (ListImageStores(id="s2"), {"s2"}),
        (ListImageStores(name="s1"), {"s1"}),
        (ListImageStores(keyword="REG"), {"region"}),
        (ListImageStores(zone_id="z1"), {"s1", "s2", "region"}),
        (ListImageStores(provider="s3"), {"region"}),
        (ListImageStores(protocol="nfs"), {"s1", "s2", "far"}),
        (ListImageStores(readonly=True), {"s2"}),
        (ListImageStores(readonly=False, zone_id="z2"), {"region", "far"}),
    ],
)
def test_image_stores_are_found_by_every_filter(
    zone: SmallZone, command: ListImageStores, found: set[str]
) -> None:
    """A store of all zones is in each; one that has not answered yet is in none."""
    assert set(listed(zone, command)) == found


def test_an_image_store_shows_its_scope_and_room(zone: SmallZone) -> None:
    """With CloudStack's keys."""
    stores = listed(zone, ListImageStores())
    assert (stores["s1"]["scope"], stores["region"]["scope"]) == ("ZONE", "REGION")
    assert stores["region"]["disksizeused"] == 7
    assert "zoneid" not in stores["region"]
    assert (stores["s1"]["zonename"], stores["s1"]["providername"]) == ("one", "NFS")


def _migration(type: str = "complete", moved: int = 0, **fields: Any) -> Migration:
    return Migration(id="j", source_id="s1", type=type, moved=moved, **fields)


@pytest.mark.parametrize(
    ("migration", "message", "success"),
    [
        (_migration(moved=3, late=1), "4 moved", True),
        (_migration(moved=3, skipped=2), "3 moved; 2 stay", False),
        (_migration("balance", moved=3, skipped=2), "3 moved; 2 stay", True),
        (
            _migration(moved=1, failed=2, failure="it broke"),
            "1 moved; 2 failed, the first because it broke",
            False,
        ),
        (_migration("balance", stopped="even"), "0 moved; even", True),
        (
            _migration("balance", failed=1, failure="x"),
            "0 moved; 1 failed, the first because x",
            False,
        ),
        (_migration(stopped="too full", skipped=1), "0 moved; 1 stay; too full", False),
        (
            _migration(moved=1, round_failure="no store is left"),
            "1 moved; what came late was not looked at, because no store is left",
            False,
        ),
        (_migration(held_back="later"), "later", False),
    ],
)
def test_a_migration_says_how_it_went(
    zone: SmallZone, migration: Migration, message: str, *, success: bool
) -> None:
    """What stays is a failure only where the store was to be emptied."""
    view = migration_view(zone.inventory, migration)
    assert (view.success, view.message) == (success, message)
    assert view.migrationtype == migration.type
