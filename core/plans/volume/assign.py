"""assignVolume."""

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.volume import AssignVolume
from core.model.records import Account, DiskOffering, Project, Snapshot, Volume
from core.model.states import VolumeState
from core.plans.account.handover import given_to
from core.plans.admission import require_volume_state
from core.plans.context import Context
from core.plans.limit.limited_tag import of_volumes
from core.plans.quota import require_quota
from core.plans.step import Claim


def _new_owner(context: Context, command: AssignVolume) -> Account:
    """The account named, or the project's. Raises Invalid, NotFound, Denied."""
    if (command.account_id is None) == (command.project_id is None):
        raise errors.Invalid(
            "give either accountid or projectid",
            object=f"volume/{command.volume_id}",
            hint="listAccounts and listProjects name them",
        )
    if command.project_id is not None:
        project = context.inventory.get(Project, command.project_id)
        account = context.inventory.get(Account, project.account_id)
        is_member = context.caller.account_id in (project.owner_id, *project.members)
    else:
        account = context.inventory.get(Account, command.account_id or "")
        is_member = account.id == context.caller.account_id
    _require_reach(context, account, is_member=is_member)
    return account


def _require_reach(context: Context, account: Account, *, is_member: bool) -> None:
    """Users give to themselves and their projects, domain administrators in their domains."""
    if is_member or context.caller.role is Role.ADMIN:
        return
    domain_admin = context.caller.role is Role.DOMAIN_ADMIN
    if not domain_admin or not context.is_in_domain(account.domain_id):
        raise errors.Denied(
            "you may not act for this account",
            object=f"account/{account.id}",
            hint="ask an administrator",
        )


def check(context: Context, command: AssignVolume) -> None:
    """Refuse what is in use, and owners that cannot take it."""
    volume = context.get(Volume, command.volume_id)
    owner = _new_owner(context, command)
    if owner.id == volume.account_id:
        raise errors.Invalid(
            "the volume belongs to this account already",
            object=f"volume/{volume.id}",
            hint="name another account",
        )
    if owner.state != "enabled":
        raise errors.Conflict(
            f"the account is {owner.state}",
            object=f"account/{owner.id}",
            hint="enable it, or name another",
        )
    _require_free(context, volume)
    _require_offered(context, volume, owner)
    tagged = of_volumes(context, volume)
    require_quota(context, owner, *tagged, volume=1, primary_storage=volume.size_bytes)


def _require_free(context: Context, volume: Volume) -> None:
    require_volume_state(volume, VolumeState.READY, VolumeState.ALLOCATED, doing="assigning")
    if volume.vm_id:
        raise errors.Conflict(
            "the volume is attached",
            object=f"volume/{volume.id}",
            hint="detachVolume first",
        )
    if context.inventory.has(Snapshot, "volume", volume.id):
        raise errors.Conflict(
            "the volume has snapshots, which would stay with the old owner",
            object=f"volume/{volume.id}",
            hint="delete its snapshots first",
        )


def _require_offered(context: Context, volume: Volume, owner: Account) -> None:
    """Raise Denied when the volume's offering is not for the new owner's domain."""
    offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
    if offering.domain_ids and owner.domain_id not in offering.domain_ids:
        raise errors.Denied(
            "the volume's disk offering is not for this account's domain",
            object=f"disk_offering/{offering.id}",
            hint="change the volume's offering first",
        )


def claim(context: Context, command: AssignVolume) -> Claim:
    """The volume is the other's at once, with the policies of its snapshots and all tags."""
    volume = context.get(Volume, command.volume_id)
    given = given_to(context, _new_owner(context, command), (volume,))
    return Claim(kind="volume", id=volume.id, effects=given)
