"""What changes hands with a thing."""

from core.model.commands.command import TagAsked
from core.model.commands.ownership.tag import CreateTags
from core.model.commands.snapshot_policy import CreateSnapshotPolicy
from core.model.commands.volume import AssignVolume
from core.model.records import Record, SnapshotPolicy, Tag, Volume
from tests.small_zone import ADMIN, SmallZone


def test_policies_and_tags_go_along_with_a_volume(zone: SmallZone) -> None:
    """Also the tags of the policies; what is on other volumes stays."""
    note = (TagAsked(key="k", value="v"),)
    for name in ("vol", "other"):
        zone.volume(name)
        zone.claim(CreateTags(resource_type="Volume", resource_ids=(name,), tags=note))
        zone.claim(
            CreateSnapshotPolicy(
                volume_id=name,
                interval_type="DAILY",
                schedule="0:2",
                timezone="UTC",
                max_snaps=1,
                tags=note,
            )
        )
    zone.claim(AssignVolume(volume_id="vol", account_id="bob"), ADMIN)
    given, kept = (_names(zone, account_id) for account_id in ("bob", "alice"))
    assert len(given) == len(kept) == 4
    assert ("vol" in given, "other" in kept) == (True, True)


def _names(zone: SmallZone, account_id: str) -> set[str]:
    kinds: tuple[type[Record], ...] = (Volume, SnapshotPolicy, Tag)
    return {
        record.id
        for kind in kinds
        for record in zone.inventory.all(kind)
        if getattr(record, "account_id", "") == account_id
    }
