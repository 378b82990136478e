"""Accounts and users: who may create, change and remove them, and what is refused."""

from hashlib import sha256

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Role
from core.model.commands.ownership.account import (
    CreateAccount,
    CreateUser,
    DeleteAccount,
    DeleteUser,
    DisableAccount,
    EnableAccount,
    ListAccounts,
    RegisterUserKeys,
    UpdateAccount,
)
from core.model.pool_types import DiskFormat
from core.model.records import Account, Project, Template, User
from core.model.states import SnapshotState
from core.plans.operation import RunJobs
from core.views.ownership.account import QUERIES, account_view
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, DORA, SmallZone


def _new(username: str = "carl", **fields: object) -> CreateAccount:
    return CreateAccount(
        username=username,
        email="carl@example.org",
        first_name="Carl",
        last_name="C",
        **fields,  # type: ignore[arg-type]
    )


def _user(zone: SmallZone, account_id: str, id: str = "u-1") -> User:
    return zone.add(User(id=id, username=id, account_id=account_id, token_sha256=""))


def test_an_account_comes_with_a_user(zone: SmallZone) -> None:
    """Named after its user unless told otherwise, in the caller's domain unless told otherwise."""
    claim = zone.claim(_new(), ADMIN)
    account = zone.inventory.get(Account, claim.id)
    assert (account.name, account.domain_id, account.role) == ("carl", "ROOT", Role.USER)
    (user,) = zone.inventory.having(User, "account", account.id)
    assert (user.username, user.email, user.token_sha256) == ("carl", "carl@example.org", "")


UUID = "12345678-1234-1234-1234-123456789abc"


def test_an_account_is_made_as_an_outer_system_wants_it(zone: SmallZone) -> None:
    """With its ids and role; what means nothing here is kept and shown."""
    wanted = _new(
        account_id=UUID,
        user_id=UUID,
        role_id="2",
        network_domain="sales.example.org",
        account_details={"crm": "7"},
    )
    zone.check(wanted, ADMIN)
    zone.claim(wanted, ADMIN)
    account = zone.inventory.get(Account, UUID)
    assert (account.role, zone.inventory.get(User, UUID).account_id) == (Role.DOMAIN_ADMIN, UUID)
    shown = account_view(zone.inventory, account)
    assert shown["networkdomain"] == "sales.example.org"
    assert shown["accountdetails"] == {"crm": "7"}
    zone.claim(UpdateAccount(id=UUID, network_domain="", account_details={"crm": "8"}), ADMIN)
    changed = zone.inventory.get(Account, UUID)
    assert (changed.network_domain, changed.details, changed.name) == ("", {"crm": "8"}, "carl")
    for again in ({"account_id": UUID}, {"user_id": UUID}):
        with refusal(errors.Conflict, 431, f"{next(iter(again))[:-3]}/{UUID}"):
            zone.check(_new("x", **again), ADMIN)
    with refusal(errors.Invalid, 431, "account/../up"):
        zone.check(_new("x", account_id="../up"), ADMIN)
    with refusal(errors.Invalid, 431, "domain/ROOT"):
        zone.check(_new("x", role_id="9"), ADMIN)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, True),
        ({"is_cleanup_required": False}, True),
        ({"is_cleanup_required": True}, False),
        ({"api_key_access": "inherit"}, True),
        ({"api_key_access": "Disabled"}, False),
        ({"show_icon": True}, True),
    ],
)
def test_accounts_are_found_by_what_holds_for_all(
    zone: SmallZone, asked: dict[str, object], found: bool
) -> None:
    """None waits for its clean-up, none has a rule of its own for keys."""
    command = ListAccounts(list_all=True, **asked)  # type: ignore[arg-type]
    answer = QUERIES[ListAccounts](zone.context(ADMIN), command)
    assert bool(answer["count"]) is found


def test_a_domain_administrator_creates_accounts_in_the_own_tree(zone: SmallZone) -> None:
    """Not elsewhere: other domains are as unknown."""
    account_id = zone.claim(_new(account="team", account_type=2), DORA).id
    account = zone.inventory.get(Account, account_id)
    assert (account.domain_id, account.role) == ("sales", Role.DOMAIN_ADMIN)
    with refusal(errors.NotFound, 431, "domain/lab"):
        zone.check(_new("dave", domain_id="lab"), DORA)


