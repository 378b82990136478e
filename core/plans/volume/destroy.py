"""destroyVolume, and the removal that garbage collection asks for later."""

from core.model import errors
from core.model.commands.internal import ExpungeVolume
from core.model.commands.volume import DestroyVolume
from core.model.records import Volume
from core.model.states import VolumeState
from core.plans.admission import require_volume_state, volume_locks
from core.plans.context import Context
from core.plans.step import Claim, Plan
from core.plans.volume.delete import (
    expunging,
    held_by_snapshots,
    require_may_expunge,
    require_removable,
    require_unprotected,
    setting_aside,
)

NOWHERE = frozenset(
    {
        VolumeState.ALLOCATED,
        VolumeState.UPLOADED,
        VolumeState.UPLOAD_ERROR,
        VolumeState.UPLOAD_ABANDONED,
    }
)
COMMAND_NUMBER = 530
"""CloudStack refuses inside destroyVolume's job, where a missing right is a general failure."""


def check(context: Context, command: DestroyVolume) -> None:
    """Refuse what must not be destroyed (semantics section 9.4)."""
    volume = context.get(Volume, command.id)
    if command.expunge:
        require_may_expunge(context, volume, number=COMMAND_NUMBER)
    require_removable(context, volume)
    if not command.expunge and volume.state in NOWHERE:
        raise errors.Conflict(
            f"a volume that is {volume.state} is on no primary storage and could not be recovered",
            object=f"volume/{volume.id}",
            hint="give expunge=true to delete it for good",
        )


def claim(context: Context, command: DestroyVolume) -> Claim:
    """Lock the volume."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: DestroyVolume, volume_id: str) -> Plan:
    """Put the volume aside, or remove it for good."""
    volume = context.inventory.get(Volume, volume_id)
    if command.expunge:
        return expunging(context, volume)
    return Plan(steps=setting_aside(context, volume))


def check_expunge(context: Context, command: ExpungeVolume) -> None:
    """Refuse what has been recovered, protected or is still needed."""
    volume = context.inventory.get(Volume, command.id)
    require_volume_state(volume, VolumeState.DESTROY, doing="expunging")
    require_unprotected(volume)
    if held_by_snapshots(context, volume):
        raise errors.Conflict(
            "snapshots of the volume live on its storage",
            object=f"volume/{volume.id}",
            hint="delete the volume's snapshots first",
        )


def claim_expunge(context: Context, command: ExpungeVolume) -> Claim:
    """Lock the volume."""
    return Claim(kind="volume", id=command.id, locks=(f"volume/{command.id}",))


def plan_expunge(context: Context, command: ExpungeVolume, volume_id: str) -> Plan:
    """Remove the disk and forget the volume."""
    return expunging(context, context.inventory.get(Volume, volume_id))
