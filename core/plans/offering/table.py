"""One row for every command about offerings that changes something."""

from core.model.commands.command import Command
from core.model.commands.offering import (
    CreateDiskOffering,
    CreateServiceOffering,
    DeleteDiskOffering,
    DeleteServiceOffering,
    UpdateDiskOffering,
    UpdateServiceOffering,
)
from core.plans.offering import compute, disk
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateDiskOffering: Row(checks=(disk.check,), claim=disk.claim),
    UpdateDiskOffering: Row(checks=(disk.check_update,), claim=disk.claim_update),
    DeleteDiskOffering: Row(checks=(disk.check_delete,), claim=disk.claim_delete),
    CreateServiceOffering: Row(checks=(compute.check,), claim=compute.claim),
    UpdateServiceOffering: Row(checks=(compute.check_update,), claim=compute.claim_update),
    DeleteServiceOffering: Row(checks=(compute.check_delete,), claim=compute.claim_delete),
}
