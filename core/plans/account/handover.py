"""What changes hands with a thing that is given to another account."""

from collections.abc import Sequence

from core.model.records import Account, SnapshotPolicy, Tag, Vm, Volume
from core.plans.context import Context
from core.plans.step import Effect, change


def given_to(context: Context, owner: Account, things: Sequence[Vm | Volume]) -> tuple[Effect, ...]:
    """The things are the owner's, with the policies of their snapshots and all tags on them."""
    having = context.inventory.having
    policies = [policy for thing in things for policy in having(SnapshotPolicy, "volume", thing.id)]
    tags = [tag for thing in (*things, *policies) for tag in having(Tag, "of", thing.id)]
    return tuple(
        change(record, account_id=owner.id, domain_id=owner.domain_id)
        for record in (*things, *policies, *tags)
    )
