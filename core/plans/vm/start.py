"""startVirtualMachine."""

from collections.abc import Iterable, Mapping

from core.model import errors
from core.model.commands.vm import StartVirtualMachine
from core.model.records import (
    DiskOffering,
    Host,
    Pool,
    Template,
    Vm,
    Volume,
)
from core.model.states import PoolState, VmState, VolumeState
from core.plans.admission import (
    require_state,
)
from core.plans.context import Context
from core.plans.disk import creation, plugged
from core.plans.iso.disc import disc_of
from core.plans.operation import DiskAt, ImageAt, PluggedDisk, StartVm, StopVm
from core.plans.placement import (
    NOTHING,
    Promised,
    choose_pool,
    need_of,
    reaches,
    why_host_unfit,
)
from core.plans.step import Change, Claim, Plan, Step, change
from core.plans.template.seed import seeded, seeding


def check(context: Context, command: StartVirtualMachine) -> None:
    """Refuse what cannot be started."""
    vm = context.get(Vm, command.id)
    require_state(vm, VmState.STOPPED, doing="starting")
    if command.host_id is not None:
        context.inventory.get(Host, command.host_id)


def claim(context: Context, command: StartVirtualMachine) -> Claim:
    """Lock the machine."""
    return Claim(kind="vm", id=command.id, locks=(f"vm/{command.id}",))


def plan(context: Context, command: StartVirtualMachine, vm_id: str) -> Plan:
    """Make the disks that are only records, then start."""
    return Plan(steps=start_steps(context, vm_id, command.host_id))


def start_steps(context: Context, vm_id: str, host_id: str | None) -> tuple[Step, ...]:
    """Place the machine, make the disks that are only records, and start it."""
    vm = context.inventory.get(Vm, vm_id)
    volumes = list(context.inventory.having(Volume, "vm", vm_id))
    if not any(volume.type == "ROOT" for volume in volumes):
        raise errors.Conflict(
            "the machine has no root disk", object=f"vm/{vm.id}", hint="attach one as device 0"
        )
    host, pools = _place(context, vm, volumes, host_id)
    missing = [volume for volume in volumes if volume.state is VolumeState.ALLOCATED]
    disks = tuple(plugged(volume, volume.device_id, pools[volume.id].id) for volume in volumes)
    starting = _starting(vm, host, disks, disc_of(context, vm))
    if not missing:
        return (starting,)
    templates = [
        (context.inventory.get(Template, volume.template_id), pools[volume.id])
        for volume in missing
        if volume.template_id
    ]
    making = (
        creation(volume, pools[volume.id], _source(volume, pools), str(vm.hypervisor))
        for volume in missing
    )
    reserved = _reservation(vm, host, missing, pools)
    return (reserved, *seeding(context, templates), *making, starting)


def _reservation(vm: Vm, host: Host, missing: list[Volume], pools: dict[str, Pool]) -> Step:
    """From now on the host's memory and the pools' room count as taken, for all other plans."""

    def places(host_id: str, pool_ids: Iterable[str]) -> tuple[Change, ...]:
        on_pools = zip(missing, pool_ids, strict=True)
        return (
            Change(kind="vm", id=vm.id, fields={"host_id": host_id}),
            *(change(volume, pool_id=pool_id) for volume, pool_id in on_pools),
        )

    return Step(
        name=f"reserve memory and room for {host.name}",
        begin=places(host.id, [pools[volume.id].id for volume in missing]),
        revert=places("", ["" for _ in missing]),
    )


def _source(volume: Volume, pools: Mapping[str, Pool]) -> DiskAt | None:
    """The copy of the volume's template that its pool has by then."""
    return seeded(volume.template_id, pools[volume.id]) if volume.template_id else None


def _place(
    context: Context, vm: Vm, volumes: list[Volume], host_id: str | None
) -> tuple[Host, dict[str, Pool]]:
    """A host with room for the machine, and for each volume a pool which that host reaches."""
    hosts = [
        host
        for host in context.inventory.having(Host, "zone", vm.zone_id)
        if host.hypervisor is vm.hypervisor and host_id in (None, host.id)
    ]
    hosts.sort(key=lambda host: (host.id != vm.last_host_id, _load(context, host), host.id))
    reasons: list[str] = []
    for host in hosts:
        try:
            return host, _pools_for(context, vm, host, volumes)
        except errors.ForebayError as refusal:
            reasons.append(f"{host.name} {refusal.message}")
    raise errors.NoCapacity(
        "no host can start the machine: " + ("; ".join(reasons) or "the zone has none for it"),
        object=f"vm/{vm.id}",
        hint="free memory or room, or add a host or pool",
    )


def _load(context: Context, host: Host) -> float:
    used = context.inventory.total("host.memory", host.id)
    return used / host.memory_bytes if host.memory_bytes else 1.0


def _pools_for(context: Context, vm: Vm, host: Host, volumes: list[Volume]) -> dict[str, Pool]:
    reason = why_host_unfit(context, host, vm.memory_bytes)
    if reason:
        raise errors.NoCapacity(reason)
    pools: dict[str, Pool] = {}
    promised: dict[str, Promised] = {}
    for volume in volumes:
        pool = pools[volume.id] = _pool_for(context, host, volume, promised)
        if volume.state is VolumeState.ALLOCATED:
            promised[pool.id] = promised.get(pool.id, NOTHING).and_for(volume)
    return pools


def _pool_for(
    context: Context, host: Host, volume: Volume, promised: Mapping[str, Promised]
) -> Pool:
    if volume.state is VolumeState.ALLOCATED:
        offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
        template = context.inventory.find(Template, volume.template_id)
        need = need_of(volume, offering, host)._replace(
            template_id=volume.template_id,
            template_bytes=template.size_bytes if template is not None else 0,
        )
        return choose_pool(context, need, promised)
    pool = context.inventory.get(Pool, volume.pool_id)
    if not reaches(host, pool):
        raise errors.Conflict(f"does not reach pool {pool.name} of volume {volume.id}")
    if pool.state not in (PoolState.UP, PoolState.DISABLED):
        raise errors.Unavailable(f"finds pool {pool.name} {pool.state}")
    return pool


def _starting(vm: Vm, host: Host, disks: tuple[PluggedDisk, ...], iso: ImageAt | None) -> Step:
    def changed(event: str, host_id: str, last: str) -> Change:
        fields = {"host_id": host_id, "last_host_id": last}
        return Change(kind="vm", id=vm.id, event=event, fields=fields)

    return Step(
        name=f"start the machine on {host.name}",
        actor=f"host/{host.id}",
        do=StartVm(
            vm_id=vm.id,
            name=vm.name,
            cpus=vm.cpus,
            memory_bytes=vm.memory_bytes,
            disks=disks,
            iso=iso,
        ),
        undo=StopVm(vm_id=vm.id, forced=True),
        begin=(changed("StartRequested", host.id, vm.last_host_id),),
        commit=(changed("OperationSucceeded", host.id, host.id),),
        revert=(changed("OperationFailed", "", vm.last_host_id),),
    )
