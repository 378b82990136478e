"""resizeVolume."""

from core.model import errors
from core.model.commands.volume import ResizeVolume
from core.model.records import Account, DiskOffering, Pool, Volume
from core.plans.admission import (
    promised_iops,
    require_custom_size,
    require_size,
    volume_locks,
)
from core.plans.context import GIB, Context
from core.plans.limit.limited_tag import of_disk_offering
from core.plans.quota import require_quota
from core.plans.step import Claim, Plan
from core.plans.volume.size import (
    Aim,
    new_home,
    plan_for,
    require_machine_admits,
    require_ready,
    require_same_strictness,
    require_size_possible,
    why_no_growth,
)

PARAMETER = 432
"""Parameter errors of resizeVolume have this number (semantics section 9.6)."""


def _invalid(message: str, volume: Volume, hint: str) -> errors.Invalid:
    return errors.Invalid(message, object=f"volume/{volume.id}", hint=hint, number=PARAMETER)


def _offerings(
    context: Context, command: ResizeVolume, volume: Volume
) -> tuple[DiskOffering, DiskOffering]:
    """The volume's disk offering now, and afterwards. Raises Invalid when their tags differ."""
    old = context.inventory.get(DiskOffering, volume.disk_offering_id)
    if command.disk_offering_id is None:
        return old, old
    new = context.disk_offering(command.disk_offering_id)
    if set(new.tags) != set(old.tags):
        raise _invalid(
            f"the new offering has the tags {new.tags}, the old one {old.tags}",
            volume,
            "use an offering with the same tags",
        )
    return old, new


def _new_size_bytes(command: ResizeVolume, volume: Volume, offering: DiskOffering) -> int:
    if command.disk_offering_id is not None and offering.size_bytes:
        return offering.size_bytes
    if command.size is None:
        if command.min_iops is None or command.disk_offering_id is not None:
            raise _invalid("size or a fixed disk offering is needed", volume, "give size in GiB")
        return volume.size_bytes
    return command.size * GIB


def _aim(context: Context, command: ResizeVolume, volume: Volume) -> Aim:
    """What is asked for. Operations per second stay unless they or the offering change."""
    _, offering = _offerings(context, command, volume)
    size = _new_size_bytes(command, volume, offering)
    if command.size is not None and not offering.size_bytes:
        require_custom_size(context, command.size, number=PARAMETER)
    if command.disk_offering_id is None and command.min_iops is None:
        return Aim(offering, size, volume.min_iops, volume.max_iops)
    iops = promised_iops(offering, command.min_iops, command.max_iops, number=PARAMETER)
    return Aim(offering, size, *iops)


def check(context: Context, command: ResizeVolume) -> None:
    """Refuse what cannot be resized (semantics section 9.6)."""
    volume = context.get(Volume, command.id)
    require_ready(context, volume, number=PARAMETER)
    aim = _aim(context, command, volume)
    old, new = _offerings(context, command, volume)
    require_size(context, aim.size_bytes, number=PARAMETER)
    require_same_strictness(volume, old, new, aim.size_bytes, number=PARAMETER)
    if volume.type == "ROOT" and old.size_bytes and old.service_offering_id:
        raise _invalid(
            "the service offering fixes the size of the root disk",
            volume,
            "change the service offering instead",
        )
    has_new = command.disk_offering_id is not None
    require_machine_admits(context, volume, aim.size_bytes, new_offering=has_new, number=PARAMETER)
    require_size_possible(
        context, volume, aim.size_bytes, shrink_ok=command.shrink_ok, number=PARAMETER
    )
    _target(context, command, volume, aim)


def _target(context: Context, command: ResizeVolume, volume: Volume, aim: Aim) -> Pool | None:
    """Where the volume must go first because its pool lacks room. Raises NoCapacity (530)."""
    reason = why_no_growth(context, volume, aim) if volume.pool_id else ""
    if not reason:
        return None
    if command.auto_migrate:
        return new_home(context, volume, aim)
    raise errors.NoCapacity(
        f"the pool has no room to grow it: {reason}",
        object=f"pool/{volume.pool_id}",
        hint="give automigrate=true, or migrate the volume to another pool first",
        number=530,
    )


def quota(context: Context, command: ResizeVolume) -> None:
    """Refuse what the account has no limit left for."""
    volume = context.get(Volume, command.id)
    aim = _aim(context, command, volume)
    owner = context.inventory.get(Account, volume.account_id)
    tagged = of_disk_offering(context, volume, aim.offering, aim.size_bytes)
    more = max(0, aim.size_bytes - volume.size_bytes)
    require_quota(context, owner, *tagged, primary_storage=more)


def claim(context: Context, command: ResizeVolume) -> Claim:
    """Lock the volume and its machine."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: ResizeVolume, volume_id: str) -> Plan:
    """Change the record of an Allocated volume, the disk of a Ready one, where it is open."""
    volume = context.inventory.get(Volume, volume_id)
    aim = _aim(context, command, volume)
    target = _target(context, command, volume, aim)
    return plan_for(context, volume, aim, shrink_ok=command.shrink_ok, target=target)
