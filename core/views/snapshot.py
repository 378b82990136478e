"""Snapshots as callers see them (semantics section 2.11)."""

from core.model.commands.command import Command
from core.model.commands.snapshot import ListSnapshots
from core.model.inventory import Inventory
from core.model.records import (
    ImageStore,
    Snapshot,
    StoreRef,
    Volume,
    Zone,
)
from core.views.listing import Listing
from core.views.view import View, date, name_of, owner_of, text


class SnapshotView(View, frozen=True, kw_only=True):
    """CloudStack's snapshot object. Sizes are bytes."""

    id: str
    name: str
    state: str
    snapshottype: str
    volumeid: str
    volumename: str
    volumetype: str
    zoneid: str
    virtualsize: int
    physicalsize: int
    intervaltype: str
    locationtype: str | None = None
    volumestate: str | None = None
    zonename: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    domainpath: str | None = None
    created: str | None = None
    revertable: bool
    datastoreid: str | None = None
    datastorename: str | None = None
    datastorestate: str | None = None
    datastoretype: str | None = None
    jobid: str | None = None
    jobstatus: int | None = None
    rev: int


def snapshot_view(inventory: Inventory, snapshot: Snapshot) -> SnapshotView:
    """The snapshot, and the image store on which it is."""
    account, domain, path = owner_of(inventory, snapshot.account_id, snapshot.domain_id)
    volume = inventory.find(Volume, snapshot.volume_id)
    ref = next(iter(inventory.having(StoreRef, "of", snapshot.id)), None)
    return SnapshotView(
        id=snapshot.id,
        name=snapshot.name,
        state=str(snapshot.state),
        snapshottype=snapshot.type,
        intervaltype=snapshot.type,
        volumeid=snapshot.volume_id,
        volumename=snapshot.volume_name,
        volumetype=snapshot.volume_type,
        volumestate=str(volume.state) if volume is not None else None,
        zoneid=snapshot.zone_id,
        zonename=name_of(inventory, Zone, snapshot.zone_id),
        virtualsize=snapshot.size_bytes,
        physicalsize=snapshot.physical_bytes,
        revertable=False,
        locationtype="SECONDARY" if ref is not None else "PRIMARY" if snapshot.pool_id else None,
        account=account,
        domainid=snapshot.domain_id,
        domain=domain,
        domainpath=path,
        created=date(snapshot.created_s),
        datastoreid=ref.store_id if ref is not None else None,
        datastorename=name_of(inventory, ImageStore, ref.store_id) if ref is not None else None,
        datastorestate=str(ref.state) if ref is not None else None,
        datastoretype="Image" if ref is not None else None,
        jobid=text(snapshot.job_id),
        jobstatus=0 if snapshot.job_id else None,
        rev=snapshot.rev,
    )


LISTINGS: dict[type[Command], Listing] = {
    ListSnapshots: Listing(
        Snapshot,
        snapshot_view,
        {"volume_id": "volume"},
        {
            "name": "name",
            "zone_id": "zone_id",
            "snapshot_type": "type",
            "interval_type": "type",
        },
    ),
}
