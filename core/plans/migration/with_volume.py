"""migrateVirtualMachineWithVolume: a running machine goes to another host with its volumes.

Without a host, the volumes of a stopped machine go to the pools named.
"""

from collections.abc import Iterator

from core.model import errors
from core.model.commands.migration import MigrateVirtualMachineWithVolume
from core.model.records import Host, Pool, Vm, Volume
from core.plans.context import Context
from core.plans.migration.carrying import (
    Targets,
    carrying,
    require_carried,
    require_carrying,
    targets_on,
)
from core.plans.migration.destination import (
    disks_of,
    has_tags,
    machine_locks,
    require_destination,
)
from core.plans.migration.stopped import relocating, require_moves, require_stopped
from core.plans.placement import is_closed, load
from core.plans.step import Claim, Plan

NONE: Targets = {}


def check(context: Context, command: MigrateVirtualMachineWithVolume) -> None:
    """Refuse what cannot move, in CloudStack's order (semantics section 6.2)."""
    vm = context.get(Vm, command.virtual_machine_id)
    if command.host_id is not None and command.autoselect:
        raise errors.Invalid(
            "hostid and autoselect=true are both given",
            object=f"vm/{vm.id}",
            hint="leave out one of the two",
        )
    if command.host_id is None and not command.autoselect:
        _check_stopped(context, command, vm)
        return
    require_carrying(context, vm)
    asked = _asked(context, command, vm)
    if command.host_id is None:
        choose_carrier(context, vm, asked)
        return
    host = context.inventory.get(Host, command.host_id)
    require_destination(context, vm, host)
    require_carried(context, vm, host, targets_on(context, vm, host, asked))


def _check_stopped(context: Context, command: MigrateVirtualMachineWithVolume, vm: Vm) -> None:
    if not command.migrate_to:
        raise errors.Invalid(
            "one of hostid, migrateto and autoselect=true is needed",
            object=f"vm/{vm.id}",
            hint="give hostid for a machine that runs, migrateto for one that is stopped",
        )
    require_stopped(context, vm)
    targets = _moving(context, command, vm)
    require_moves(context, vm, disks_of(context, vm), targets)


def _asked(context: Context, command: MigrateVirtualMachineWithVolume, vm: Vm) -> dict[str, Pool]:
    """The pools named, by volume. Raises NotFound, Invalid (no volume of the machine)."""
    own = {volume.id for volume in disks_of(context, vm)}
    asked: dict[str, Pool] = {}
    for pair in command.migrate_to:
        volume = context.get(Volume, pair.volume)
        if volume.id not in own:
            raise errors.Invalid(
                "the volume is not on storage for this machine",
                object=f"volume/{volume.id}",
                hint="listVolumes virtualmachineid= shows its volumes",
            )
        asked[volume.id] = context.inventory.get(Pool, pair.pool)
    return asked


def _moving(context: Context, command: MigrateVirtualMachineWithVolume, vm: Vm) -> Targets:
    """Those named that are not there already."""
    here = {volume.id: volume.pool_id for volume in disks_of(context, vm)}
    asked = _asked(context, command, vm)
    return {name: pool for name, pool in asked.items() if pool.id != here[name]}


def choose_carrier(context: Context, vm: Vm, asked: Targets = NONE) -> tuple[Host, dict[str, Pool]]:
    """The best host to take the machine along with its volumes, and where they go.

    Hosts of its own cluster come first. Raises NoCapacity (530) with every reason.
    """
    reasons: list[str] = []
    for host in _candidates(context, vm):
        try:
            require_destination(context, vm, host)
            targets = targets_on(context, vm, host, asked)
            require_carried(context, vm, host, targets)
        except errors.ForebayError as refusal:
            reasons.append(f"{host.name}: {refusal.message}")
        else:
            return host, targets
    raise errors.NoCapacity(
        "no host can take the machine with its volumes: "
        + ("; ".join(reasons) or "the zone has no other for it"),
        object=f"vm/{vm.id}",
        hint="free memory or room there, or stop the machine",
        number=530,
    )


def _candidates(context: Context, vm: Vm) -> Iterator[Host]:
    here = context.inventory.get(Host, vm.host_id)
    others = [
        host
        for host in context.inventory.having(Host, "zone", vm.zone_id)
        if host.id != here.id
        and host.hypervisor is vm.hypervisor
        and not is_closed(context, host)
        and has_tags(context, vm, host)
    ]
    yield from sorted(
        others,
        key=lambda host: (host.cluster_id != here.cluster_id, load(context, host), host.id),
    )


def claim(context: Context, command: MigrateVirtualMachineWithVolume) -> Claim:
    """Lock the machine; wait for a place among the first pool's migrations."""
    vm = context.get(Vm, command.virtual_machine_id)
    slot = f"pool/{command.migrate_to[0].pool}" if command.migrate_to else ""
    return Claim(kind="vm", id=vm.id, slot=slot, locks=machine_locks(context, vm))


def plan(context: Context, command: MigrateVirtualMachineWithVolume, vm_id: str) -> Plan:
    """The source disks go last, when the machine runs on their copies."""
    vm = context.inventory.get(Vm, vm_id)
    if command.host_id is None and not command.autoselect:
        return relocating(context, vm, disks_of(context, vm), _moving(context, command, vm))
    asked = _asked(context, command, vm)
    if command.host_id is None:
        return Plan(steps=carrying(context, vm, *choose_carrier(context, vm, asked)))
    host = context.inventory.get(Host, command.host_id)
    return Plan(steps=carrying(context, vm, host, targets_on(context, vm, host, asked)))
