"""updateVolume and assignVolume."""

from core.model import errors
from core.model.access import may_use
from core.model.commands.command import Role
from core.model.commands.volume import AssignVolume, UpdateVolume
from core.model.inventory import unknown
from core.model.records import Account, Pool, Volume
from core.model.states import VolumeState
from core.plans.admission import require_volume_state, volume_locks
from core.plans.context import AsOwned, Context
from core.plans.quota import require_quota
from core.plans.step import Claim, Plan, Scalar, Step, change

# A correction may say where a volume lies, never that something works on it.
CORRECTABLE = (VolumeState.ALLOCATED, VolumeState.READY, VolumeState.DESTROY)


def check(context: Context, command: UpdateVolume) -> None:
    """Refuse corrections by those who are no root administrators, and those that can't be."""
    volume = context.get(Volume, command.id)
    corrects = command.storage_id is not None or command.state is not None
    restricted = corrects or command.display_volume is not None
    if restricted and context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "only root administrators change displayvolume, storageid and state",
            object=f"volume/{volume.id}",
            hint="leave them out",
        )
    if command.storage_id is not None:
        context.inventory.get(Pool, command.storage_id)
    if command.state is not None and command.state not in map(str, CORRECTABLE):
        raise errors.Invalid(
            f"{command.state!r} cannot be set",
            object=f"volume/{volume.id}",
            hint=f"one of {', '.join(CORRECTABLE)}",
        )
    if corrects:
        require_volume_state(volume, *CORRECTABLE, doing="a correction")


def claim(context: Context, command: UpdateVolume) -> Claim:
    """Lock the volume."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: UpdateVolume, volume_id: str) -> Plan:
    """Change the record; nothing is done on storage."""
    volume = context.inventory.get(Volume, volume_id)
    asked: dict[str, Scalar] = {
        "name": command.name,
        "display": command.display_volume,
        "delete_protection": command.delete_protection,
        "pool_id": command.storage_id,
        "state": command.state,
    }
    fields = {field: value for field, value in asked.items() if value is not None}
    return Plan(steps=(Step(name="change the record", commit=(change(volume, **fields),)),))


def _new_owner(context: Context, command: AssignVolume) -> Account:
    """The account named, or a project's. Raises Invalid, NotFound."""
    if (command.account_id is None) is (command.project_id is None):
        raise errors.Invalid(
            "either accountid or projectid is needed", hint="listAccounts names the accounts"
        )
    if command.project_id is not None:
        return context.owner(None, None, command.project_id)
    account = context.inventory.get(Account, command.account_id or "")
    if not may_use(context.caller, AsOwned(account), context.inventory):
        raise unknown(Account, account.id)
    return account


def check_assign(context: Context, command: AssignVolume) -> None:
    """Refuse attached volumes, the owner it has, and one that has no limit left for it."""
    volume = context.get(Volume, command.volume_id)
    require_volume_state(volume, VolumeState.READY, VolumeState.ALLOCATED, doing="assigning")
    if volume.vm_id:
        raise errors.Conflict(
            "the volume is attached", object=f"volume/{volume.id}", hint="detachVolume first"
        )
    owner = _new_owner(context, command)
    if owner.id == volume.account_id:
        raise errors.Invalid(
            "the volume belongs to this account",
            object=f"volume/{volume.id}",
            hint="name another account",
        )
    require_quota(context, owner, volume=1, primary_storage=volume.size_bytes)


def claim_assign(context: Context, command: AssignVolume) -> Claim:
    """From now on it is the other account's; its snapshots stay with the old one."""
    volume = context.get(Volume, command.volume_id)
    owner = _new_owner(context, command)
    given = change(volume, account_id=owner.id, domain_id=owner.domain_id)
    return Claim(kind="volume", id=volume.id, effects=(given,))
