"""migrateVirtualMachine: to another host while it runs, to another pool while it is stopped."""

from core.model import errors
from core.model.commands.migration import MigrateVirtualMachine
from core.model.records import Host, Pool, Vm
from core.plans.context import Context
from core.plans.migration.destination import (
    choose_neighbour,
    disks_of,
    machine_locks,
    require_destination,
    require_migrating,
    require_same_cluster,
    require_without_local_storage,
)
from core.plans.migration.handing_over import handing_over
from core.plans.migration.stopped import (
    relocating,
    require_data_disks_movable,
    require_moves,
    require_stopped,
)
from core.plans.step import Claim, Plan


def check(context: Context, command: MigrateVirtualMachine) -> None:
    """Refuse what cannot move, in CloudStack's order."""
    vm = context.get(Vm, command.virtual_machine_id)
    asked = (command.host_id is not None, command.storage_id is not None, command.autoselect)
    if sum(asked) != 1:
        raise errors.Invalid(
            "one of hostid, storageid and autoselect=true says where to",
            object=f"vm/{vm.id}",
            hint="give hostid for a machine that runs, storageid for one that is stopped",
        )
    if command.storage_id is not None:
        _check_storage(context, command.storage_id, vm)
        return
    require_migrating(context, vm)
    require_without_local_storage(context, vm)
    host = _host(context, command, vm)
    require_destination(context, vm, host)
    require_same_cluster(context, vm, host)


def _host(context: Context, command: MigrateVirtualMachine, vm: Vm) -> Host:
    if command.host_id is None:
        return choose_neighbour(context, vm)
    return context.inventory.get(Host, command.host_id)


def _check_storage(context: Context, pool_id: str, vm: Vm) -> None:
    require_stopped(context, vm)
    context.inventory.get(Pool, pool_id)
    volumes = disks_of(context, vm)
    require_data_disks_movable(vm, volumes)
    require_moves(context, vm, volumes, _targets(context, pool_id, vm))


def _targets(context: Context, pool_id: str, vm: Vm) -> dict[str, Pool]:
    """All volumes that are not there yet."""
    pool = context.inventory.get(Pool, pool_id)
    return {one.id: pool for one in disks_of(context, vm) if one.pool_id != pool_id}


def claim(context: Context, command: MigrateVirtualMachine) -> Claim:
    """Lock the machine; wait for a place among the pool's migrations."""
    vm = context.get(Vm, command.virtual_machine_id)
    slot = f"pool/{command.storage_id}" if command.storage_id is not None else ""
    return Claim(kind="vm", id=vm.id, slot=slot, locks=machine_locks(context, vm))


def plan(context: Context, command: MigrateVirtualMachine, vm_id: str) -> Plan:
    """One step to another host; to another pool, the source disks go last."""
    vm = context.inventory.get(Vm, vm_id)
    if command.storage_id is None:
        return Plan(steps=(handing_over(context, vm, _host(context, command, vm)),))
    targets = _targets(context, command.storage_id, vm)
    return relocating(context, vm, disks_of(context, vm), targets)
