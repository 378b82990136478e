"""Limits of every resource: units, settings, exact borders, and whose they are."""

import pytest

from core.model import errors
from core.model.commands.command import Role
from core.model.records import Account, Domain, ResourceLimit
from core.plans.context import GIB
from core.plans.quota import (
    MIB,
    RESOURCES,
    account_limit,
    account_used,
    domain_limit,
    domain_used,
    limit_id,
    limit_of,
    require_quota,
)
from tests.refusal import refusal
from tests.small_zone import SmallZone

UNITS = {
    **dict.fromkeys(("vm", "volume", "snapshot", "template", "project", "cpu"), 1),
    "memory": MIB,
    "primary_storage": GIB,
    "secondary_storage": GIB,
}


def _alice(zone: SmallZone) -> Account:
    return zone.inventory.get(Account, "alice")


def _of_domain(zone: SmallZone, domain_id: str, resource: str, maximum: int) -> None:
    zone.add(
        ResourceLimit(
            id=limit_id("domain", domain_id, resource),
            scope="domain",
            scope_id=domain_id,
            resource=resource,
            maximum=maximum,
        )
    )


def _project(zone: SmallZone) -> Account:
    return zone.add(
        Account(id="team", name="team", domain_id="sales", role=Role.USER, project_id="p")
    )


def test_resources_have_cloudstacks_numbers() -> None:
    """As updateResourceLimit takes them and listResourceLimits shows them."""
    numbers = {name: row.number for name, row in RESOURCES.items()}
    assert numbers == {
        "vm": 0,
        "volume": 2,
        "snapshot": 3,
        "template": 4,
        "project": 5,
        "cpu": 8,
        "memory": 9,
        "primary_storage": 10,
        "secondary_storage": 11,
    }


@pytest.mark.parametrize("resource", RESOURCES)
def test_each_limit_counts_in_its_unit_and_its_border_is_exact(
    zone: SmallZone, resource: str
) -> None:
    """Memory is limited in MiB, storage in GiB, everything else in pieces."""
    zone.limit("alice", resource, 3)
    border = 3 * UNITS[resource]
    require_quota(zone.context(), _alice(zone), **{resource: border})
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        require_quota(zone.context(), _alice(zone), **{resource: border + 1})


@pytest.mark.parametrize("resource", RESOURCES)
def test_each_domains_limit_counts_alike(zone: SmallZone, resource: str) -> None:
    """The refusal names the domain."""
    zone.limit("alice", resource, -1)
    _of_domain(zone, "sales", resource, 3)
    border = 3 * UNITS[resource]
    require_quota(zone.context(), _alice(zone), **{resource: border})
    with refusal(errors.QuotaExceeded, 535, "domain/sales"):
        require_quota(zone.context(), _alice(zone), **{resource: border + 1})


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("family", ["account", "domain"])
def test_each_resource_has_a_setting_for_accounts_and_domains(
    zone: SmallZone, family: str, resource: str
) -> None:
    """It holds where nobody has a limit of his own; the hint names it."""
    name = f"max.{family}.{RESOURCES[resource].setting}"
    zone.set(f"max.account.{RESOURCES[resource].setting}", -1)
    zone.set(name, 1)
    subject = "account/alice" if family == "account" else "domain/sales"
    with refusal(errors.QuotaExceeded, 535, subject) as caught:
        require_quota(zone.context(), _alice(zone), **{resource: 2 * UNITS[resource]})
    assert name in caught.value.hint


def test_projects_have_settings_of_their_own(zone: SmallZone) -> None:
    """And no limit on projects, which they cannot have."""
    team = _project(zone)
    zone.set("max.account.volumes", 1)
    zone.set("max.project.volumes", 5)
    assert limit_of(zone.context(), team, "volume") == 5
    assert limit_of(zone.context(), team, "project") == -1
    require_quota(zone.context(), team, volume=5)
    with refusal(errors.QuotaExceeded, 535, "account/team") as caught:
        require_quota(zone.context(), team, volume=6)
    assert "max.project.volumes" in caught.value.hint


