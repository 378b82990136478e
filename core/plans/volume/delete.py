"""deleteVolume."""

from core.model.commands.volume import DeleteVolume
from core.model.records import Volume
from core.plans.admission import (
    volume_locks,
)
from core.plans.context import Context
from core.plans.disk import removal
from core.plans.snapshot_policy.delete import gone_with
from core.plans.snapshot_source import lost_with_disk
from core.plans.step import Claim, Plan
from core.plans.tagging import untagged
from core.plans.volume.destroy import DELETABLE, require_deletable, require_expunge_right


def check(context: Context, command: DeleteVolume) -> None:
    """Refuse what must not be deleted (semantics section 9.4)."""
    volume = context.get(Volume, command.id)
    require_expunge_right(context, volume, number=531)
    require_deletable(context, volume, *DELETABLE)


def claim(context: Context, command: DeleteVolume) -> Claim:
    """Lock the volume."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: DeleteVolume, volume_id: str) -> Plan:
    """Remove the disk and forget the volume."""
    volume = context.inventory.get(Volume, volume_id)
    gone = (*gone_with(context, volume), *untagged(context, volume.id))
    lost = (*lost_with_disk(context, volume), *gone)
    return Plan(steps=removal(volume, lost))
