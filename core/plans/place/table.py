"""One row for every command about zones, pods and clusters that changes something."""

from core.model.commands.command import Command
from core.model.commands.zone import (
    AddCluster,
    CreatePod,
    CreateZone,
    DeleteCluster,
    DeletePod,
    DeleteZone,
    UpdateCluster,
    UpdatePod,
    UpdateZone,
)
from core.plans.place import cluster, pod, zone
from core.plans.row import Row

PLANS: dict[type[Command], Row] = {
    CreateZone: Row(checks=(zone.check_create,), claim=zone.claim_create),
    UpdateZone: Row(checks=(zone.check_update,), claim=zone.claim_update),
    DeleteZone: Row(checks=(zone.check_delete,), claim=zone.claim_delete),
    CreatePod: Row(checks=(pod.check_create,), claim=pod.claim_create),
    UpdatePod: Row(checks=(pod.check_update,), claim=pod.claim_update),
    DeletePod: Row(checks=(pod.check_delete,), claim=pod.claim_delete),
    AddCluster: Row(checks=(cluster.check_create,), claim=cluster.claim_create),
    UpdateCluster: Row(checks=(cluster.check_update,), claim=cluster.claim_update),
    DeleteCluster: Row(checks=(cluster.check_delete,), claim=cluster.claim_delete),
}
