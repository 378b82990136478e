"""attachVolume."""

from core.model import errors
from core.model.commands.volume import AttachVolume
from core.model.hypervisors import Hypervisor
from core.model.records import DiskOffering, Host, Pool, Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import (
    data_volume_limit,
    require_in_service,
    require_local_storage,
    require_no_vm_snapshots,
    require_state,
    require_volume_state,
)
from core.plans.context import Context
from core.plans.disk import creation, hypervisor_on, plugging, relocation
from core.plans.placement import Need, choose_pool, need_of, reaches, why_unfit
from core.plans.pool.rules import why_too_many
from core.plans.snapshot_source import lost_with_disk, require_backed_up
from core.plans.step import Claim, Plan, Step, change
from core.plans.volume.inspect import mending
from core.plans.volume_image import arrival, require_room_for_uploaded

CD_ROM = 3
ATTACHABLE = (VolumeState.ALLOCATED, VolumeState.READY, VolumeState.UPLOADED)
ROOT_TAKERS = frozenset(
    {Hypervisor.KVM, Hypervisor.XENSERVER, Hypervisor.VMWARE, Hypervisor.SIMULATOR}
)


def check(context: Context, command: AttachVolume) -> None:
    """Refuse what cannot be attached, in CloudStack's order (semantics section 9.3)."""
    volume = context.get(Volume, command.id)
    if (volume.type == "ROOT") != (command.device_id == 0):
        raise errors.Invalid(
            "root disks attach as device 0, and no others do",
            object=f"volume/{volume.id}",
            hint="give deviceid=0" if volume.type == "ROOT" else "give another deviceid, or none",
        )
    require_volume_state(volume, *ATTACHABLE, doing="attaching")
    if volume.vm_id:
        raise errors.Conflict(
            "the volume is attached already",
            object=f"volume/{volume.id}",
            hint="detachVolume first",
        )
    vm = context.get(Vm, command.virtual_machine_id)
    require_taking(context, vm, volume.zone_id)
    if volume.type == "ROOT":
        _require_root_place(context, volume, vm)
    else:
        require_place(context, vm)
    offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
    require_local_storage(context, volume.zone_id, offering)
    _require_same_hypervisor(context, volume, vm)
    require_in_service(context, volume)
    if volume.state is VolumeState.UPLOADED:
        require_room_for_uploaded(context, volume)
    device_for(context, vm, command.device_id)


def require_taking(context: Context, vm: Vm, zone_id: str) -> None:
    """Raise unless the machine's state, zone and VM snapshots let it take a volume."""
    require_state(vm, VmState.RUNNING, VmState.STOPPED, doing="attaching")
    if vm.zone_id != zone_id:
        raise errors.Invalid(
            "volume and machine are in different zones",
            object=f"vm/{vm.id}",
            hint="create the volume in the machine's zone",
        )
    require_no_vm_snapshots(context, vm, disks_alone=True)


def _require_root_place(context: Context, volume: Volume, vm: Vm) -> None:
    require_state(vm, VmState.STOPPED, doing="attaching a root disk")
    for other in context.inventory.having(Volume, "vm", vm.id):
        if other.type == "ROOT":
            raise errors.Conflict(
                "the machine has a root disk",
                object=f"vm/{vm.id}",
                hint=f"detach volume {other.id} first",
            )
    pool = context.inventory.find(Pool, volume.pool_id)
    if vm.hypervisor not in ROOT_TAKERS or (pool is not None and pool.managed):
        raise errors.Unsupported(
            f"a root disk is attached only on {', '.join(sorted(ROOT_TAKERS))}, "
            "and not from managed storage",
            object=f"volume/{volume.id}",
            hint="deploy another machine and attach the volume's copy as a data disk",
            number=431,
        )


def _require_same_hypervisor(context: Context, volume: Volume, vm: Vm) -> None:
    pool = context.inventory.find(Pool, volume.pool_id)
    made_for = hypervisor_on(pool, volume.hypervisor) if pool is not None else volume.hypervisor
    if made_for not in ("", vm.hypervisor):
        raise errors.Invalid(
            f"the volume is for {made_for}, the machine runs on {vm.hypervisor}",
            object=f"volume/{volume.id}",
            hint="attach it to a machine of the same hypervisor",
        )


def require_place(context: Context, vm: Vm) -> None:
    """Raise Invalid when the machine has as many data volumes as its hypervisor admits."""
    attached = context.inventory.having(Volume, "vm", vm.id)
    data = sum(1 for volume in attached if volume.type == "DATADISK")
    limit = data_volume_limit(context, vm)
    if data >= limit:
        raise errors.Invalid(
            f"the machine has {data} data volumes, {vm.hypervisor} admits {limit}",
            object=f"vm/{vm.id}",
            hint="detach one first",
        )


