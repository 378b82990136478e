"""One row for every command about pools that changes something."""

from core.model.commands.command import Command
from core.model.commands.internal import AddLocalPool, AdoptDatastores
from core.model.commands.pool import (
    CancelStorageMaintenance,
    ChangeStoragePoolScope,
    CreateStoragePool,
    DeleteStoragePool,
    EnableStorageMaintenance,
    SyncStoragePool,
    UpdateStorageCapabilities,
    UpdateStoragePool,
)
from core.plans.pool import (
    add_local,
    cancel_maintenance,
    change_scope,
    create,
    delete,
    enable_maintenance,
    refresh,
    sync,
    update,
)
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateStoragePool: Row(
        checks=(create.check,),
        once=(create.once,),
        claim=create.claim,
        plan=create.plan,
        give_up=create.give_up,
    ),
    AddLocalPool: Row(
        checks=(),
        once=(add_local.once,),
        claim=add_local.claim,
        plan=add_local.plan,
        give_up=add_local.give_up,
    ),
    SyncStoragePool: Row(checks=(sync.check,), claim=sync.claim, plan=sync.plan),
    AdoptDatastores: Row(
        checks=(),
        claim=sync.claim_children,
        plan=sync.plan_children,
        give_up=sync.give_up_children,
    ),
    UpdateStorageCapabilities: Row(checks=(refresh.check,), claim=refresh.claim, plan=refresh.plan),
    UpdateStoragePool: Row(checks=(update.check,), claim=update.claim),
    DeleteStoragePool: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
    ChangeStoragePoolScope: Row(
        checks=(change_scope.check,), claim=change_scope.claim, plan=change_scope.plan
    ),
    EnableStorageMaintenance: Row(
        checks=(),
        once=(enable_maintenance.once,),
        claim=enable_maintenance.claim,
        plan=enable_maintenance.plan,
        give_up=enable_maintenance.give_up,
    ),
    CancelStorageMaintenance: Row(
        checks=(),
        once=(cancel_maintenance.once,),
        claim=cancel_maintenance.claim,
        plan=cancel_maintenance.plan,
        give_up=cancel_maintenance.give_up,
    ),
}
