"""When alerts begin and end, and who takes them away."""

import msgspec
import pytest

from core.model.commands.capacity import ArchiveAlerts, DeleteAlerts
from core.model.commands.command import Command
from core.model.errors import ForebayError, Invalid, NotFound
from core.model.pool_types import PoolType
from core.model.records import Alert, ImageStore, Pool
from core.plans.alert.level import ALLOCATED, LOCAL, SECONDARY, USED, levels
from core.plans.alert.watch import due
from core.plans.context import GIB
from tests.plans.image_store.storing import store
from tests.refusal import refusal
from tests.small_zone import ADMIN, NOW_S, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """The zone; nothing in it is full."""
    return SmallZone()


def look(zone: SmallZone) -> list[Alert]:
    """Look once; the alerts that stand then."""
    zone.apply(tuple(due(zone.context(ADMIN))))
    return [alert for alert in zone.inventory.all(Alert) if not alert.resolved_s]


def fill(zone: SmallZone, kind: type[Pool] | type[ImageStore], id: str, share: float) -> None:
    """Let so much of it be used."""
    known = zone.inventory.get(kind, id)
    used = int(known.capacity_bytes * share)
    zone.add(msgspec.structs.replace(known, used_bytes=used))


def test_nothing_full_no_alert(zone: SmallZone) -> None:
    """Every place has been looked at."""
    assert look(zone) == []
    assert {level.type for level in levels(zone.context(ADMIN))} == {
        USED,
        ALLOCATED,
        LOCAL,
        SECONDARY,
    }


def test_secondary_storage_counts_by_zone(zone: SmallZone) -> None:
    """Two stores of a zone are one place."""
    store(zone, "s2")
    fill(zone, ImageStore, "s1", 1.0)
    fill(zone, ImageStore, "s2", 0.5)
    assert look(zone) == []
    fill(zone, ImageStore, "s2", 0.51)
    (alert,) = look(zone)
    assert (alert.type, alert.name) == (SECONDARY, "ALERT.STORAGE.SECONDARY")
    assert (alert.zone_id, alert.cluster_id) == ("z1", "")
    assert "secondary storage is used" in alert.description


def test_primary_storage_counts_by_cluster(zone: SmallZone) -> None:
    """The zone's own pools are a place beside the clusters."""
    fill(zone, Pool, "nfs", 1.0)
    fill(zone, Pool, "more", 0.6)
    (alert,) = look(zone)
    assert (alert.type, alert.cluster_id) == (USED, "c1")


def test_what_is_promised_counts_with_overprovisioning(zone: SmallZone) -> None:
    """Cluster c2 may allocate 200 GiB of its 100."""
    zone.volume(pool_id="far", size_bytes=150 * GIB)
    assert look(zone) == []
    zone.volume("more", pool_id="far", size_bytes=GIB)
    (alert,) = look(zone)
    assert (alert.type, alert.cluster_id) == (ALLOCATED, "c2")


def test_local_storage_has_its_own_share(zone: SmallZone) -> None:
    """cluster.localStorage.capacity.notificationthreshold."""
    fill(zone, Pool, "local", 0.5)
    assert look(zone) == []
    zone.set("cluster.localStorage.capacity.notificationthreshold", 0.4)
    (alert,) = look(zone)
    assert alert.type == LOCAL


def test_a_cluster_may_have_its_own_share(zone: SmallZone) -> None:
    """The other one keeps the common one."""
    fill(zone, Pool, "nfs", 0.4)
    fill(zone, Pool, "far", 0.4)
    zone.set("cluster.storage.capacity.notificationthreshold", 0.1, "cluster", "c1")
    (alert,) = look(zone)
    assert alert.cluster_id == "c1"


def test_clusters_of_datastores_count_once(zone: SmallZone) -> None:
    """By their datastores."""
    known = zone.inventory.get(Pool, "far")
    zone.add(msgspec.structs.replace(known, id="dsc", type=PoolType.DATASTORE_CLUSTER))
    fill(zone, Pool, "dsc", 1.0)
    assert look(zone) == []


def test_an_alert_is_told_once_until_it_is_over(zone: SmallZone) -> None:
    """Then it keeps the moment; when storage fills up again there is another."""
    fill(zone, ImageStore, "s1", 0.8)
    (first,) = look(zone)
    fill(zone, ImageStore, "s1", 0.9)
    assert look(zone) == [first]
    fill(zone, ImageStore, "s1", 0.75)
    assert look(zone) == []
    assert zone.inventory.get(Alert, first.id).resolved_s == NOW_S


def test_an_alert_is_over_when_its_place_is_gone(zone: SmallZone) -> None:
    """Nobody could ever resolve it otherwise."""
    fill(zone, ImageStore, "s1", 0.8)
    look(zone)
    zone.inventory.remove(ImageStore, "s1")
    assert look(zone) == []


REFUSALS: dict[str, tuple[Command, type[ForebayError], str]] = {
    "nothing named": (ArchiveAlerts(), Invalid, ""),
    "an unknown one": (DeleteAlerts(ids=("a9",)), NotFound, "alert/a9"),
    "no date": (ArchiveAlerts(start_date="soon"), Invalid, ""),
    "no second date": (DeleteAlerts(type="6", end_date="later"), Invalid, ""),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_clearing_is_refused(zone: SmallZone, name: str) -> None:
    """The refusal says what to give."""
    command, kind, object = REFUSALS[name]
    with refusal(kind, 431, object):
        zone.check(command, ADMIN)


@pytest.mark.parametrize(
    ("command", "left"),
    [
        (DeleteAlerts(ids=("old",)), {"new", "other"}),
        (DeleteAlerts(type="6"), {"other"}),
        (DeleteAlerts(type="6", end_date="2025-06-01"), {"new", "other"}),
        (DeleteAlerts(start_date="2025-06-01T00:00:00+00:00"), {"old"}),
        (DeleteAlerts(start_date="2025-06-01", end_date="2025-07-01"), {"new", "old", "other"}),
        (ArchiveAlerts(type="2"), {"new", "old"}),
    ],
)
def test_alerts_are_cleared_by_what_is_said_of_them(
    zone: SmallZone, command: Command, left: set[str]
) -> None:
    """All conditions together; archived ones are kept out of sight."""
    for id, type, age_days in (("new", SECONDARY, 1), ("old", SECONDARY, 300), ("other", USED, 1)):
        sent_s = NOW_S - age_days * 86400
        zone.add(Alert(id=id, type=type, name="", description="", zone_id="z1", created_s=sent_s))
    zone.claim(command, ADMIN)
    shown = {alert.id for alert in zone.inventory.all(Alert) if not alert.archived}
    assert shown == left
    assert zone.inventory.count(Alert) == (3 if isinstance(command, ArchiveAlerts) else len(left))
