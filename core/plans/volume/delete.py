"""deleteVolume."""

from core.model import errors
from core.model.commands.volume import DeleteVolume
from core.model.records import Vm, Volume
from core.model.states import VolumeState
from core.plans.admission import (
    require_no_snapshot_in_progress,
    require_volume_state,
    volume_locks,
)
from core.plans.context import Context
from core.plans.disk import removal
from core.plans.snapshot_policy.delete import gone_with
from core.plans.snapshot_source import lost_with_disk
from core.plans.step import Claim, Plan


def check(context: Context, command: DeleteVolume) -> None:
    """Refuse what must not be deleted (semantics section 9.4)."""
    volume = context.get(Volume, command.id)
    if volume.vm_id and (
        volume.type == "ROOT" or context.inventory.find(Vm, volume.vm_id) is not None
    ):
        raise errors.Conflict(
            "the volume is attached",
            object=f"volume/{volume.id}",
            hint="detachVolume first" if volume.type != "ROOT" else "destroy its machine instead",
        )
    require_volume_state(
        volume,
        VolumeState.ALLOCATED,
        VolumeState.READY,
        VolumeState.UPLOADED,
        VolumeState.UPLOAD_ERROR,
        VolumeState.UPLOAD_ABANDONED,
        VolumeState.DESTROY,
        doing="deleting",
    )
    require_no_snapshot_in_progress(context, volume)


def claim(context: Context, command: DeleteVolume) -> Claim:
    """Lock the volume."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: DeleteVolume, volume_id: str) -> Plan:
    """Remove the disk and forget the volume."""
    volume = context.inventory.get(Volume, volume_id)
    lost = (*lost_with_disk(context, volume), *gone_with(context, volume))
    return Plan(steps=removal(volume, lost))
