"""Policies of recurring snapshots as callers see them (semantics section 2.11)."""

from core.model.commands.command import Command
from core.model.commands.snapshot_policy import ListSnapshotPolicies
from core.model.inventory import Inventory
from core.model.records import SnapshotPolicy, Volume, Zone
from core.model.schedule import INTERVALS
from core.views.listing import Listing
from core.views.tag import TagView, tags_of
from core.views.view import View, name_of


class PolicyZone(View, frozen=True, kw_only=True):
    """A zone to which snapshots are copied."""

    id: str
    name: str | None = None


class SnapshotPolicyView(View, frozen=True, kw_only=True):
    """CloudStack's snapshot policy; `intervaltype` is its number."""

    id: str
    volumeid: str
    volumename: str | None = None
    schedule: str
    intervaltype: int
    maxsnaps: int
    timezone: str
    fordisplay: bool
    zone: tuple[PolicyZone, ...]
    storage: tuple[str, ...]
    tags: tuple[TagView, ...]
    hasannotations: bool
    rev: int


def policy_view(inventory: Inventory, policy: SnapshotPolicy) -> SnapshotPolicyView:
    """The policy with the names of its neighbours."""
    return SnapshotPolicyView(
        id=policy.id,
        volumeid=policy.volume_id,
        volumename=name_of(inventory, Volume, policy.volume_id),
        schedule=policy.schedule,
        intervaltype=INTERVALS[policy.interval].number,
        maxsnaps=policy.max_snaps,
        timezone=policy.timezone,
        fordisplay=policy.display,
        zone=tuple(
            PolicyZone(id=zone_id, name=name_of(inventory, Zone, zone_id))
            for zone_id in policy.zone_ids
        ),
        storage=(),
        tags=tags_of(inventory, policy.id) or (),
        hasannotations=False,
        rev=policy.rev,
    )


LISTINGS: dict[type[Command], Listing] = {
    ListSnapshotPolicies: Listing(
        SnapshotPolicy, policy_view, {"volume_id": "volume"}, {"for_display": "display"}
    ),
}
