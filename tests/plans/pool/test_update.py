"""updateStoragePool."""

import pytest
from msgspec.structs import replace

from core.model.commands.pool import UpdateStoragePool
from core.model.errors import Conflict, ForebayError, Invalid, NotFound
from core.model.records import Pool
from core.model.states import PoolState
from core.plans.context import GIB
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """The small zone; pool array is managed, pool off is Disabled."""
    zone = SmallZone()
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(replace(nfs, id="array", name="array", managed=True))
    zone.add(replace(nfs, id="off", name="off", state=PoolState.DISABLED))
    return zone


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (UpdateStoragePool(id="none"), NotFound, "pool/none"),
        (UpdateStoragePool(id="nfs", enabled=True), Conflict, "pool/nfs"),
        (UpdateStoragePool(id="off", enabled=False), Conflict, "pool/off"),
        (UpdateStoragePool(id="nfs", capacity_bytes=GIB), Invalid, "pool/nfs"),
        (UpdateStoragePool(id="nfs", capacity_iops=1), Invalid, "pool/nfs"),
        (UpdateStoragePool(id="array", capacity_bytes=1), Invalid, "pool/array"),
        (UpdateStoragePool(id="nfs", is_tag_a_rule=True), Invalid, "pool/nfs"),
        (UpdateStoragePool(id="nfs", tags="(", is_tag_a_rule=True), Invalid, ""),
        (UpdateStoragePool(id="nfs", details={"resourceGroup": "x"}), Invalid, ""),
        (UpdateStoragePool(id="nfs", url="nfs://elsewhere/export"), Conflict, "pool/nfs"),
        (UpdateStoragePool(id="nfs", url="rbd://monitor/pool"), Invalid, "pool/nfs"),
        (UpdateStoragePool(id="nfs", url="nonsense"), Invalid, ""),
    ],
)
def test_a_wrong_change_is_refused(
    zone: SmallZone, command: UpdateStoragePool, kind: type[ForebayError], object: str
) -> None:
    """By the pool's state and kind; a volume lies on array."""
    zone.volume(pool_id="array")
    with refusal(kind, 431, object):
        zone.check(command, ADMIN)


def _updated(zone: SmallZone, command: UpdateStoragePool) -> Pool:
    zone.claim(command, ADMIN)
    return zone.inventory.get(Pool, command.id)


def test_tags_replace_all_tags(zone: SmallZone) -> None:
    """None of the old ones stays; an empty text takes them all."""
    assert _updated(zone, UpdateStoragePool(id="more", tags="gold")).tags == ("gold",)
    assert _updated(zone, UpdateStoragePool(id="more", tags="")).tags == ()


def test_tags_may_become_a_rule_and_tags_again(zone: SmallZone) -> None:
    """The flag goes with the text."""
    rule = UpdateStoragePool(id="more", tags="tags.length == 0", is_tag_a_rule=True)
    assert _updated(zone, rule).tag_rule
    again = _updated(zone, UpdateStoragePool(id="more", tags="ssd", is_tag_a_rule=False))
    assert (again.tags, again.tag_rule) == (("ssd",), False)


def test_a_pool_is_disabled_and_enabled(zone: SmallZone) -> None:
    """From Up to Disabled and back."""
    off = _updated(zone, UpdateStoragePool(id="nfs", enabled=False))
    assert off.state is PoolState.DISABLED
    assert _updated(zone, UpdateStoragePool(id="nfs", enabled=True)).state is PoolState.UP


def test_everything_else_is_changed_at_once(zone: SmallZone) -> None:
    """Name, capacities of a managed pool, and details, which are added."""
    _updated(zone, UpdateStoragePool(id="array", details={"a": "1"}))
    pool = _updated(
        zone,
        UpdateStoragePool(
            id="array", name="new", capacity_bytes=9 * GIB, capacity_iops=7, details={"b": "2"}
        ),
    )
    assert (pool.name, pool.capacity_bytes, pool.capacity_iops) == ("new", 9 * GIB, 7)
    assert dict(pool.details) == {"a": "1", "b": "2"}


def test_a_pool_in_maintenance_may_be_elsewhere_afterwards(zone: SmallZone) -> None:
    """At a URL that no other pool has; the one that it has is no change."""
    nfs = zone.inventory.get(Pool, "nfs")
    assert _updated(zone, UpdateStoragePool(id="nfs", url=nfs.url)).url == nfs.url
    zone.add(replace(nfs, state=PoolState.MAINTENANCE))
    with refusal(Invalid, 530, "pool/more"):
        zone.check(UpdateStoragePool(id="nfs", url="nfs://more/export"), ADMIN)
    moved = _updated(zone, UpdateStoragePool(id="nfs", url="nfs://elsewhere/export/"))
    assert moved.url == "nfs://elsewhere/export"
