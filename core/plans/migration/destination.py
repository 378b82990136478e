"""Which host a running machine may move to, and which one is best (semantics section 6.2)."""

from core.model import errors
from core.model.hypervisors import HYPERVISORS
from core.model.records import Host, Pool, ServiceOffering, Vm, Volume
from core.model.states import HostState, ResourceState, VmState, VolumeState
from core.plans.admission import require_state, require_volume_state
from core.plans.context import Context
from core.plans.placement import is_closed, load, why_host_unfit


def disks_of(context: Context, vm: Vm) -> list[Volume]:
    """The machine's volumes that have a disk, by slot."""
    attached = context.inventory.having(Volume, "vm", vm.id)
    return sorted((one for one in attached if one.pool_id), key=lambda one: one.device_id)


def machine_locks(context: Context, vm: Vm) -> tuple[str, ...]:
    """What a job that moves the machine must hold: it, and its volumes."""
    return (f"vm/{vm.id}", *(f"volume/{one.id}" for one in disks_of(context, vm)))


def pool_of(context: Context, volume: Volume) -> Pool:
    """The pool that the volume is on."""
    return context.inventory.get(Pool, volume.pool_id)


def uses_local_storage(context: Context, vm: Vm) -> bool:
    """Whether one of the machine's volumes is on a host's own disks."""
    return any(pool_of(context, one).scope == "HOST" for one in disks_of(context, vm))


def require_migrating(context: Context, vm: Vm) -> None:
    """Raise unless the machine runs, and on a hypervisor that moves running machines."""
    require_state(vm, VmState.RUNNING, doing="migrating to another host")
    if not HYPERVISORS[vm.hypervisor].migrates:
        raise errors.Unsupported(
            f"{vm.hypervisor} does not move running machines",
            object=f"vm/{vm.id}",
            hint="stop the machine and start it on the other host",
            number=431,
        )
    for volume in disks_of(context, vm):
        require_volume_state(volume, VolumeState.READY, doing="migrating its machine")


def require_without_local_storage(context: Context, vm: Vm) -> None:
    """Raise where a volume would be left behind (guide, "Using Local Storage for Data Volumes")."""
    if uses_local_storage(context, vm):
        raise errors.Conflict(
            "the machine has volumes on local storage",
            object=f"vm/{vm.id}",
            hint="stop it, or take its volumes along by migrateVirtualMachineWithVolume",
        )


def require_destination(context: Context, vm: Vm, host: Host) -> None:
    """Raise unless the machine can run there; where its volumes are is another matter."""
    if host.id == vm.host_id:
        raise errors.Invalid(
            "the machine runs on this host already",
            object=f"host/{host.id}",
            hint="name another host; findHostsForMigration lists those that suit",
        )
    if host.hypervisor is not vm.hypervisor or host.zone_id != vm.zone_id:
        raise errors.Invalid(
            f"the host is not of the machine's zone and hypervisor, {vm.hypervisor}",
            object=f"host/{host.id}",
            hint="findHostsForMigration lists those that suit",
        )
    if host.state is not HostState.UP or host.resource_state is not ResourceState.ENABLED:
        raise errors.Conflict(
            f"the host is {host.state} and {host.resource_state}",
            object=f"host/{host.id}",
            hint="name a host that is Up and Enabled",
        )
    reason = why_host_unfit(context, host, vm.memory_bytes)
    if reason:
        raise errors.NoCapacity(
            f"the host {reason}",
            object=f"host/{host.id}",
            hint="name another host, or stop machines there",
            number=530,
        )


def require_same_cluster(context: Context, vm: Vm, host: Host) -> None:
    """Raise where the disks would be out of reach: a machine alone stays in its cluster."""
    if host.cluster_id != context.inventory.get(Host, vm.host_id).cluster_id:
        raise errors.Invalid(
            "the host is of another cluster",
            object=f"host/{host.id}",
            hint="take the volumes along by migrateVirtualMachineWithVolume",
        )


def has_tags(context: Context, vm: Vm, host: Host) -> bool:
    """Whether the host has the host tags of the machine's offering."""
    offering = context.inventory.get(ServiceOffering, vm.service_offering_id)
    return set(offering.host_tags) <= set(host.tags)


def neighbours(context: Context, vm: Vm) -> list[Host]:
    """The other hosts of the machine's cluster that could run it, the least loaded first."""
    here = context.inventory.get(Host, vm.host_id)
    fitting = [
        host
        for host in context.inventory.having(Host, "cluster", here.cluster_id)
        if host.id != here.id
        and not is_closed(context, host)
        and has_tags(context, vm, host)
        and not why_host_unfit(context, host, vm.memory_bytes)
    ]
    return sorted(fitting, key=lambda host: (load(context, host), host.id))


def choose_neighbour(context: Context, vm: Vm) -> Host:
    """The best of them. Raises NoCapacity (530)."""
    found = neighbours(context, vm)
    if not found:
        raise errors.NoCapacity(
            "no other host of the cluster can run the machine",
            object=f"vm/{vm.id}",
            hint="free memory there, enable or add a host, or stop the machine",
            number=530,
        )
    return found[0]
