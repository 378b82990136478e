"""deployVirtualMachine and startVirtualMachine."""

from collections.abc import Iterable, Mapping

from core.model import errors
from core.model.commands.vm import DeployVirtualMachine, StartVirtualMachine
from core.model.records import (
    DiskOffering,
    Host,
    Pool,
    ServiceOffering,
    Template,
    Vm,
    Volume,
)
from core.model.states import PoolState, TemplateState, VmState, VolumeState
from core.plans.admission import (
    require_custom_size,
    require_local_storage,
    require_size,
    require_state,
)
from core.plans.context import GIB, Context
from core.plans.disk import change, creation, plugged
from core.plans.placement import (
    NOTHING,
    Promised,
    choose_pool,
    need_of,
    reaches,
    why_host_unfit,
)
from core.plans.quota import require_quota
from core.plans.snapshot_source import template_source
from core.plans.step import (
    Add,
    Change,
    Claim,
    Effect,
    ImageAt,
    Plan,
    PluggedDisk,
    StartVm,
    Step,
    StopVm,
)


def _root_size_bytes(context: Context, command: DeployVirtualMachine, template: Template) -> int:
    """The offering's root size, else the caller's, else the template's (semantics section 9.6)."""
    offering = context.get(ServiceOffering, command.service_offering_id)
    enforced = context.inventory.get(DiskOffering, offering.disk_offering_id).size_bytes
    if command.root_disk_size is not None and not enforced:
        require_size(context, command.root_disk_size * GIB)
    asked = enforced or (command.root_disk_size or 0) * GIB or template.size_bytes
    if asked < template.size_bytes:
        raise errors.Invalid(
            f"the template needs {template.size_bytes} bytes, the root disk would have {asked}",
            object=f"template/{template.id}",
            hint="ask for a larger rootdisksize",
        )
    return asked


def _data_size_bytes(context: Context, command: DeployVirtualMachine) -> int:
    if command.disk_offering_id is None:
        return 0
    offering = context.disk_offering(command.disk_offering_id)
    if offering.size_bytes:
        return offering.size_bytes
    if command.size is None:
        raise errors.Invalid(
            "a customized disk offering needs a size",
            object=f"disk_offering/{offering.id}",
            hint="give size in GiB",
        )
    require_custom_size(context, command.size)
    return command.size * GIB


def _template(context: Context, command: DeployVirtualMachine) -> Template:
    template = context.inventory.get(Template, command.template_id)
    if template.public or template.featured:
        return template
    return context.get(Template, command.template_id)


def check_deploy(context: Context, command: DeployVirtualMachine) -> None:
    """Refuse what cannot be deployed (semantics section 9.8)."""
    zone = context.zone(command.zone_id)
    template = _template(context, command)
    require_state(template, TemplateState.DOWNLOADED, doing="deploying", number=530)
    template_source(context, template)
    offering = context.get(ServiceOffering, command.service_offering_id)
    root = context.inventory.get(DiskOffering, offering.disk_offering_id)
    require_local_storage(context, zone.id, root)
    _root_size_bytes(context, command, template)
    if command.disk_offering_id is not None:
        require_size(context, _data_size_bytes(context, command))
    if command.host_id is not None:
        context.inventory.get(Host, command.host_id)


def quota_deploy(context: Context, command: DeployVirtualMachine) -> None:
    """The account pays a machine and its volumes."""
    data = _data_size_bytes(context, command)
    root = _root_size_bytes(context, command, _template(context, command))
    owner = context.owner(command.account, command.domain_id)
    require_quota(context, owner, vm=1, volume=2 if data else 1, primary_storage=root + data)


def claim_deploy(context: Context, command: DeployVirtualMachine) -> Claim:
    """Record the machine as Stopped, with its volumes Allocated."""
    owner = context.owner(command.account, command.domain_id)
    template = _template(context, command)
    offering = context.get(ServiceOffering, command.service_offering_id)
    vm_id = context.new_id()
    name = command.name or command.display_name or f"VM-{vm_id}"
    vm = Vm(
        id=vm_id,
        created_s=context.now_s,
        name=name,
        account_id=owner.id,
        domain_id=owner.domain_id,
        zone_id=context.zone(command.zone_id).id,
        service_offering_id=offering.id,
        template_id=template.id,
        hypervisor=template.hypervisor,
        cpus=offering.cpus,
        memory_bytes=offering.memory_bytes,
    )
    root = _volume(
        context, vm, "ROOT", offering.disk_offering_id, _root_size_bytes(context, command, template)
    )
    effects = [Add(record=vm), Add(record=root)]
    size = _data_size_bytes(context, command)
    if command.disk_offering_id is not None:
        effects.append(Add(record=_volume(context, vm, "DATADISK", command.disk_offering_id, size)))
    return Claim(kind="vm", id=vm_id, effects=tuple(effects), locks=(f"vm/{vm_id}",))


