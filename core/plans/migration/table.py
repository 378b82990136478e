"""One row for every command that moves machines."""

from core.model.commands.command import Command
from core.model.commands.migration import MigrateVirtualMachine, MigrateVirtualMachineWithVolume
from core.plans.migration import migrate, with_volume
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    MigrateVirtualMachine: Row(checks=(migrate.check,), claim=migrate.claim, plan=migrate.plan),
    MigrateVirtualMachineWithVolume: Row(
        checks=(with_volume.check,), claim=with_volume.claim, plan=with_volume.plan
    ),
}
