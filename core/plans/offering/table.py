"""One row for every command about offerings that changes something."""

from core.model.commands.command import Command
from core.model.commands.offering import (
    CreateDiskOffering,
    CreateServiceOffering,
)
from core.plans.offering import compute, disk
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateDiskOffering: Row(checks=(disk.check,), claim=disk.claim),
    CreateServiceOffering: Row(checks=(compute.check,), claim=compute.claim),
}
