"""deleteSnapshotPolicies, and what happens to the policies of a volume that goes."""

from core.model import errors
from core.model.commands.snapshot_policy import DeleteSnapshotPolicies
from core.model.records import SnapshotPolicy, Volume
from core.plans.context import Context
from core.plans.step import Claim, Drop, Effect

MANUAL = "0"
"""What CloudStack calls the policy of snapshots that nobody's policy took."""


def _wanted(command: DeleteSnapshotPolicies) -> tuple[str, ...]:
    return (command.id,) if command.id is not None else tuple(dict.fromkeys(command.ids))


def check(context: Context, command: DeleteSnapshotPolicies) -> None:
    """Refuse both or neither of id and ids, and the pseudo policy (semantics section 5.6)."""
    if (command.id is None) is (not command.ids):
        raise errors.Invalid(
            "either id or ids is needed", hint="listSnapshotPolicies names the policies"
        )
    for policy_id in _wanted(command):
        if policy_id == MANUAL:
            raise errors.Invalid(
                "manual snapshots have no policy that could be deleted",
                object=f"snapshot_policy/{MANUAL}",
                hint="deleteSnapshot deletes snapshots",
            )
        context.get(SnapshotPolicy, policy_id)


def claim(context: Context, command: DeleteSnapshotPolicies) -> Claim:
    """Forget them all at once."""
    wanted = _wanted(command)
    gone = tuple(Drop(kind="snapshot_policy", id=policy_id) for policy_id in wanted)
    return Claim(kind="snapshot_policy", id=wanted[0], effects=gone)


def gone_with(context: Context, volume: Volume) -> tuple[Effect, ...]:
    """The policies of a volume go with it."""
    policies = context.inventory.having(SnapshotPolicy, "volume", volume.id)
    return tuple(Drop(kind="snapshot_policy", id=policy.id) for policy in policies)
