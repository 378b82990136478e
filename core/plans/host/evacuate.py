"""EvacuateMachine: a machine leaves a host that prepares for maintenance, or is stopped there.

As in CloudStack, a machine is stopped where it cannot go anywhere: on hypervisors that do not move
running machines, and on the last usable host of a cluster.
"""

from core.model import errors
from core.model.commands.internal import EvacuateMachine
from core.model.hypervisors import HYPERVISORS
from core.model.records import Host, Vm
from core.model.states import HostState, ResourceState, VmState
from core.plans.context import Context
from core.plans.host.prepare_maintenance import STRATEGY
from core.plans.migration.carrying import carrying, require_carrying
from core.plans.migration.destination import (
    choose_neighbour,
    machine_locks,
    uses_local_storage,
)
from core.plans.migration.handing_over import handing_over
from core.plans.migration.with_volume import choose_carrier
from core.plans.step import Claim, Plan
from core.plans.vm.stopping import stopping


def claim(context: Context, command: EvacuateMachine) -> Claim:
    """Wait for what is under way on the machine; one that is gone has left."""
    vm = context.inventory.find(Vm, command.id)
    locks = machine_locks(context, vm) if vm is not None else ()
    return Claim(kind="vm", id=command.id, locks=locks)


def plan(context: Context, command: EvacuateMachine, vm_id: str) -> Plan:
    """Nothing, if it does not run there any more or the maintenance was cancelled meanwhile."""
    vm = context.inventory.find(Vm, vm_id)
    host = context.inventory.find(Host, command.host_id)
    if vm is None or host is None or not _is_due(vm, host):
        return Plan(steps=())
    if uses_local_storage(context, vm):
        return _local(context, vm)
    if not HYPERVISORS[vm.hypervisor].migrates or _is_last(context, host):
        return Plan(steps=(stopping(vm, forced=False),))
    return Plan(steps=(handing_over(context, vm, choose_neighbour(context, vm)),))


def _is_due(vm: Vm, host: Host) -> bool:
    prepares = host.resource_state is ResourceState.PREPARE_FOR_MAINTENANCE
    return prepares and vm.host_id == host.id and vm.state is VmState.RUNNING


def _is_last(context: Context, host: Host) -> bool:
    return not any(
        other.state is HostState.UP and other.resource_state is ResourceState.ENABLED
        for other in context.inventory.having(Host, "cluster", host.cluster_id)
        if other.id != host.id
    )


def _local(context: Context, vm: Vm) -> Plan:
    """As host.maintenance.local.storage.strategy says. Raises Conflict for Error."""
    strategy = context.settings.text(STRATEGY)
    if strategy == "Migration":
        require_carrying(context, vm)
        return Plan(steps=carrying(context, vm, *choose_carrier(context, vm)))
    if strategy == "ForceStop":
        return Plan(steps=(stopping(vm, forced=True),))
    raise errors.Conflict(
        "the machine has volumes on local storage",
        object=f"vm/{vm.id}",
        hint="stop it first",
    )
