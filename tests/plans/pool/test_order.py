"""Which of several fitting pools is taken: an account's own choice, then scope after scope."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.setting import UpdateConfiguration
from core.model.records import Pool
from core.model.states import PoolState
from core.plans.context import GIB
from core.plans.placement import Need, choose_pool
from tests.refusal import refusal
from tests.small_zone import SmallZone

NEED = Need(zone_id="z1", size_bytes=GIB, tags=(), local=False, account_id="alice")
ORDER = "storage.pool.allocators.order"
CLUSTER, ZONE = "ClusterScopeStoragePoolAllocator", "ZoneWideStoragePoolAllocator"


def _taken(zone: SmallZone, need: Need = NEED) -> set[str]:
    return {choose_pool(zone.context(), need).scope for _ in range(40)}


def _disable(zone: SmallZone, *scopes: str) -> None:
    for pool in list(zone.inventory.all(Pool)):
        if pool.scope in scopes:
            zone.add(msgspec.structs.replace(pool, state=PoolState.DISABLED))


def test_pools_of_clusters_come_before_those_of_the_zone(zone: SmallZone) -> None:
    """A pool of the zone is taken only when no cluster has one that fits."""
    assert _taken(zone) == {"CLUSTER"}
    _disable(zone, "CLUSTER")
    assert _taken(zone) == {"ZONE"}


def test_the_order_of_scopes_can_be_turned_round(zone: SmallZone) -> None:
    """Scopes that the setting leaves out come last, in any order."""
    zone.set(ORDER, f"{ZONE},{CLUSTER}")
    assert _taken(zone) == {"ZONE"}
    zone.set(ORDER, CLUSTER)
    _disable(zone, "CLUSTER")
    assert _taken(zone) == {"ZONE"}


@pytest.mark.parametrize("value", ["", "Nearest", f"{ZONE}, {CLUSTER}"])
def test_only_known_scopes_are_ordered(zone: SmallZone, value: str) -> None:
    """They are separated by commas alone."""
    with refusal(errors.Invalid, 431, f"setting/{ORDER}"):
        zone.check(UpdateConfiguration(name=ORDER, value=value))


def test_an_accounts_preferred_pool_is_taken_when_it_fits(zone: SmallZone) -> None:
    """It is the account's alone, and no more than a preference."""
    wide = next(pool for pool in zone.inventory.all(Pool) if pool.scope == "ZONE")
    zone.set("preferred.storage.pool", wide.id, "account", "alice")
    assert _taken(zone) == {"ZONE"}
    assert _taken(zone, NEED._replace(account_id="bob")) == {"CLUSTER"}
    _disable(zone, "ZONE")
    assert _taken(zone) == {"CLUSTER"}
