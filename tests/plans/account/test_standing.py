"""Accounts and users that are enabled, locked and disabled: what they may do, and who decides."""

import pytest

from core.model import errors
from core.model.access import Caller, require_standing
from core.model.commands.command import Command
from core.model.commands.ownership.account import (
    DisableAccount,
    DisableUser,
    EnableAccount,
    EnableUser,
    GetUserKeys,
    LockAccount,
    LockUser,
    RegisterUserKeys,
)
from core.model.records import Account, User
from core.plans.operation import RunJobs
from core.views.table import QUERIES
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, DORA, SmallZone

KEEPER = Caller(
    user_id="u-keeper", account_id="keeper", domain_id="ROOT", role=DORA.role, username="keeper"
)


def _user(zone: SmallZone, caller: Caller) -> User:
    return zone.add(
        User(
            id=caller.user_id,
            username=caller.username,
            account_id=caller.account_id,
            token_sha256="",
        )
    )


def _state(zone: SmallZone, account_id: str = "alice") -> str:
    return zone.inventory.get(Account, account_id).state


@pytest.mark.parametrize(("lock", "state"), [(True, "locked"), (False, "disabled")])
def test_accounts_are_locked_disabled_and_enabled(
    zone: SmallZone, *, lock: bool, state: str
) -> None:
    """Each state is left by enableAccount, which takes an id, or account and domain."""
    zone.run(zone.plan(DisableAccount(id="alice", lock=lock), DORA))
    assert _state(zone) == state
    zone.claim(EnableAccount(account="alice", domain_id="sales"), DORA)
    assert _state(zone) == "enabled"


def test_the_machines_of_a_disabled_account_stop(zone: SmallZone) -> None:
    """Those that run, after nothing new can begin; those of a locked one go on."""
    zone.vm("runs")
    zone.stopped_vm("rests")
    locking = zone.plan(DisableAccount(id="alice", lock=True), DORA)
    assert [step.do for step in locking.steps] == [None]
    closing, stopping = zone.plan(DisableAccount(id="alice", lock=False), DORA).steps
    assert closing.begin
    assert isinstance(stopping.do, RunJobs)
    (stop,) = stopping.do.errands
    assert stop.command == "stopVirtualMachine"


def test_an_account_is_locked_by_name(zone: SmallZone) -> None:
    """One that is disabled stays so: locked would be less."""
    lock = LockAccount(account="alice", domain_id="sales")
    zone.claim(lock, DORA)
    assert _state(zone) == "locked"
    zone.run(zone.plan(DisableAccount(id="alice", lock=False), DORA))
    with refusal(errors.Conflict, 431, "account/alice"):
        zone.check(lock, DORA)


def test_users_are_locked_disabled_and_enabled(zone: SmallZone) -> None:
    """Alone: their account goes on."""
    user = _user(zone, ALICE)
    for command, state in (
        (LockUser(id=user.id), "locked"),
        (DisableUser(id=user.id), "disabled"),
        (EnableUser(id=user.id), "enabled"),
    ):
        zone.claim(command, DORA)
        assert zone.inventory.get(User, user.id).state == state
        assert _state(zone) == "enabled"


@pytest.mark.parametrize(
    ("command", "object"),
    [
        (DisableAccount(id="dora", lock=True), "account/dora"),
        (LockAccount(account="dora", domain_id="sales"), "account/dora"),
        (LockUser(id=DORA.user_id), f"user/{DORA.user_id}"),
        (DisableUser(id=DORA.user_id), f"user/{DORA.user_id}"),
    ],
)
def test_nobody_locks_themselves_out(zone: SmallZone, command: Command, object: str) -> None:
    """Another administrator must do it."""
    _user(zone, DORA)
    with refusal(errors.Invalid, 431, object):
        zone.check(command, DORA)


def test_foreign_users_are_as_unknown(zone: SmallZone) -> None:
    """The same answer as for an id that is nobody's."""
    _user(zone, BOB)
    for user_id in (BOB.user_id, "nobody"):
        with refusal(errors.NotFound, 431, f"user/{user_id}"):
            zone.check(DisableUser(id=user_id), DORA)


@pytest.mark.parametrize(
    "command",
    [
        DisableAccount(id="admin", lock=True),
        LockUser(id=ADMIN.user_id),
        RegisterUserKeys(id=ADMIN.user_id),
    ],
)
def test_nobody_reaches_for_a_higher_role(zone: SmallZone, command: Command) -> None:
    """An administrator of ROOT's domain has the root administrators below him, but not in hand."""
    zone.add(Account(id="keeper", name="keeper", domain_id="ROOT", role=DORA.role))
    _user(zone, ADMIN)
    with refusal(errors.Denied, 531, "account/admin"):
        zone.check(command, KEEPER)


def test_keys_of_a_higher_role_are_not_shown(zone: SmallZone) -> None:
    """They would be as good as the role."""
    zone.add(Account(id="keeper", name="keeper", domain_id="ROOT", role=DORA.role))
    _user(zone, ADMIN)
    with refusal(errors.Denied, 531, "account/admin"):
        QUERIES[GetUserKeys](zone.context(KEEPER), GetUserKeys(id=ADMIN.user_id))


@pytest.mark.parametrize("kind", ["account", "user"])
@pytest.mark.parametrize(
    ("state", "looks", "changes"),
    [("enabled", True, True), ("locked", True, False), ("disabled", False, False)],
)
def test_what_each_state_allows(
    zone: SmallZone, kind: str, state: str, *, looks: bool, changes: bool
) -> None:
    """Of the account, or of the user alone."""
    of_account, of_user = (state, "enabled") if kind == "account" else ("enabled", state)
    zone.add(
        Account(id="alice", name="alice", domain_id="sales", role=ALICE.role, state=of_account)
    )
    zone.add(
        User(id=ALICE.user_id, username="alice", account_id="alice", token_sha256="", state=of_user)
    )
    named = f"{kind}/{'alice' if kind == 'account' else ALICE.user_id}"
    for reads, allowed in ((True, looks), (False, changes)):
        if allowed:
            require_standing(ALICE, zone.inventory, "it", reads=reads)
        else:
            with refusal(errors.Denied, 531, named):
                require_standing(ALICE, zone.inventory, "it", reads=reads)


def test_who_has_lost_a_role_must_log_in_again(zone: SmallZone) -> None:
    """What was decided when the session began does not outlive the role."""
    zone.add(Account(id="dora", name="dora", domain_id="sales", role=ALICE.role))
    _user(zone, DORA)
    with refusal(errors.Denied, 401, "account/dora"):
        require_standing(DORA, zone.inventory, "it", reads=True)


@pytest.mark.parametrize("kind", [Account, User])
def test_who_was_deleted_is_let_in_no_more(zone: SmallZone, kind: type[Account | User]) -> None:
    """Also where the session began before; its jobs go on."""
    _user(zone, ALICE)
    require_standing(ALICE, zone.inventory, "it", reads=False)
    zone.inventory.remove(kind, "alice" if kind is Account else ALICE.user_id)
    with refusal(errors.Denied, 401, f"user/{ALICE.user_id}"):
        require_standing(ALICE, zone.inventory, "it", reads=True)
