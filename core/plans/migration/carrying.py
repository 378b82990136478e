"""Which volumes a running machine takes along to another host, where to, and which may not go."""

from collections.abc import Iterator, Mapping

from core.model import errors
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS, PoolType
from core.model.records import DiskOffering, Host, Pool, Vm, Volume
from core.plans.admission import require_no_vm_snapshots, require_usable_pool
from core.plans.context import Context
from core.plans.disk import source_removal
from core.plans.host.capability import moves_disks
from core.plans.migration.destination import disks_of, pool_of, require_migrating
from core.plans.migration.handing_over import handing_over
from core.plans.migration.room import require_room
from core.plans.placement import NOTHING, Promised, choose_pool, need_of, reaches
from core.plans.snapshot_source import lost_with_disk, require_backed_up
from core.plans.step import Step
from core.plans.volume.migrate import (
    require_movable,
    require_right_kind,
    require_tags_if_matched,
)
from core.plans.volume.move import making_room

Targets = Mapping[str, Pool]


def require_carrying(context: Context, vm: Vm) -> None:
    """Raise unless the machine runs where machines can take disks along (semantics 6.2)."""
    require_migrating(context, vm)
    here = context.inventory.get(Host, vm.host_id)
    able = moves_disks(context, here.hypervisor, here.version)
    if not HYPERVISORS[vm.hypervisor].carries or not able:
        raise errors.Unsupported(
            f"{vm.hypervisor} {here.version} does not move volumes of running machines",
            object=f"vm/{vm.id}",
            hint="stop the machine first",
            number=431,
        )
    if vm.hypervisor is not Hypervisor.VMWARE:
        require_no_vm_snapshots(context, vm)


def targets_on(context: Context, vm: Vm, host: Host, asked: Targets) -> dict[str, Pool]:
    """Where the volumes that move go: as asked, else only those that the host does not reach.

    Raises NoCapacity when no pool can take one of the latter.
    """
    targets: dict[str, Pool] = {}
    promised: dict[str, Promised] = {}
    for volume in disks_of(context, vm):
        target = _target(context, volume, host, asked, promised)
        if target.id != volume.pool_id:
            targets[volume.id] = target
            promised[target.id] = promised.get(target.id, NOTHING).and_for(volume)
    return targets


def _target(
    context: Context,
    volume: Volume,
    host: Host,
    asked: Targets,
    promised: Mapping[str, Promised],
) -> Pool:
    if volume.id in asked:
        return asked[volume.id]
    here = pool_of(context, volume)
    if reaches(host, here):
        return here
    offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
    try:
        return choose_pool(context, need_of(volume, offering, host), promised)
    except errors.NoCapacity as refusal:
        raise errors.NoCapacity(
            refusal.message,
            object=f"volume/{volume.id}",
            hint="name a pool for it, or another host",
            number=530,
        ) from refusal


def require_carried(context: Context, vm: Vm, host: Host, targets: Targets) -> None:
    """Raise unless each of these volumes can go where it shall, and something moves at all."""
    if not targets:
        raise errors.Invalid(
            "none of the machine's volumes would move",
            object=f"vm/{vm.id}",
            hint="use migrateVirtualMachine hostid=",
        )
    _require_hosts(context, vm, host)
    moved = list(_moved(context, vm, targets))
    for volume, target in moved:
        require_usable_pool(target)
        _require_reached(context, vm, host, target)
        require_movable(context, volume, target)
        _require_kvm(context, volume, target)
        require_backed_up(context, volume)
        offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
        require_right_kind(offering, target)
        require_tags_if_matched(context, volume, target)
    require_room(context, [volume for volume, _ in moved], targets)


def _moved(context: Context, vm: Vm, targets: Targets) -> Iterator[tuple[Volume, Pool]]:
    for volume in disks_of(context, vm):
        if volume.id in targets:
            yield volume, targets[volume.id]


def _require_hosts(context: Context, vm: Vm, host: Host) -> None:
    """Raise where the other host is too old, or of another cluster on KVM."""
    if not moves_disks(context, host.hypervisor, host.version):
        raise errors.Unsupported(
            f"{host.hypervisor} {host.version} does not take volumes of running machines",
            object=f"host/{host.id}",
            hint="name a host with a newer version",
            number=431,
        )
    here = context.inventory.get(Host, vm.host_id)
    if vm.hypervisor is Hypervisor.KVM and host.cluster_id != here.cluster_id:
        raise errors.Invalid(
            "KVM moves running machines within their cluster",
            object=f"host/{host.id}",
            hint="name a host of the machine's cluster",
        )


def _require_reached(context: Context, vm: Vm, host: Host, target: Pool) -> None:
    """Raise unless the other host reaches the pool, and on VMware this one too.

    Source: the guide, "VM Storage Migration".
    """
    here = context.inventory.get(Host, vm.host_id)
    needed = (host, here) if vm.hypervisor is Hypervisor.VMWARE else (host,)
    for one in needed:
        if not reaches(one, target):
            raise errors.Invalid(
                f"host {one.name} does not reach this pool",
                object=f"pool/{target.id}",
                hint="name a pool that the machine's next host reaches"
                + (", and its present one" if one is here else ""),
            )


def _require_kvm(context: Context, volume: Volume, target: Pool) -> None:
    """Raise where CloudStack's KVM does not go, unless kvm.livevolumemigration.enabled."""
    source = pool_of(context, volume)
    free = source.hypervisor != Hypervisor.KVM or context.settings.flag(
        "kvm.livevolumemigration.enabled"
    )
    if not free and not _are_alike(source, target):
        raise errors.Unsupported(
            "KVM moves running volumes between NFS pools of a cluster, or between local files",
            object=f"volume/{volume.id}",
            hint="name a pool of the same kind, or stop the machine",
            number=431,
        )


def _are_alike(source: Pool, target: Pool) -> bool:
    if source.type is not target.type or source.scope != target.scope:
        return False
    if POOLS[source.type].live_motion:
        return True
    kinds = {(PoolType.NFS, "CLUSTER"), (PoolType.FILESYSTEM, "HOST")}
    return (source.type, source.scope) in kinds and not source.managed and not target.managed


def carrying(context: Context, vm: Vm, host: Host, targets: Targets) -> tuple[Step, ...]:
    """Make room, hand the machine over with its disks, then remove the sources."""
    moved = list(_moved(context, vm, targets))
    return (
        *(making_room(volume, target) for volume, target in moved),
        handing_over(context, vm, host, targets),
        *(source_removal(volume, lost_with_disk(context, volume)) for volume, _ in moved),
    )
