"""destroyVolume and recoverVolume."""

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.volume import DestroyVolume, RecoverVolume
from core.model.records import Account, Vm, Volume
from core.model.states import VolumeState
from core.plans.admission import (
    require_no_snapshot_in_progress,
    require_volume_state,
    volume_locks,
)
from core.plans.context import Context
from core.plans.disk import removal
from core.plans.quota import require_quota
from core.plans.snapshot_policy.delete import gone_with
from core.plans.snapshot_source import lost_with_disk
from core.plans.step import Claim, Plan, Step, change
from core.plans.tagging import untagged

DELETABLE = (
    VolumeState.ALLOCATED,
    VolumeState.READY,
    VolumeState.UPLOADED,
    VolumeState.UPLOAD_ERROR,
    VolumeState.UPLOAD_ABANDONED,
    VolumeState.DESTROY,
)
# Only what is on storage can be given up for a while (semantics section 2.12).
DESTROYABLE = (VolumeState.READY,)


def require_deletable(context: Context, volume: Volume, *admitted: VolumeState) -> None:
    """Raise Conflict unless the volume is detached, unprotected and in one of the states."""
    attached = volume.vm_id and context.inventory.find(Vm, volume.vm_id) is not None
    if attached:
        raise errors.Conflict(
            "the volume is attached",
            object=f"volume/{volume.id}",
            hint="detachVolume first" if volume.type != "ROOT" else "destroy its machine instead",
        )
    if volume.delete_protection:
        raise errors.Conflict(
            "the volume is protected against being deleted",
            object=f"volume/{volume.id}",
            hint="updateVolume deleteprotection=false lifts that",
        )
    require_volume_state(volume, *admitted, doing="deleting")
    require_no_snapshot_in_progress(context, volume)


def require_expunge_right(context: Context, volume: Volume, *, number: int) -> None:
    """Raise Denied when users may not expunge and recover, and the caller is one."""
    place = ("account", volume.account_id)
    allowed = context.settings.flag("allow.user.expunge.recover.volume", place)
    if context.caller.role is Role.USER and not allowed:
        raise errors.Denied(
            "users may not expunge or recover volumes",
            object=f"volume/{volume.id}",
            hint="ask an administrator",
            number=number,
        )


def check(context: Context, command: DestroyVolume) -> None:
    """Refuse what must not be destroyed (semantics section 9.4)."""
    volume = context.get(Volume, command.id)
    if command.expunge:
        require_expunge_right(context, volume, number=530)
    require_deletable(context, volume, *(DELETABLE if command.expunge else DESTROYABLE))


def claim(context: Context, command: DestroyVolume) -> Claim:
    """Lock the volume."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: DestroyVolume, volume_id: str) -> Plan:
    """Its policies go at once, its disk when it is expunged."""
    volume = context.inventory.get(Volume, volume_id)
    gone = gone_with(context, volume)
    if command.expunge:
        lost = (*lost_with_disk(context, volume), *gone, *untagged(context, volume.id))
        return Plan(steps=removal(volume, lost))
    given_up = change(volume, "DestroyRequested", destroyed_s=context.now_s)
    step = Step(name="give the volume up", commit=(given_up, *gone), final=True)
    return Plan(steps=(step,))


def check_recover(context: Context, command: RecoverVolume) -> None:
    """Refuse what is not destroyed, and what the account has no limit left for."""
    volume = context.get(Volume, command.id)
    require_expunge_right(context, volume, number=531)
    require_volume_state(volume, VolumeState.DESTROY, doing="recovering")
    owner = context.inventory.get(Account, volume.account_id)
    try:
        require_quota(context, owner, volume=1, primary_storage=volume.size_bytes)
    except errors.QuotaExceeded as refusal:
        raise errors.QuotaExceeded(
            refusal.message, object=refusal.object, hint=refusal.hint, number=431
        ) from None


def claim_recover(context: Context, command: RecoverVolume) -> Claim:
    """It is Ready again, detached."""
    volume = context.get(Volume, command.id)
    ready = change(volume, "RecoverRequested", destroyed_s=0.0)
    return Claim(kind="volume", id=volume.id, effects=(ready,))
