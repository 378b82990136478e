"""changeOfferingForVolume: resized and moved as the new disk offering demands."""

from core.model import errors
from core.model.commands.volume import ChangeOfferingForVolume
from core.model.records import Account, DiskOffering, Pool, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import (
    promised_iops,
    require_custom_size,
    require_no_snapshot_in_progress,
    require_resizable,
    require_size,
    require_state,
    running_vm_of,
    vm_of,
    volume_locks,
)
from core.plans.context import GIB, Context
from core.plans.placement import why_no_room
from core.plans.quota import require_quota
from core.plans.step import Claim, Plan, Scalar, Step, change
from core.plans.volume.moving import moving
from core.plans.volume.resizing import other_pool, resizing

MATCH = "match.storage.pool.tags.with.disk.offering"


def _refusal(message: str, volume: Volume, hint: str) -> errors.Invalid:
    return errors.Invalid(message, object=f"volume/{volume.id}", hint=hint)


def _offerings(
    context: Context, command: ChangeOfferingForVolume, volume: Volume
) -> tuple[DiskOffering, DiskOffering]:
    """The disk offering now, and the new one. Raises Invalid where they don't go together."""
    old = context.inventory.get(DiskOffering, volume.disk_offering_id)
    new = context.disk_offering(command.disk_offering_id, volume.zone_id)
    if new.id == old.id and (new.size_bytes or command.size is None):
        raise _refusal("the volume has this offering", volume, "name another one, or a size")
    matching = context.settings.flag(MATCH, ("zone", volume.zone_id))
    if matching and not set(old.tags) <= set(new.tags):
        raise _refusal(
            f"the new offering lacks the tags {', '.join(sorted(set(old.tags) - set(new.tags)))}",
            volume,
            f"use one that has them, or set {MATCH} to false",
        )
    if old.size_strict is not new.size_strict or (
        old.size_strict and old.size_bytes != new.size_bytes
    ):
        raise _refusal(
            "one of the offerings keeps its size strictly",
            volume,
            "use an offering with the same strictness and size",
        )
    if old.encrypt is not new.encrypt:
        raise _refusal(
            "one of the offerings encrypts, the other does not",
            volume,
            "use an offering that treats this alike",
        )
    return old, new


def _size_bytes(context: Context, command: ChangeOfferingForVolume, volume: Volume) -> int:
    _, new = _offerings(context, command, volume)
    if new.size_bytes:
        return new.size_bytes
    if command.size is None:
        return volume.size_bytes
    require_custom_size(context, command.size)
    return command.size * GIB


def check(context: Context, command: ChangeOfferingForVolume) -> None:
    """Refuse what cannot be changed (semantics section 9.6)."""
    volume = context.get(Volume, command.id)
    require_state(volume, VolumeState.READY, VolumeState.ALLOCATED, doing="another offering")
    require_no_snapshot_in_progress(context, volume, number=530)
    old, new = _offerings(context, command, volume)
    size = _size_bytes(context, command, volume)
    require_size(context, size)
    promised_iops(new, command.min_iops, command.max_iops)
    vm = vm_of(context, volume)
    if vm is not None and size != volume.size_bytes:
        require_resizable(vm, volume, number=431)
        if volume.type == "ROOT":
            require_state(vm, VmState.STOPPED, doing="another size of the root disk")
    if volume.type == "ROOT" and old.size_bytes:
        raise _refusal(
            "the service offering fixes the size of the root disk",
            volume,
            "change the service offering instead",
        )
    if size < volume.size_bytes:
        _check_shrink(command, volume)
    if volume.pool_id:
        _new_pool(context, command, volume)


def _check_shrink(command: ChangeOfferingForVolume, volume: Volume) -> None:
    if not command.shrink_ok:
        raise _refusal(
            "the volume would become smaller", volume, "give shrinkok=true if its end may be lost"
        )
    if volume.state is not VolumeState.ALLOCATED and volume.format in ("QCOW2", "OVA"):
        raise _refusal(
            f"a {volume.format} disk does not shrink",
            volume,
            "create a smaller volume and copy the data",
        )


def _why_unfit(context: Context, pool: Pool, new: DiskOffering, volume: Volume, size: int) -> str:
    if (new.storage_type == "local") != (pool.scope == "HOST"):
        return f"the offering is for {new.storage_type} storage"
    if not set(new.tags) <= set(pool.tags):
        return f"it lacks the tags {', '.join(new.tags)}"
    return why_no_room(context, pool, size - volume.size_bytes)


def _new_pool(context: Context, command: ChangeOfferingForVolume, volume: Volume) -> Pool | None:
    """Where it must go, None when it stays. Raises Invalid without automigrate, NoCapacity."""
    _, new = _offerings(context, command, volume)
    size = _size_bytes(context, command, volume)
    pool = context.inventory.get(Pool, volume.pool_id)
    reason = _why_unfit(context, pool, new, volume, size)
    if not reason:
        return None
    if not command.auto_migrate:
        raise errors.Invalid(
            f"the volume's pool does not suit the new offering: {reason}",
            object=f"pool/{pool.id}",
            hint="give automigrate=true to let the volume move",
        )
    return other_pool(context, volume, new, size)


def quota(context: Context, command: ChangeOfferingForVolume) -> None:
    """Refuse what the account has no limit left for."""
    volume = context.get(Volume, command.id)
    more = _size_bytes(context, command, volume) - volume.size_bytes
    owner = context.inventory.get(Account, volume.account_id)
    require_quota(context, owner, primary_storage=max(0, more))


def claim(context: Context, command: ChangeOfferingForVolume) -> Claim:
    """Lock the volume and its machine."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: ChangeOfferingForVolume, volume_id: str) -> Plan:
    """Move it if it must go, resize it if the size changes, then it has the offering."""
    volume = context.inventory.get(Volume, volume_id)
    _, new = _offerings(context, command, volume)
    size = _size_bytes(context, command, volume)
    least, most = promised_iops(new, command.min_iops, command.max_iops)
    fields: dict[str, Scalar] = {
        "disk_offering_id": new.id,
        "min_iops": least,
        "max_iops": most,
        "size_bytes": size,
        "target_size_bytes": 0,
    }
    has_it = Step(name="give it the offering", commit=(change(volume, **fields),))
    if volume.state is VolumeState.ALLOCATED:
        return Plan(steps=(has_it,))
    target = _new_pool(context, command, volume)
    moved = moving(context, volume, target) if target is not None else ()
    if size == volume.size_bytes:
        return Plan(steps=(*moved, has_it))
    pool_id = target.id if target is not None else volume.pool_id
    vm = running_vm_of(context, volume)
    resized = resizing(volume, vm, pool_id, size, shrink=command.shrink_ok, fields=fields)
    return Plan(steps=(*moved, resized))
