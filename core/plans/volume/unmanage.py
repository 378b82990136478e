"""unmanageVolume: a volume is forgotten, and its image stays (docs/decisions/0030)."""

from core.model import errors
from core.model.commands.volume import UnmanageVolume
from core.model.records import DiskOffering, Pool, Snapshot, Volume
from core.model.states import VolumeState
from core.plans.admission import require_volume_state, volume_locks
from core.plans.context import Context
from core.plans.snapshot_policy.delete import gone_with
from core.plans.step import Claim, Drop, Plan, Step, change
from core.plans.volume.adopt import require_importable


def check(context: Context, command: UnmanageVolume) -> None:
    """Refuse what is in use, and images that would not stand alone."""
    volume = context.get(Volume, command.id)
    subject = f"volume/{volume.id}"
    require_volume_state(volume, VolumeState.READY, doing="unmanaging")
    if volume.vm_id:
        raise errors.Conflict("the volume is attached", object=subject, hint="detachVolume first")
    require_importable(context.inventory.get(Pool, volume.pool_id))
    offering = context.inventory.find(DiskOffering, volume.disk_offering_id)
    if offering is not None and offering.encrypt:
        raise errors.Invalid(
            "the volume is encrypted", object=subject, hint="its key would be lost: keep it"
        )
    _require_no_snapshot(context, volume)


def _require_no_snapshot(context: Context, volume: Volume) -> None:
    """Those on image stores outlive the volume; one that is taken now, or is inside, does not."""
    for snapshot in context.inventory.having(Snapshot, "volume", volume.id):
        if snapshot.pool_id or snapshot.job_id:
            raise errors.Conflict(
                "a snapshot is inside the volume's disk",
                object=f"snapshot/{snapshot.id}",
                hint="wait for its backup, or deleteSnapshot first",
            )


def claim(context: Context, command: UnmanageVolume) -> Claim:
    """Lock the volume."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: UnmanageVolume, volume_id: str) -> Plan:
    """Forget it with its policies and tags; nothing is done on the pool."""
    volume = context.inventory.get(Volume, volume_id)
    forgotten = (
        *gone_with(context, volume),
        change(volume, "DestroyRequested"),
        change(volume, "ExpungingRequested"),
        change(volume, "OperationSucceeded"),
        Drop(kind="volume", id=volume.id),
    )
    return Plan(steps=(Step(name="forget the volume", commit=forgotten, final=True),))
