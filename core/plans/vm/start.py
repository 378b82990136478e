"""startVirtualMachine."""

from collections.abc import Iterable, Mapping

from core.model import errors
from core.model.commands.vm import StartVirtualMachine
from core.model.records import Host, Pool, Snapshot, Template, Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.disk import copying, creation, handover, plugged
from core.plans.iso.disc import disc_of
from core.plans.operation import PluggedDisk, Source, StartVm, StopVm
from core.plans.snapshot_source import lost_with_disk, snapshot_source
from core.plans.step import Change, Claim, Plan, Step, change
from core.plans.template.seed import seeded, seeding
from core.plans.vm.permission import require_may_place
from core.plans.vm.place import Wanted, place, require_known
from core.plans.vm.scaling.growth import room_to_grow
from core.plans.volume.inspect import mending


def check(context: Context, command: StartVirtualMachine) -> None:
    """Refuse what cannot be started."""
    vm = context.get(Vm, command.id)
    require_state(vm, VmState.STOPPED, doing="starting")
    context.require_open(vm.account_id)
    require_known(context, _wanted(command))
    if command.consider_last_host is not None:
        require_may_place(context)


def _wanted(command: StartVirtualMachine) -> Wanted:
    last_first = command.consider_last_host is not False
    return Wanted(command.host_id, command.pod_id, command.cluster_id, last_first)


def claim(context: Context, command: StartVirtualMachine) -> Claim:
    """Lock the machine."""
    return Claim(kind="vm", id=command.id, locks=(f"vm/{command.id}",))


def plan(context: Context, command: StartVirtualMachine, vm_id: str) -> Plan:
    """Make the disks that are only records, move those out of reach, then start."""
    return Plan(steps=start_steps(context, vm_id, _wanted(command)))


def start_steps(context: Context, vm_id: str, wanted: Wanted, *joining: Volume) -> tuple[Step, ...]:
    """Place the machine, bring or make its disks where the host reaches them, and start it.

    joining: volumes that steps before these attach, as they are then.
    """
    vm = context.inventory.get(Vm, vm_id)
    volumes = [*context.inventory.having(Volume, "vm", vm_id), *joining]
    if not any(volume.type == "ROOT" for volume in volumes):
        raise errors.Conflict(
            "the machine has no root disk", object=f"vm/{vm.id}", hint="attach one as device 0"
        )
    host, pools = place(context, vm, volumes, wanted)
    missing = [volume for volume in volumes if volume.state is VolumeState.ALLOCATED]
    disks = tuple(plugged(volume, volume.device_id, pools[volume.id].id) for volume in volumes)
    templates = [
        (context.inventory.get(Template, volume.template_id), pools[volume.id])
        for volume in missing
        if volume.template_id
    ]
    making = (
        creation(volume, pools[volume.id], _source(context, volume, pools), str(vm.hypervisor))
        for volume in missing
    )
    moved = [
        (volume, pools[volume.id])
        for volume in volumes
        if volume not in missing and pools[volume.id].id != volume.pool_id
    ]
    mends = [
        step for volume in volumes if volume not in missing for step in mending(context, volume)
    ]
    reserved = _reservation(vm, host, missing, pools)
    return (
        *((reserved,) if missing or moved or mends else ()),
        *mends,
        *(step for volume, pool in moved for step in copying(volume, pool)),
        *seeding(context, templates),
        *making,
        starting(context, vm, host, disks),
        *(step for volume, pool in moved for step in _handover(context, volume, pool)),
    )


def _handover(context: Context, volume: Volume, pool: Pool) -> tuple[Step, ...]:
    """The guest runs on the copy from now on, so the source can go."""
    return handover(volume, pool, lost_with_disk(context, volume))


def _reservation(vm: Vm, host: Host, missing: list[Volume], pools: dict[str, Pool]) -> Step:
    """From now on the host's memory and the pools' room count as taken, for all other plans.

    Who empties the host knows of the machine, too.
    """

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


def _source(context: Context, volume: Volume, pools: Mapping[str, Pool]) -> Source | None:
    """The copy of the volume's template that its pool has by then, or a snapshot."""
    if volume.template_id:
        return seeded(volume.template_id, pools[volume.id])
    if volume.snapshot_id:
        snapshot = context.inventory.get(Snapshot, volume.snapshot_id)
        return snapshot_source(context, snapshot, volume.zone_id)
    return None


def starting(context: Context, vm: Vm, host: Host, disks: tuple[PluggedDisk, ...]) -> Step:
    """Start a stopped machine on a host, with disks that are there and its ISO."""

    def changed(event: str, host_id: str, last: str) -> Change:
        fields = {"host_id": host_id, "last_host_id": last}
        return Change(kind="vm", id=vm.id, event=event, fields=fields)

    most = room_to_grow(context, vm, host)
    prepared = change(vm, cpus_max=most.cpus, memory_max_bytes=most.memory_bytes)
    return Step(
        name=f"start the machine on {host.name}",
        actor=f"host/{host.id}",
        do=StartVm(
            vm_id=vm.id,
            name=vm.name,
            cpus=vm.cpus,
            memory_bytes=vm.memory_bytes,
            disks=disks,
            iso=disc_of(context, vm),
            cpus_max=most.cpus,
            memory_max_bytes=most.memory_bytes,
        ),
        undo=StopVm(vm_id=vm.id, forced=True),
        begin=(changed("StartRequested", host.id, vm.last_host_id), prepared),
        commit=(changed("OperationSucceeded", host.id, host.id),),
        revert=(changed("OperationFailed", "", vm.last_host_id),),
    )
