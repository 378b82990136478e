"""Access: what each role may use, in a tree of domains."""

from typing import NamedTuple

import pytest

from core.model.access import Caller, is_below, is_owned, may_use, require_role
from core.model.commands.command import Role
from core.model.errors import Denied, NotFound
from core.model.inventory import Inventory
from core.model.records import Domain
from tests.model.samples import RECORDS


class Thing(NamedTuple):
    """Something that belongs to an account."""

    account_id: str
    domain_id: str


def _domain(id: str, parent_id: str = "") -> Domain:
    return Domain(id=id, name=id, path=id, parent_id=parent_id)


def _caller(role: Role, domain_id: str) -> Caller:
    return Caller(
        user_id="u", account_id=f"{domain_id}-me", domain_id=domain_id, role=role, username="me"
    )


@pytest.fixture
def domains() -> Inventory:
    """ROOT with two children, one of which has a child."""
    inventory = Inventory()
    for domain in (
        _domain("ROOT"),
        _domain("left", "ROOT"),
        _domain("right", "ROOT"),
        _domain("leaf", "left"),
    ):
        inventory.put(domain)
    return inventory


@pytest.mark.parametrize(
    ("role", "admitted"),
    [
        (Role.USER, set[str]()),
        (Role.DOMAIN_ADMIN, {"left", "leaf"}),
        (Role.ADMIN, {"ROOT", "left", "right", "leaf"}),
    ],
)
def test_others_things_by_role(role: Role, admitted: set[str], domains: Inventory) -> None:
    """A user sees nobody else's, a domain admin those of the tree, a root admin all."""
    caller = _caller(role, "left")
    found = {
        domain_id
        for domain_id in ("ROOT", "left", "right", "leaf")
        if may_use(caller, Thing("someone", domain_id), domains)
    }
    assert found == admitted


@pytest.mark.parametrize("role", Role)
def test_own_things_are_ones_own_in_every_role(role: Role, domains: Inventory) -> None:
    """Whatever the role, an account may use what belongs to it."""
    caller = _caller(role, "left")
    assert may_use(caller, Thing(caller.account_id, "left"), domains)


@pytest.mark.parametrize(
    ("domain_id", "ancestor_id", "expected"),
    [
        ("leaf", "leaf", True),
        ("leaf", "left", True),
        ("leaf", "ROOT", True),
        ("left", "leaf", False),
        ("leaf", "right", False),
        ("ROOT", "left", False),
        ("", "ROOT", False),
    ],
)
def test_is_below_follows_parents_only(
    domain_id: str, ancestor_id: str, expected: bool, domains: Inventory
) -> None:
    """Down the tree counts, sideways and up do not."""
    assert is_below(domain_id, ancestor_id, domains) is expected


def test_unknown_domain_is_not_found(domains: Inventory) -> None:
    """A domain that is gone does not pass for being outside the tree."""
    with pytest.raises(NotFound):
        is_below("gone", "left", domains)


@pytest.mark.parametrize("has", Role)
@pytest.mark.parametrize("needs", Role)
def test_higher_role_may_do_what_a_lower_one_may(has: Role, needs: Role) -> None:
    """Otherwise it is Denied with CloudStack's 401, naming command and role."""
    if has >= needs:
        require_role(_caller(has, "left"), needs, "addHost")
        return
    with pytest.raises(Denied, match=f"addHost needs the role {needs.name.lower()}") as refused:
        require_role(_caller(has, "left"), needs, "addHost")
    assert refused.value.number == 401
    assert refused.value.object == "user/u"
    assert refused.value.hint


def test_owned_are_records_with_account_and_domain() -> None:
    """What a list of one's own things is drawn from."""
    owned = {type(record).__name__ for record in RECORDS if is_owned(record)}
    own = {"Template", "Vm", "VmSnapshot", "Volume", "Snapshot", "SnapshotPolicy", "Job"}
    assert owned == own | {"Project", "Tag", "Extraction"}
