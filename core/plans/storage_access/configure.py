"""configureStorageAccess."""

from collections.abc import Iterator

from msgspec.structs import replace

from core.model import errors
from core.model.commands.pool import ConfigureStorageAccess
from core.model.records import KIND_OF, Cluster, Host, Pod, Pool, Vm, Volume, Zone
from core.model.states import VmState
from core.plans.context import Context
from core.plans.placement import reaches
from core.plans.step import Change, Claim, Plan, Step, change
from core.plans.storage_access.groups import named_groups, place_groups

Thing = Zone | Pod | Cluster | Host | Pool
# parameter: what it names
NAMED: dict[str, type[Thing]] = {
    "zone_id": Zone,
    "pod_id": Pod,
    "cluster_id": Cluster,
    "host_id": Host,
    "storage_id": Pool,
}


def _named(context: Context, command: ConfigureStorageAccess) -> Thing:
    """The one thing that the command is about. Raises Invalid, NotFound."""
    given = [name for name in NAMED if getattr(command, name) is not None]
    if len(given) != 1:
        names = ", ".join(name.replace("_", "") for name in NAMED)
        raise errors.Invalid("the groups of one thing are configured", hint=f"give one of {names}")
    return context.inventory.get(NAMED[given[0]], getattr(command, given[0]))


def _renewed_hosts(context: Context, thing: Thing) -> Iterator[tuple[Host, Host]]:
    """The hosts that the change of `thing` is about, as they are and as they will be."""
    if isinstance(thing, Host):
        yield context.inventory.get(Host, thing.id), thing
    elif not isinstance(thing, Pool):
        zone_id = thing.id if isinstance(thing, Zone) else thing.zone_id
        for host in list(context.inventory.having(Host, "zone", zone_id)):
            if thing.id in (host.zone_id, host.pod_id, host.cluster_id):
                groups = place_groups(
                    context.inventory, host.zone_id, host.pod_id, host.cluster_id, renewed=thing
                )
                yield host, replace(host, place_groups=groups)


def check(context: Context, command: ConfigureStorageAccess) -> None:
    """Refuse what would take a pool from a machine that runs."""
    thing = _named(context, command)
    renewed = replace(thing, access_groups=named_groups(command.storage_access_groups))
    for host, changed in _renewed_hosts(context, renewed):
        for vm in context.inventory.having(Vm, "host", host.id):
            for volume in context.inventory.having(Volume, "vm", vm.id):
                pool = context.inventory.find(Pool, volume.pool_id)
                _require_kept(vm, (host, pool), (changed, pool))
    if isinstance(renewed, Pool):
        pool = context.inventory.get(Pool, renewed.id)
        for volume in context.inventory.having(Volume, "pool", pool.id):
            machine = context.inventory.find(Vm, volume.vm_id)
            if machine is not None and machine.host_id:
                host = context.inventory.get(Host, machine.host_id)
                _require_kept(machine, (host, pool), (host, renewed))


def _require_kept(
    vm: Vm, before: tuple[Host, Pool | None], after: tuple[Host, Pool | None]
) -> None:
    if vm.state is VmState.STOPPED or before[1] is None or after[1] is None:
        return
    if reaches(before[0], before[1]) and not reaches(after[0], after[1]):
        raise errors.Conflict(
            f"host {before[0].name} would lose pool {before[1].name}, which machine {vm.name} uses",
            object=f"vm/{vm.id}",
            hint="stop or migrate it first, or leave the groups that host and pool share",
        )


def claim(context: Context, command: ConfigureStorageAccess) -> Claim:
    """Name the thing."""
    thing = _named(context, command)
    kind = KIND_OF[type(thing)]
    return Claim(kind=kind, id=thing.id, locks=(f"{kind}/{thing.id}",))


def plan(context: Context, command: ConfigureStorageAccess, thing_id: str) -> Plan:
    """Change the record, and those of the hosts that have its groups from it."""
    thing = _named(context, command)
    groups = named_groups(command.storage_access_groups)
    renewed = replace(thing, access_groups=groups)
    changes: list[Change] = [change(thing, access_groups=groups)]
    if isinstance(thing, Zone | Pod | Cluster):
        hosts = _renewed_hosts(context, renewed)
        changes.extend(change(host, place_groups=new.place_groups) for host, new in hosts)
    return Plan(steps=(Step(name="give it its groups", commit=tuple(changes)),))
