"""updateVolume."""

from core.model import errors
from core.model.commands.command import Role, wire_name
from core.model.commands.volume import UpdateVolume
from core.model.records import Pool, Volume
from core.model.states import VolumeState
from core.model.transitions import TRANSITIONAL
from core.plans.admission import volume_locks
from core.plans.context import Context
from core.plans.step import Claim, Plan, Scalar, Step, change

SETTLED = tuple(state for state in VolumeState if state not in TRANSITIONAL["volume"])


def _volume(context: Context, command: UpdateVolume) -> Volume:
    if command.id is None:
        raise errors.Invalid("id is needed", hint="listVolumes names the volumes")
    return context.get(Volume, command.id)


def _corrections(command: UpdateVolume) -> dict[str, Scalar]:
    """What only a root administrator may set, by the record's fields."""
    given: dict[str, Scalar] = {
        "display": command.display_volume,
        "state": command.state,
        "pool_id": command.storage_id,
    }
    return {field: value for field, value in given.items() if value is not None}


def _fields(command: UpdateVolume) -> dict[str, Scalar]:
    fields = _corrections(command)
    if command.name is not None:
        fields["name"] = command.name
    if command.delete_protection is not None:
        fields["delete_protection"] = command.delete_protection
    return fields


# what CloudStack lets administrators set: why it cannot be set here
FIXED = {
    "path": "a disk's name is its volume's id: importVolume takes in another image",
    "chain_info": "snapshots say themselves of which they hold the changes",
    "custom_id": "give customid to createVolume",
}


def _require_possible(command: UpdateVolume, volume: Volume) -> None:
    for field, hint in FIXED.items():
        if getattr(command, field) is not None:
            raise errors.Unsupported(
                f"{wire_name(field)} of a volume cannot be set",
                object=f"volume/{volume.id}",
                hint=hint,
                number=431,
            )


def check(context: Context, command: UpdateVolume) -> None:
    """Refuse foreign corrections; those of an administrator are not checked against storage."""
    volume = _volume(context, command)
    _require_possible(command, volume)
    if _corrections(command) and context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "only a root administrator may set displayvolume, state and storageid",
            object=f"volume/{volume.id}",
            hint="leave them out",
        )
    if command.storage_id is not None:
        context.inventory.get(Pool, command.storage_id)
    if command.state is not None:
        _check_state(volume, command.state, command.storage_id or volume.pool_id)


def _check_state(volume: Volume, state: str, pool_id: str) -> None:
    if state not in SETTLED:
        raise errors.Invalid(
            f"a volume cannot be set to {state!r}",
            object=f"volume/{volume.id}",
            hint=f"one of {', '.join(SETTLED)}",
        )
    if volume.state in TRANSITIONAL["volume"]:
        raise errors.Conflict(
            f"a job works on the volume, it is {volume.state}",
            object=f"volume/{volume.id}",
            hint=f"wait for job {volume.job_id}, or cancel it",
        )
    if state == VolumeState.READY and not pool_id:
        raise errors.Invalid(
            "a Ready volume is on a pool, this one is on none",
            object=f"volume/{volume.id}",
            hint="give storageid too",
        )


def claim(context: Context, command: UpdateVolume) -> Claim:
    """Lock the volume."""
    volume = _volume(context, command)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: UpdateVolume, volume_id: str) -> Plan:
    """Set the fields."""
    volume = context.inventory.get(Volume, volume_id)
    fields = _fields(command)
    if command.state == VolumeState.DESTROY:
        fields["destroyed_s"] = context.now_s
    if not fields:
        return Plan(steps=())
    return Plan(steps=(Step(name="set the fields", commit=(change(volume, **fields),)),))