def device_for(context: Context, vm: Vm, asked: int | None) -> int:
    """The slot asked for, else the lowest free from 1, never the CD-ROM's. Raises Invalid."""
    used = {volume.device_id for volume in context.inventory.having(Volume, "vm", vm.id)}
    highest = data_volume_limit(context, vm) + 1
    if asked is None:
        return next(slot for slot in range(1, highest + 1) if slot != CD_ROM and slot not in used)
    if asked in used or asked == CD_ROM or asked > highest:
        raise errors.Invalid(
            f"device {asked} is used, reserved or above {highest}",
            object=f"vm/{vm.id}",
            hint="leave deviceid out to get a free one",
            number=530,
        )
    return asked


def claim(context: Context, command: AttachVolume) -> Claim:
    """Lock the volume and the machine."""
    volume = context.get(Volume, command.id)
    return Claim(
        kind="volume",
        id=volume.id,
        locks=(f"vm/{command.virtual_machine_id}", f"volume/{volume.id}"),
    )


def plan(context: Context, command: AttachVolume, volume_id: str) -> Plan:
    """Bring the disk to the machine and plug it in; one never started only links it."""
    volume = context.inventory.get(Volume, volume_id)
    vm = context.inventory.get(Vm, command.virtual_machine_id)
    device_id = device_for(context, vm, command.device_id)
    pool, bringing = _bring(context, volume, vm)
    joined = joining(context, volume, vm, device_id, pool)
    return Plan(steps=(*bringing, *joined))


def joining(
    context: Context, volume: Volume, vm: Vm, device_id: int, pool: Pool | None
) -> tuple[Step, ...]:
    """Link a volume whose disk is on `pool` to the machine, and plug it in if that runs."""
    linked = change(volume, vm_id=vm.id, device_id=device_id, attached_s=context.now_s)
    unlinked = change(volume, vm_id="", device_id=-1, attached_s=0.0)
    link = Step(name="link volume and machine", begin=(linked,), revert=(unlinked,))
    if pool is None or vm.state is not VmState.RUNNING:
        return (link,)
    return (link, plugging(volume, vm, device_id, pool.id))


def _bring(context: Context, volume: Volume, vm: Vm) -> tuple[Pool | None, tuple[Step, ...]]:
    """The pool where the disk will be reachable from the VM, and the steps that bring it there."""
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
    need = need_of(volume, offering, host)._replace(hypervisor=str(vm.hypervisor))
    if volume.state is VolumeState.UPLOADED:
        pool = _beside_root(context, vm, need) or choose_pool(context, need, number=530)
        return pool, arrival(context, volume, pool, str(vm.hypervisor))
    if host is None:
        return None, ()
    if volume.state is VolumeState.ALLOCATED:
        pool = _beside_root(context, vm, need) or choose_pool(context, need, number=530)
        return pool, (creation(volume, pool, hypervisor=str(vm.hypervisor)),)
    pool = context.inventory.get(Pool, volume.pool_id)
    if reaches(host, pool):
        _require_file_system(context, vm, host, pool)
        return pool, mending(context, volume)
    if pool.scope == "HOST":
        raise errors.Conflict(
            "a local volume attaches only to machines on its own host",
            object=f"volume/{volume.id}",
            hint="start the machine on the volume's host",
            number=530,
        )
    require_backed_up(context, volume)
    target = choose_pool(context, need, number=530)
    return target, relocation(volume, target, lost_with_disk(context, volume))


def _require_file_system(context: Context, vm: Vm, host: Host, pool: Pool) -> None:
    """Raise Conflict where the cluster can open no more volumes of managed pools."""
    reason = why_too_many(context, pool, host.cluster_id, str(vm.hypervisor))
    if reason:
        raise errors.Conflict(
            f"the pool {reason}",
            object=f"cluster/{host.cluster_id}",
            hint="detach others, or raise max.number.managed.clustered.file.systems",
            number=530,
        )


def _beside_root(context: Context, vm: Vm, need: Need) -> Pool | None:
    """The pool of the machine's root disk, when tags, kind and room admit it."""
    for root in context.inventory.having(Volume, "vm", vm.id):
        if root.type == "ROOT" and root.pool_id:
            pool = context.inventory.get(Pool, root.pool_id)
            if not why_unfit(context, pool, need):
                return pool
    return None
