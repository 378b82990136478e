"""One row for every command about accounts and users that changes something."""

from core.model.commands.command import Command
from core.model.commands.ownership.account import (
    CreateAccount,
    CreateUser,
    DeleteAccount,
    DeleteUser,
    DisableAccount,
    EnableAccount,
    RegisterUserKeys,
    UpdateAccount,
)
from core.plans.account import change, create, delete
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateAccount: Row(checks=(create.check,), claim=create.claim),
    UpdateAccount: Row(checks=(change.check_update,), claim=change.claim_update),
    EnableAccount: Row(checks=(change.check_enable,), claim=change.claim_enable),
    DisableAccount: Row(checks=(change.check_disable,), claim=change.claim_disable),
    DeleteAccount: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
    CreateUser: Row(checks=(create.check_user,), claim=create.claim_user),
    DeleteUser: Row(checks=(change.check_delete_user,), claim=change.claim_delete_user),
    RegisterUserKeys: Row(checks=(change.check_keys,), claim=change.claim_keys),
}
