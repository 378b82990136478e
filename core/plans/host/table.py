"""One row for every command about hosts that changes something."""

from core.model.commands.command import Command
from core.model.commands.host import (
    AddHost,
    CancelHostMaintenance,
    DeleteHost,
    PrepareHostForMaintenance,
    ReconnectHost,
    UpdateHost,
    UpdateHypervisorCapabilities,
)
from core.model.commands.internal import EvacuateMachine
from core.plans.host import (
    add,
    cancel_maintenance,
    delete,
    evacuate,
    prepare_maintenance,
    reconnect,
    update,
    update_capability,
)
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    AddHost: Row(
        checks=(add.check,),
        once=(add.once,),
        claim=add.claim,
        plan=add.plan,
        give_up=add.give_up,
    ),
    UpdateHost: Row(checks=(update.check,), claim=update.claim),
    ReconnectHost: Row(checks=(reconnect.check,), claim=reconnect.claim, plan=reconnect.plan),
    DeleteHost: Row(checks=(delete.check,), claim=delete.claim, plan=delete.plan),
    UpdateHypervisorCapabilities: Row(
        checks=(update_capability.check,), claim=update_capability.claim
    ),
    PrepareHostForMaintenance: Row(
        checks=(),
        once=(prepare_maintenance.once,),
        claim=prepare_maintenance.claim,
        plan=prepare_maintenance.plan,
        give_up=prepare_maintenance.give_up,
    ),
    CancelHostMaintenance: Row(
        checks=(cancel_maintenance.check,),
        claim=cancel_maintenance.claim,
        plan=cancel_maintenance.plan,
    ),
    EvacuateMachine: Row(checks=(), claim=evacuate.claim, plan=evacuate.plan),
}
