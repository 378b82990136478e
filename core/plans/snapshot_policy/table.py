"""One row for every command about snapshot policies that changes something."""

from core.model.commands.command import Command
from core.model.commands.snapshot_policy import (
    CreateSnapshotPolicy,
    DeleteSnapshotPolicies,
    UpdateSnapshotPolicy,
)
from core.plans.row import Row
from core.plans.snapshot_policy import create, delete, update

PLANS: dict[type[Command], Row] = {
    CreateSnapshotPolicy: Row(checks=(create.check,), claim=create.claim),
    UpdateSnapshotPolicy: Row(checks=(update.check,), claim=update.claim, plan=update.plan),
    DeleteSnapshotPolicies: Row(checks=(delete.check,), claim=delete.claim),
}
