"""What settings ask of a pool beside room (semantics sections 3.1 and 4.3)."""

from core.model.hypervisors import Hypervisor
from core.model.inventory import Inventory
from core.model.pool_types import PoolType
from core.model.records import Host, Pool, Vm, Volume
from core.plans.context import Context
from core.plans.pool.order import ALLOCATORS

ACCELERATION = "HARDWARE_ACCELERATION"
"""Detail of a VMware NFS pool whose server makes other disks than thin ones (VAAI)."""
FILE_SYSTEMS = (Hypervisor.XENSERVER, Hypervisor.VMWARE)
"""Hypervisors that put a clustered file system on each volume of a managed pool."""


def why_excluded(context: Context, pool: Pool) -> str:
    """Why no volume is placed there by itself, "" when one is."""
    excluded = context.settings.text("storage.pool.allocators.exclude").split(",")
    names = [name for name, scope in ALLOCATORS.items() if scope == pool.scope]
    left_out = any(name in excluded for name in names)
    return f"is of {names[0]}, which is excluded" if left_out else ""


def why_not_provisioned(context: Context, pool: Pool, kind: str, hypervisor: str) -> str:
    """Why the pool makes no disks of that provisioning type, "" when it does.

    Source: AbstractStoragePoolAllocator: on VMware an NFS server needs hardware acceleration.
    """
    strict = context.settings.flag("disk.provisioning.type.strictness", ("zone", pool.zone_id))
    on_vmware = Hypervisor.VMWARE in (hypervisor, pool.hypervisor)
    if not strict or kind == "thin" or pool.type is not PoolType.NFS or not on_vmware:
        return ""
    accelerated = pool.details.get(ACCELERATION, "").lower() == "true"
    return "" if accelerated else f"makes no {kind} disks without hardware acceleration"


def why_too_many(context: Context, pool: Pool, cluster_id: str, hypervisor: str) -> str:
    """Why a cluster can open no more volumes of managed pools, "" when it can."""
    if not pool.managed or not cluster_id or hypervisor not in FILE_SYSTEMS:
        return ""
    name = "max.number.managed.clustered.file.systems"
    most = context.settings.whole(name, ("cluster", cluster_id))
    open_now = _file_systems(context.inventory, cluster_id)
    return f"cannot be used: the cluster has {open_now} file systems" if open_now >= most else ""


def _file_systems(inventory: Inventory, cluster_id: str) -> int:
    """How many volumes of managed pools the cluster's machines have."""
    return sum(
        1
        for host in inventory.having(Host, "cluster", cluster_id)
        for vm in inventory.having(Vm, "host", host.id)
        for volume in inventory.having(Volume, "vm", vm.id)
        if volume.pool_id and inventory.get(Pool, volume.pool_id).managed
    )
