"""One row for every command about accounts and users that changes something."""

from core.model.commands.command import Command
from core.model.commands.ownership.account import (
    CreateAccount,
    CreateUser,
    DeleteAccount,
    DeleteUser,
    DisableAccount,
    DisableUser,
    EnableAccount,
    EnableUser,
    LockAccount,
    LockUser,
    RegisterUserKeys,
    UpdateAccount,
    UpdateUser,
)
from core.plans.account import change, create, delete, standing, user
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateAccount: Row(checks=(create.check,), claim=create.claim),
    UpdateAccount: Row(checks=(change.check_update,), claim=change.claim_update),
    EnableAccount: Row(checks=(standing.check_enable,), claim=standing.claim_enable),
    LockAccount: Row(checks=(standing.check_lock,), claim=standing.claim_lock),
    DisableAccount: Row(
        checks=(standing.check_disable,), claim=standing.claim_disable, plan=standing.plan_disable
    ),
    DeleteAccount: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
    CreateUser: Row(checks=(create.check_user,), claim=create.claim_user),
    UpdateUser: Row(checks=(user.check,), claim=user.claim),
    EnableUser: Row(checks=(standing.check_user,), claim=standing.claim_enable_user),
    LockUser: Row(checks=(standing.check_other_user,), claim=standing.claim_lock_user),
    DisableUser: Row(
        checks=(standing.check_other_user,),
        claim=standing.claim_disable_user,
        plan=standing.plan_disable_user,
    ),
    DeleteUser: Row(checks=(change.check_delete_user,), claim=change.claim_delete_user),
    RegisterUserKeys: Row(checks=(change.check_keys,), claim=change.claim_keys),
}
