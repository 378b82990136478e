"""deleteVolume, and what it shares with destroyVolume."""

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.volume import DeleteVolume
from core.model.records import Pool, Snapshot, Vm, Volume
from core.model.states import VolumeState
from core.model.transitions import admits
from core.plans.admission import (
    require_no_snapshot_in_progress,
    require_volume_state,
    volume_locks,
)
from core.plans.context import Context
from core.plans.disk import removal
from core.plans.snapshot_policy.delete import gone_with
from core.plans.snapshot_source import lost_with_disk
from core.plans.step import Change, Claim, Effect, Plan, Step, change
from core.plans.volume_image import image_removals

REMOVABLE = (
    VolumeState.ALLOCATED,
    VolumeState.READY,
    VolumeState.UPLOADED,
    VolumeState.UPLOAD_ERROR,
    VolumeState.UPLOAD_ABANDONED,
    VolumeState.DESTROY,
)


def check(context: Context, command: DeleteVolume) -> None:
    """Refuse what must not be deleted (semantics section 9.4)."""
    volume = context.get(Volume, command.id)
    require_may_expunge(context, volume, number=531)
    require_removable(context, volume)


def require_may_expunge(context: Context, volume: Volume, *, number: int) -> None:
    """Raise Denied when users may not expunge or recover (allow.user.expunge.recover.volume)."""
    if context.caller.role is Role.USER and not context.settings.flag(
        "allow.user.expunge.recover.volume", ("account", context.caller.account_id)
    ):
        raise errors.Denied(
            "users may neither expunge nor recover volumes here",
            object=f"volume/{volume.id}",
            hint="destroyVolume without expunge, or ask an administrator",
            number=number,
        )


def require_removable(context: Context, volume: Volume) -> None:
    """Raise Conflict while the volume is attached, protected, or works."""
    if volume.vm_id and (
        volume.type == "ROOT" or context.inventory.find(Vm, volume.vm_id) is not None
    ):
        raise errors.Conflict(
            "the volume is attached",
            object=f"volume/{volume.id}",
            hint="detachVolume first" if volume.type != "ROOT" else "destroy its machine instead",
        )
    require_unprotected(volume)
    require_volume_state(volume, *REMOVABLE, doing="deleting")
    require_no_snapshot_in_progress(context, volume)


def require_unprotected(volume: Volume) -> None:
    """Raise Conflict when the volume is protected from deletion."""
    if volume.delete_protection:
        raise errors.Conflict(
            "the volume is protected from deletion",
            object=f"volume/{volume.id}",
            hint="updateVolume deleteprotection=false first",
        )


def claim(context: Context, command: DeleteVolume) -> Claim:
    """Lock the volume."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: DeleteVolume, volume_id: str) -> Plan:
    """Remove the disk and forget the volume."""
    return expunging(context, context.inventory.get(Volume, volume_id))


def expunging(context: Context, volume: Volume) -> Plan:
    """Remove the volume for good, unless snapshots on its managed storage still need it."""
    if held_by_snapshots(context, volume):
        return Plan(steps=setting_aside(context, volume))
    return Plan(
        steps=removal(volume, lost_for_good(context, volume), image_removals(context, volume))
    )


def lost_for_good(context: Context, volume: Volume) -> tuple[Effect, ...]:
    """What goes with a volume: its policies, its tags, and the snapshots inside its disk."""
    return (
        *gone_with(context, volume),
        *lost_with_disk(context, volume),
    )


def setting_aside(context: Context, volume: Volume) -> tuple[Step, ...]:
    """Destroy the volume without removing its disk; nothing for one that is destroyed already."""
    if not admits("volume", volume.state, "DestroyRequested"):
        return ()
    gone: Change = change(volume, "DestroyRequested", destroyed_s=context.now_s)
    commit = (gone, *gone_with(context, volume))
    return (Step(name="put the volume aside", commit=commit),)


def held_by_snapshots(context: Context, volume: Volume) -> bool:
    """Whether the disk lies on managed storage together with snapshots of it."""
    pool = context.inventory.find(Pool, volume.pool_id)
    if pool is None or not pool.managed:
        return False
    snapshots = context.inventory.having(Snapshot, "volume", volume.id)
    return any(snapshot.pool_id == pool.id for snapshot in snapshots)