def test_volumes_count_while_they_are_records_and_until_they_are_destroyed(
    zone: SmallZone,
) -> None:
    """Allocated ones do, those of others do not."""
    zone.allocated("a", size_bytes=2 * GIB)
    zone.volume("b", size_bytes=3 * GIB)
    zone.volume("c", account_id="bob", domain_id="lab")
    assert account_used(zone.inventory, "alice", "volume") == 2
    assert account_used(zone.inventory, "alice", "primary_storage") == 5 * GIB
    assert domain_used(zone.inventory, "sales", "volume") == 2
    assert domain_used(zone.inventory, "ROOT", "volume") == 3


def test_machines_count_processors_and_memory(zone: SmallZone) -> None:
    """Whether they run or not."""
    zone.vm("a", cpus=2, memory_bytes=3 * GIB)
    zone.stopped_vm("b", cpus=1, memory_bytes=GIB)
    used = [account_used(zone.inventory, "alice", name) for name in ("vm", "cpu", "memory")]
    assert used == [2, 3, 4 * GIB]


def test_what_is_used_counts_towards_the_border(zone: SmallZone) -> None:
    """Two GiB are used, three are the limit, one more is asked."""
    zone.volume(size_bytes=2 * GIB)
    zone.limit("alice", "primary_storage", 3)
    require_quota(zone.context(), _alice(zone), primary_storage=GIB)
    with refusal(errors.QuotaExceeded, 535, "account/alice") as caught:
        require_quota(zone.context(), _alice(zone), primary_storage=GIB + 1)
    for number in (3 * GIB, 2 * GIB, GIB + 1):
        assert str(number) in caught.value.message


def test_nothing_asked_is_admitted_over_the_limit(zone: SmallZone) -> None:
    """A limit that was lowered refuses only more."""
    zone.volume()
    zone.limit("alice", "volume", 0)
    require_quota(zone.context(), _alice(zone), volume=0, primary_storage=-GIB)


def test_the_first_of_several_that_does_not_fit_refuses(zone: SmallZone) -> None:
    """Each resource that is asked for is looked at."""
    zone.limit("alice", "primary_storage", 1)
    with refusal(errors.QuotaExceeded, 535, "account/alice") as caught:
        require_quota(zone.context(), _alice(zone), volume=1, primary_storage=2 * GIB)
    assert caught.value.message.startswith("primary_storage")


def test_every_domain_up_to_root_is_asked(zone: SmallZone) -> None:
    """A limit two domains up refuses as well, and counts what other branches use."""
    north = zone.add(Domain(id="north", name="north", path="ROOT/sales/north", parent_id="sales"))
    account = zone.add(Account(id="nils", name="nils", domain_id=north.id, role=Role.USER))
    _of_domain(zone, "sales", "volume", 2)
    _of_domain(zone, "north", "volume", 5)
    zone.volume()
    require_quota(zone.context(), account, volume=1)
    with refusal(errors.QuotaExceeded, 535, "domain/sales"):
        require_quota(zone.context(), account, volume=2)


def test_root_itself_is_never_limited(zone: SmallZone) -> None:
    """Neither by a record nor by the setting."""
    _of_domain(zone, "ROOT", "volume", 0)
    zone.set("max.domain.volumes", 7)
    root, sales = (zone.inventory.get(Domain, id) for id in ("ROOT", "sales"))
    assert domain_limit(zone.inventory, zone.settings, root, "volume") == -1
    assert domain_limit(zone.inventory, zone.settings, sales, "volume") == 7
    require_quota(zone.context(), _alice(zone), volume=7)


def test_a_root_administrator_has_no_limit_even_of_his_own(zone: SmallZone) -> None:
    """A record that says otherwise is not looked at."""
    zone.limit("admin", "volume", 0)
    admin = zone.inventory.get(Account, "admin")
    assert account_limit(zone.inventory, zone.settings, admin, "volume") == -1
    require_quota(zone.context(), admin, volume=1)
