"""Domains: a tree of names, and what is refused."""

import pytest

from core.model import errors
from core.model.commands.ownership.domain import CreateDomain, DeleteDomain, UpdateDomain
from core.model.records import Account, Domain
from core.plans.operation import RunJobs
from core.views.ownership.domain import domain_view
from tests.refusal import refusal
from tests.small_zone import ADMIN, DORA, SmallZone


def test_a_domain_is_made_below_another(zone: SmallZone) -> None:
    """Its path tells where."""
    north = CreateDomain(name="north", parent_domain_id="sales", network_domain="n.example.org")
    domain_id = zone.claim(north, DORA).id
    domain = zone.inventory.get(Domain, domain_id)
    assert domain_view(zone.inventory, domain)["networkdomain"] == "n.example.org"
    assert (domain.path, domain.parent_id) == ("ROOT/sales/north", "sales")
    zone.check(UpdateDomain(id="ROOT", network_domain="example.org"), ADMIN)
    zone.claim(UpdateDomain(id="ROOT", network_domain="example.org"), ADMIN)
    root = zone.inventory.get(Domain, "ROOT")
    assert (root.path, root.network_domain) == ("ROOT", "example.org")


def test_names_are_unique_among_siblings(zone: SmallZone) -> None:
    """The same name elsewhere is fine."""
    with refusal(errors.Invalid, 431, "domain/sales"):
        zone.check(CreateDomain(name="sales"), ADMIN)
    zone.check(CreateDomain(name="sales", parent_domain_id="lab"), ADMIN)


@pytest.mark.parametrize(
    ("command", "object"),
    [
        (CreateDomain(name="a/b"), "domain/ROOT"),
        (CreateDomain(name="new", domain_id="lab"), "domain/lab"),
        (CreateDomain(name="new", domain_id="a/b"), "domain/a/b"),
    ],
)
def test_wrong_names_and_ids_are_refused(
    zone: SmallZone, command: CreateDomain, object: str
) -> None:
    """A slash would split the path, an id is a UUID and belongs to one domain."""
    with refusal(errors.Invalid, 431, object):
        zone.check(command, ADMIN)


def test_domains_of_others_are_as_unknown(zone: SmallZone) -> None:
    """A domain administrator sees the own tree only."""
    with refusal(errors.NotFound, 431, "domain/lab"):
        zone.check(CreateDomain(name="x", parent_domain_id="lab"), DORA)
    with refusal(errors.NotFound, 431, "domain/lab"):
        zone.check(DeleteDomain(id="lab"), DORA)


def test_a_new_name_changes_the_paths_below(zone: SmallZone) -> None:
    """All the way down."""
    north = zone.claim(CreateDomain(name="north", parent_domain_id="sales"), ADMIN).id
    far = zone.claim(CreateDomain(name="far", parent_domain_id=north), ADMIN).id
    zone.claim(UpdateDomain(id="sales", name="trade"), ADMIN)
    assert zone.inventory.domain(far).path == "ROOT/trade/north/far"
    with refusal(errors.Invalid, 431, "domain/ROOT"):
        zone.check(UpdateDomain(id="ROOT", name="other"), ADMIN)


def test_a_domain_with_something_in_it_stays(zone: SmallZone) -> None:
    """Unless cleanup is given; ROOT and the caller's own never go."""
    with refusal(errors.Conflict, 431, "domain/sales"):
        zone.check(DeleteDomain(id="sales"), ADMIN)
    with refusal(errors.Invalid, 431, "domain/ROOT"):
        zone.check(DeleteDomain(id="ROOT", cleanup=True), ADMIN)
    with refusal(errors.Invalid, 431, "domain/sales"):
        zone.check(DeleteDomain(id="sales", cleanup=True), DORA)


def test_cleaning_up_deletes_accounts_then_domains(zone: SmallZone) -> None:
    """Accounts by their own jobs, domains from the leaves upward."""
    north = zone.claim(CreateDomain(name="north", parent_domain_id="sales"), ADMIN).id
    plan = zone.plan(DeleteDomain(id="sales", cleanup=True), ADMIN)
    first = plan.steps[0].do
    assert isinstance(first, RunJobs)
    assert [errand.command for errand in first.errands] == ["deleteAccount"] * 2
    assert [getattr(effect, "id", "") for effect in plan.steps[-1].commit] == [north, "sales"]
    assert len(zone.inventory.having(Account, "domain", "sales")) == 2
