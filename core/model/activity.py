"""Since when a volume lies idle: it is active while it is attached to a machine that runs.

Source: the guide, "Volume Status". The two moments from which that follows are dated here, where
every change of a record passes, because many commands end a machine's run or detach a volume.
"""

from core.model.inventory import Inventory
from core.model.records import Record, Vm, Volume
from core.model.states import VmState

_RUNS = frozenset({VmState.RUNNING, VmState.STOPPING, VmState.MIGRATING})
_ENDED = frozenset({VmState.STOPPED, VmState.DESTROYED, VmState.EXPUNGING, VmState.ERROR})


def idle_since_s(inventory: Inventory, volume: Volume) -> float | None:
    """When it became inactive, 0 if it never was active, None while it is."""
    vm = inventory.find(Vm, volume.vm_id) if volume.vm_id else None
    if vm is None:
        return volume.idle_s
    if vm.state not in _ENDED and not _is_held(vm):
        return None
    return max(volume.idle_s, vm.stopped_s if vm.stopped_s >= volume.attached_s else 0.0)


def dates(inventory: Inventory, old: Record, new: Record, now_s: float) -> dict[str, float]:
    """Fields of the changed record that say when something came to rest."""
    if isinstance(old, Vm) and isinstance(new, Vm):
        if old.state in _RUNS and new.state in _ENDED and not _is_held(old):
            return {"stopped_s": now_s}
    elif isinstance(old, Volume) and isinstance(new, Volume) and old.vm_id != new.vm_id:
        since_s = idle_since_s(inventory, old)
        return {"idle_s": now_s if since_s is None else since_s}
    return {}


def _is_held(vm: Vm) -> bool:
    """Whether it is stopped and only its disks are moved."""
    return vm.state is VmState.MIGRATING and not vm.host_id
