"""Which hypervisor a volume belongs to, and whether its volumes can be snapshotted."""

from core.model import errors
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import Pool, Volume
from core.plans.admission import vm_of
from core.plans.context import Context


def hypervisor_of(context: Context, volume: Volume) -> Hypervisor | None:
    """That of its machine, else the one whose format it has, else its pool's if that has one."""
    vm = vm_of(context, volume)
    if vm is not None:
        return vm.hypervisor
    pool = context.inventory.find(Pool, volume.pool_id)
    for name in (volume.hypervisor, pool.hypervisor if pool is not None else ""):
        if name in HYPERVISORS:
            return Hypervisor(name)
    return None


def require_snapshots(context: Context, volume: Volume) -> None:
    """Raise Unsupported (431) where the hypervisor takes no volume snapshots."""
    hypervisor = hypervisor_of(context, volume)
    if hypervisor is not None and not HYPERVISORS[hypervisor].snapshot:
        raise errors.Unsupported(
            f"{hypervisor} takes no volume snapshots",
            object=f"volume/{volume.id}",
            hint="copy the data from within the machine",
            number=431,
        )