def _volume(context: Context, vm: Vm, kind: str, offering_id: str, size_bytes: int) -> Volume:
    offering = context.get(DiskOffering, offering_id)
    return Volume(
        id=context.new_id(),
        created_s=context.now_s,
        name=f"{'ROOT' if kind == 'ROOT' else 'DATA'}-{vm.name}",
        account_id=vm.account_id,
        domain_id=vm.domain_id,
        zone_id=vm.zone_id,
        type=kind,
        size_bytes=size_bytes,
        disk_offering_id=offering_id,
        vm_id=vm.id,
        device_id=0 if kind == "ROOT" else 1,
        template_id=vm.template_id if kind == "ROOT" else "",
        min_iops=offering.min_iops,
        max_iops=offering.max_iops,
        attached_s=context.now_s,
    )


def plan_deploy(context: Context, command: DeployVirtualMachine, vm_id: str) -> Plan:
    """Start it, unless it shall stay a record."""
    if not command.start_vm:
        return Plan(steps=())
    return Plan(steps=_start(context, vm_id, command.host_id))


def give_up_deploy(context: Context, vm_id: str) -> tuple[Effect, ...]:
    """A machine that could not be deployed is in Error."""
    vm = context.inventory.find(Vm, vm_id)
    if vm is None or vm.state is not VmState.STOPPED:
        return ()
    return (Change(kind="vm", id=vm_id, event="OperationFailedToError"),)


def check_start(context: Context, command: StartVirtualMachine) -> None:
    """Refuse what cannot be started."""
    vm = context.get(Vm, command.id)
    require_state(vm, VmState.STOPPED, doing="starting")
    if command.host_id is not None:
        context.inventory.get(Host, command.host_id)


def claim_start(context: Context, command: StartVirtualMachine) -> Claim:
    """Lock the machine."""
    return Claim(kind="vm", id=command.id, locks=(f"vm/{command.id}",))


def plan_start(context: Context, command: StartVirtualMachine, vm_id: str) -> Plan:
    """Make the disks that are only records, then start."""
    return Plan(steps=_start(context, vm_id, command.host_id))


def _start(context: Context, vm_id: str, host_id: str | None) -> tuple[Step, ...]:
    vm = context.inventory.get(Vm, vm_id)
    volumes = list(context.inventory.having(Volume, "vm", vm_id))
    if not any(volume.type == "ROOT" for volume in volumes):
        raise errors.Conflict(
            "the machine has no root disk", object=f"vm/{vm.id}", hint="attach one as device 0"
        )
    host, pools = _place(context, vm, volumes, host_id)
    missing = [volume for volume in volumes if volume.state is VolumeState.ALLOCATED]
    disks = tuple(plugged(volume, volume.device_id, pools[volume.id].id) for volume in volumes)
    starting = _starting(vm, host, disks)
    if not missing:
        return (starting,)
    making = (creation(volume, pools[volume.id], _source(context, volume)) for volume in missing)
    return (_reservation(vm, host, missing, pools), *making, starting)


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


def _source(context: Context, volume: Volume) -> ImageAt | None:
    if not volume.template_id:
        return None
    return template_source(context, context.inventory.get(Template, volume.template_id))


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
        return choose_pool(context, need_of(volume, offering, host), promised)
    pool = context.inventory.get(Pool, volume.pool_id)
    if not reaches(host, pool):
        raise errors.Conflict(f"does not reach pool {pool.name} of volume {volume.id}")
    if pool.state is not PoolState.UP:
        raise errors.Unavailable(f"finds pool {pool.name} {pool.state}")
    return pool


def _starting(vm: Vm, host: Host, disks: tuple[PluggedDisk, ...]) -> Step:
    def changed(event: str, host_id: str, last: str) -> Change:
        fields = {"host_id": host_id, "last_host_id": last}
        return Change(kind="vm", id=vm.id, event=event, fields=fields)

    return Step(
        name=f"start the machine on {host.name}",
        actor=f"host/{host.id}",
        do=StartVm(
            vm_id=vm.id, name=vm.name, cpus=vm.cpus, memory_bytes=vm.memory_bytes, disks=disks
        ),
        undo=StopVm(vm_id=vm.id, forced=True),
        begin=(changed("StartRequested", host.id, vm.last_host_id),),
        commit=(changed("OperationSucceeded", host.id, host.id),),
        revert=(changed("OperationFailed", "", vm.last_host_id),),
    )