@pytest.mark.parametrize(
    ("command", "caller", "kind", "number", "object"),
    [
        (_new("x", account="alice", domain_id="sales"), ADMIN, errors.Invalid, 431, "domain/sales"),
        (_new("x", account_type=1), DORA, errors.Denied, 531, "domain/sales"),
        (
            _new("x", account_type=1, domain_id="lab"),
            ADMIN,
            errors.Invalid,
            431,
            "domain/lab",
        ),
    ],
    ids=["name in use", "more than the caller", "root administrator outside ROOT"],
)
def test_accounts_that_may_not_be_created(
    zone: SmallZone,
    command: CreateAccount,
    caller: Caller,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Names are unique in a domain, rights never grow."""
    with refusal(kind, number, object):
        zone.check(command, caller)


def test_user_names_are_unique_in_a_domain(zone: SmallZone) -> None:
    """For first users of accounts, and for those that are added."""
    _user(zone, "alice", "carl")
    with refusal(errors.Invalid, 431, "domain/sales"):
        zone.check(_new(domain_id="sales"), ADMIN)
    added = CreateUser(account="alice", username="carl", email="c@x", first_name="C", last_name="C")
    with refusal(errors.Invalid, 431, "domain/sales"):
        zone.check(added, DORA)


def test_an_account_gets_another_user(zone: SmallZone) -> None:
    """Created by who administers its domain; the last one cannot be removed."""
    created = CreateUser(
        account="alice", username="anna", email="a@x", first_name="A", last_name="A"
    )
    anna = zone.claim(created, DORA).id
    assert zone.inventory.get(User, anna).account_id == "alice"
    with refusal(errors.Invalid, 431, f"user/{anna}"):
        zone.check(DeleteUser(id=anna), DORA)
    _user(zone, "alice")
    zone.claim(DeleteUser(id=anna), DORA)
    assert zone.inventory.find(User, anna) is None


def test_nobody_removes_or_locks_themselves(zone: SmallZone) -> None:
    """Another administrator must do it."""
    _user(zone, "dora", DORA.user_id)
    with refusal(errors.Invalid, 431, f"user/{DORA.user_id}"):
        zone.check(DeleteUser(id=DORA.user_id), DORA)
    with refusal(errors.Invalid, 431, "account/dora"):
        zone.check(DisableAccount(id="dora", lock=True), DORA)
    with refusal(errors.Invalid, 431, "account/dora"):
        zone.check(DeleteAccount(id="dora"), DORA)


def test_accounts_are_renamed(zone: SmallZone) -> None:
    """To a name that nobody else has in the domain."""
    with refusal(errors.Invalid, 431, "account/dora"):
        zone.check(UpdateAccount(id="alice", new_name="dora"), ADMIN)
    zone.claim(UpdateAccount(id="alice", new_name="alicia"), ADMIN)
    assert zone.inventory.get(Account, "alice").name == "alicia"


def test_accounts_get_another_role(zone: SmallZone) -> None:
    """Named by id or by name and domain; nobody is lifted above who asks."""
    zone.claim(UpdateAccount(account="alice", domain_id="sales", role_id="2"), ADMIN)
    alice = zone.inventory.get(Account, "alice")
    assert (alice.name, alice.role) == ("alice", Role.DOMAIN_ADMIN)
    zone.claim(UpdateAccount(id="alice", role_id="0"), DORA)
    assert zone.inventory.get(Account, "alice").role is Role.USER


@pytest.mark.parametrize(
    ("command", "caller", "kind", "number", "object"),
    [
        (UpdateAccount(new_name="x"), ADMIN, errors.Invalid, 431, ""),
        (UpdateAccount(id="alice", account="alice"), ADMIN, errors.Invalid, 431, ""),
        (UpdateAccount(id="alice", role_id="7"), ADMIN, errors.Invalid, 431, "account/alice"),
        (UpdateAccount(id="alice", role_id="1"), DORA, errors.Denied, 531, "domain/sales"),
        (UpdateAccount(id="alice", role_id="1"), ADMIN, errors.Invalid, 431, "domain/sales"),
        (UpdateAccount(id="dora", role_id="0"), DORA, errors.Invalid, 431, "account/dora"),
    ],
    ids=["unnamed", "named twice", "no such role", "above the caller", "outside ROOT", "own"],
)
def test_accounts_that_may_not_be_changed_so(
    zone: SmallZone,
    command: UpdateAccount,
    caller: Caller,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Rights never grow beyond those of who gives them."""
    with refusal(kind, number, object):
        zone.check(command, caller)


def test_foreign_accounts_are_as_unknown(zone: SmallZone) -> None:
    """The same answer as for an id that is nobody's."""
    for account_id in ("bob", "nobody"):
        with refusal(errors.NotFound, 431, f"account/{account_id}"):
            zone.check(EnableAccount(id=account_id), DORA)


def test_new_keys_are_shown_once_and_kept_as_a_digest(zone: SmallZone) -> None:
    """The token only as its digest; keys of the signed API as they are, because it needs them."""
    user = _user(zone, "alice", ALICE.user_id)
    claim = zone.claim(RegisterUserKeys(id=user.id), ALICE)
    assert claim.answer is not None
    keys = msgspec.convert(claim.answer["userkeys"], dict[str, str])
    known = zone.inventory.get(User, user.id)
    assert known.token_sha256 == sha256(keys["token"].encode()).hexdigest()
    assert (known.api_key, known.secret_key) == (keys["apikey"], keys["secretkey"])
    assert len({*keys.values()}) == 3
    assert all(len(key) == 64 for key in keys.values())


def test_everything_that_an_account_owns_goes_before_it(zone: SmallZone) -> None:
    """Machines, snapshots, volumes, templates and ISOs, each by its own job; last the account."""
    zone.stopped_vm()
    zone.root()
    zone.volume()
    zone.volume("was-root", type="ROOT")
    zone.snapshot()
    zone.snapshot("base", state=SnapshotState.DESTROYED)
    _own(zone, "mine")
    _own(zone, "disc", format=DiskFormat.ISO)
    plan = zone.plan(DeleteAccount(id="alice"), ADMIN)
    asked = [step.do for step in plan.steps if isinstance(step.do, RunJobs)]
    commands = [[errand.command for errand in do.errands] for do in asked]
    assert commands == [
        ["destroyVirtualMachine"],
        ["deleteSnapshot"],
        ["deleteVolume", "deleteVolume"],
        ["deleteTemplate", "deleteIso"],
    ]
    assert plan.steps[-1].final
    zone.run(plan)
    assert zone.inventory.find(Account, "alice") is None


def _own(zone: SmallZone, id: str, *, format: DiskFormat = DiskFormat.QCOW2) -> Template:
    """A template or ISO of alice."""
    debian = zone.inventory.get(Template, "debian")
    return zone.add(
        msgspec.structs.replace(
            debian, id=id, name=id, format=format, account_id="alice", domain_id="sales"
        )
    )


def test_what_could_not_be_removed_keeps_the_account_from_the_beginning(zone: SmallZone) -> None:
    """A protected volume, a download that goes on, an ISO in another account's machine."""
    zone.volume(delete_protection=True)
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(DeleteAccount(id="alice"), ADMIN)
    zone.volume()
    late = _own(zone, "late")
    zone.add(msgspec.structs.replace(late, job_id="j"))
    with refusal(errors.Conflict, 431, "template/late"):
        zone.check(DeleteAccount(id="alice"), ADMIN)
    zone.add(late)
    _own(zone, "disc", format=DiskFormat.ISO)
    zone.stopped_vm(account_id="bob", domain_id="lab", iso_id="disc")
    with refusal(errors.Conflict, 431, "template/disc"):
        zone.check(DeleteAccount(id="alice"), ADMIN)
    zone.stopped_vm(iso_id="disc")
    zone.check(DeleteAccount(id="alice"), ADMIN)


def test_owners_of_projects_stay(zone: SmallZone) -> None:
    """The project must go first; a project's own account goes only with it."""
    zone.add(Account(id="pa", name="PrjAcct-p", domain_id="sales", role=Role.USER, project_id="p"))
    zone.add(
        Project(
            id="p", name="p", display_text="p", domain_id="sales", account_id="pa", owner_id="alice"
        )
    )
    with refusal(errors.Conflict, 431, "account/alice"):
        zone.check(DeleteAccount(id="alice"), ADMIN)
    with refusal(errors.Invalid, 431, "account/pa"):
        zone.check(DeleteAccount(id="pa"), ADMIN)
