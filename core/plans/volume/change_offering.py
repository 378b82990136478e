"""changeOfferingForVolume."""

from core.model import errors
from core.model.commands.volume import ChangeOfferingForVolume
from core.model.records import Account, DiskOffering, Pool, Volume
from core.model.states import PoolState
from core.model.storage_tags.match import admits_tags
from core.plans.admission import (
    promised_iops,
    require_custom_size,
    require_local_storage,
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

NUMBER = 431


def _aim(context: Context, command: ChangeOfferingForVolume, volume: Volume) -> Aim:
    """What is asked for: a fixed offering's size, or the size given for a customized one."""
    offering = context.disk_offering(command.disk_offering_id)
    iops = promised_iops(offering, command.min_iops, command.max_iops)
    if not offering.size_bytes:
        if command.size is None:
            return Aim(offering, volume.size_bytes, *iops)
        require_custom_size(context, command.size)
        return Aim(offering, command.size * GIB, *iops)
    if command.size is not None:
        raise errors.Invalid(
            "size is given, but the disk offering fixes it",
            object=f"disk_offering/{offering.id}",
            hint="leave size out or use a customized offering",
        )
    return Aim(offering, offering.size_bytes, *iops)


def check(context: Context, command: ChangeOfferingForVolume) -> None:
    """Refuse what cannot change (guide "Change disk offering for volume", semantics 9.6)."""
    volume = context.get(Volume, command.id)
    require_ready(context, volume, number=NUMBER)
    aim = _aim(context, command, volume)
    old = context.inventory.get(DiskOffering, volume.disk_offering_id)
    _require_other(volume, old, aim)
    _require_same_tags(context, volume, old, aim.offering)
    require_size(context, aim.size_bytes)
    require_same_strictness(volume, old, aim.offering, aim.size_bytes, number=NUMBER)
    require_machine_admits(context, volume, aim.size_bytes, new_offering=True, number=NUMBER)
    require_size_possible(
        context, volume, aim.size_bytes, shrink_ok=command.shrink_ok, number=NUMBER
    )
    require_local_storage(context, volume.zone_id, aim.offering)
    target_for(context, volume, aim, auto_migrate=command.auto_migrate)


def _require_other(volume: Volume, old: DiskOffering, aim: Aim) -> None:
    iops_differ = (aim.min_iops, aim.max_iops) != (volume.min_iops, volume.max_iops)
    same_size = aim.size_bytes == volume.size_bytes
    if aim.offering.id == old.id and (old.size_bytes or (same_size and not iops_differ)):
        raise errors.Invalid(
            "the volume has this offering already",
            object=f"disk_offering/{old.id}",
            hint="name another, or another size where the offering is customized",
        )


def _require_same_tags(
    context: Context, volume: Volume, old: DiskOffering, new: DiskOffering
) -> None:
    matching = context.settings.flag(
        "match.storage.pool.tags.with.disk.offering", ("zone", volume.zone_id)
    )
    if matching and set(new.tags) != set(old.tags):
        raise errors.Invalid(
            f"the new offering has the tags {new.tags}, the old one {old.tags}",
            object=f"disk_offering/{new.id}",
            hint="use an offering with the same tags",
        )


def _why_unsuited(pool: Pool, offering: DiskOffering) -> str:
    if pool.state is not PoolState.UP:
        return f"is {pool.state}"
    if (offering.storage_type == "local") != (pool.scope == "HOST"):
        return f"is no {offering.storage_type} storage"
    if not admits_tags(pool, offering.tags):
        return "lacks the offering's tags"
    return ""


def target_for(context: Context, volume: Volume, aim: Aim, *, auto_migrate: bool) -> Pool | None:
    """Where the volume must go because its pool does not suit. Raises Conflict, NoCapacity."""
    if not volume.pool_id:
        return None
    pool = context.inventory.get(Pool, volume.pool_id)
    reason = _why_unsuited(pool, aim.offering) or why_no_growth(context, volume, aim)
    if not reason:
        return None
    if not auto_migrate:
        raise errors.Conflict(
            f"the volume's pool does not suit the new offering: {reason}",
            object=f"pool/{pool.id}",
            hint="give automigrate=true",
        )
    return new_home(context, volume, aim)


def quota(context: Context, command: ChangeOfferingForVolume) -> None:
    """Refuse what the account has no limit left for."""
    volume = context.get(Volume, command.id)
    aim = _aim(context, command, volume)
    owner = context.inventory.get(Account, volume.account_id)
    tagged = of_disk_offering(context, volume, aim.offering, aim.size_bytes)
    more = max(0, aim.size_bytes - volume.size_bytes)
    require_quota(context, owner, *tagged, primary_storage=more)


def claim(context: Context, command: ChangeOfferingForVolume) -> Claim:
    """Lock the volume and its machine."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: ChangeOfferingForVolume, volume_id: str) -> Plan:
    """Move the disk if its pool does not suit, resize it, and set the offering."""
    volume = context.inventory.get(Volume, volume_id)
    aim = _aim(context, command, volume)
    target = target_for(context, volume, aim, auto_migrate=command.auto_migrate)
    return plan_for(context, volume, aim, shrink_ok=command.shrink_ok, target=target)
