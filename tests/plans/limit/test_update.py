"""Resource limits: who may set them, which one holds, and what they refuse."""

import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.model.commands.volume import CreateVolume
from core.model.records import Account, Domain
from core.plans.context import GIB
from core.plans.quota import account_limit, domain_limit, domain_used, require_quota
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, DORA, SmallZone

VOLUMES, PRIMARY = 2, 10


def _set(
    zone: SmallZone, maximum: int, number: int = VOLUMES, *, caller: Caller = ADMIN, **of: str
) -> None:
    zone.claim(UpdateResourceLimit(resource_type=number, max=maximum, **of), caller)


def test_an_accounts_own_limit_wins_over_the_setting(zone: SmallZone) -> None:
    """Set again it is replaced; -1 is no limit."""
    alice = zone.inventory.get(Account, "alice")
    assert account_limit(zone.inventory, zone.settings, alice, "volume") == 20
    for maximum in (3, -1):
        _set(zone, maximum, account="alice", domain_id="sales")
        assert account_limit(zone.inventory, zone.settings, alice, "volume") == maximum


def test_the_nearest_domain_with_a_limit_decides(zone: SmallZone) -> None:
    """A domain without one has its ancestor's, the topmost the setting's."""
    north = zone.add(Domain(id="north", name="north", path="ROOT/sales/north", parent_id="sales"))
    assert domain_limit(zone.inventory, zone.settings, north, "volume") == -1
    _set(zone, 7, domain_id="sales")
    assert domain_limit(zone.inventory, zone.settings, north, "volume") == 7
    _set(zone, 5, domain_id="north")
    assert domain_limit(zone.inventory, zone.settings, north, "volume") == 5


@pytest.mark.parametrize(
    ("asked", "caller", "kind", "number", "object"),
    [
        ({"max": 5, "resource_type": 1}, ADMIN, errors.Invalid, 431, ""),
        ({"max": -2, "account": "alice", "domain_id": "sales"}, ADMIN, errors.Invalid, 431, ""),
        ({"max": 5, "domain_id": "ROOT"}, ADMIN, errors.Invalid, 431, "domain/ROOT"),
        ({"max": 5, "account": "admin"}, ADMIN, errors.Invalid, 431, "account/admin"),
        ({"max": 5, "domain_id": "sales"}, DORA, errors.Denied, 531, "domain/sales"),
        ({"max": 5, "account": "dora"}, DORA, errors.Denied, 531, "account/dora"),
        ({"max": 5, "domain_id": "lab"}, DORA, errors.NotFound, 431, "domain/lab"),
    ],
)
def test_limits_that_may_not_be_set(
    zone: SmallZone,
    asked: dict[str, object],
    caller: Caller,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """As CloudStack refuses them (semantics section 2.12)."""
    command = UpdateResourceLimit(**{"resource_type": VOLUMES, **asked})  # type: ignore[arg-type]
    with refusal(kind, number, object):
        zone.check(command, caller)


def test_a_domain_cannot_have_more_than_the_one_above(zone: SmallZone) -> None:
    """Nor no limit where that has one."""
    zone.add(Domain(id="north", name="north", path="ROOT/sales/north", parent_id="sales"))
    _set(zone, 7, domain_id="sales")
    for maximum in (8, -1):
        with refusal(errors.Invalid, 431, "domain/sales"):
            _set(zone, maximum, domain_id="north")
    _set(zone, 7, domain_id="north", caller=DORA)


def test_the_last_of_a_limit_is_admitted_and_one_more_is_not(zone: SmallZone) -> None:
    """For pieces and for bytes, at the exact border."""
    _set(zone, 1, account="alice", domain_id="sales")
    zone.claim(CreateVolume(zone_id="z1", disk_offering_id="small"), ALICE)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(CreateVolume(zone_id="z1", disk_offering_id="small"), ALICE)
    _set(zone, -1, account="alice", domain_id="sales")
    _set(zone, 11, PRIMARY, account="alice", domain_id="sales")
    zone.check(CreateVolume(zone_id="z1", disk_offering_id="large"), ALICE)
    _set(zone, 10, PRIMARY, account="alice", domain_id="sales")
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(CreateVolume(zone_id="z1", disk_offering_id="large"), ALICE)


def test_a_domains_limit_counts_all_below_it(zone: SmallZone) -> None:
    """Another account's volumes take from what is left."""
    _set(zone, 2, domain_id="sales")
    zone.volume("a", account_id="dora")
    zone.check(CreateVolume(zone_id="z1", disk_offering_id="small"), ALICE)
    zone.volume("b", account_id="dora")
    with refusal(errors.QuotaExceeded, 535, "domain/sales"):
        zone.check(CreateVolume(zone_id="z1", disk_offering_id="small"), ALICE)
    assert domain_used(zone.inventory, "ROOT", "primary_storage") == 2 * GIB


def test_root_administrators_are_never_limited(zone: SmallZone) -> None:
    """Whatever the settings say."""
    zone.set("max.account.volumes", 0)
    admin = zone.inventory.get(Account, "admin")
    require_quota(zone.context(ADMIN), admin, volume=1000)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        require_quota(zone.context(), zone.inventory.get(Account, "alice"), volume=1)
