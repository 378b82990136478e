"""Snapshots as callers see them (semantics section 2.11)."""

from collections.abc import Callable, Sequence
from functools import partial

from core.model.commands.command import Command
from core.model.commands.snapshot import ListSnapshots
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.inventory import Inventory
from core.model.os_types import OS_TYPES
from core.model.pool_types import DiskFormat
from core.model.records import (
    ImageStore,
    Snapshot,
    StoreRef,
    Template,
    Volume,
    Zone,
)
from core.model.settings import Settings
from core.model.states import READABLE, SnapshotState
from core.plans.context import Context
from core.views.listing import Listing
from core.views.tag import TagView, tags_of
from core.views.view import View, date, name_of, owner_of, project_of, text


class SnapshotView(View, frozen=True, kw_only=True):
    """CloudStack's snapshot object. Sizes are bytes."""

    id: str
    name: str
    state: str
    status: str
    snapshottype: str
    volumeid: str
    volumename: str
    volumetype: str
    zoneid: str
    virtualsize: int
    physicalsize: int
    chainsize: int | None = None
    intervaltype: str
    locationtype: str | None = None
    volumestate: str | None = None
    zonename: str | None = None
    account: str | None = None
    domainid: str | None = None
    domain: str | None = None
    domainpath: str | None = None
    projectid: str | None = None
    project: str | None = None
    ostypeid: str | None = None
    osdisplayname: str | None = None
    created: str | None = None
    revertable: bool
    datastoreid: str | None = None
    datastorename: str | None = None
    datastorestate: str | None = None
    datastoretype: str | None = None
    jobid: str | None = None
    jobstatus: int | None = None
    tags: tuple[TagView, ...] | None = None
    hasannotations: bool
    rev: int


def snapshot_view(inventory: Inventory, snapshot: Snapshot) -> SnapshotView:
    """The snapshot, and the image store of its own zone on which it is."""
    refs = inventory.having(StoreRef, "of", snapshot.id)
    own = (ref for ref in refs if _zone_of(inventory, ref, snapshot) == snapshot.zone_id)
    return _shown(inventory, snapshot, next(own, None))


def _zone_of(inventory: Inventory, ref: StoreRef, snapshot: Snapshot) -> str:
    store = inventory.find(ImageStore, ref.store_id)
    return (store.zone_id if store is not None else "") or snapshot.zone_id


def _shown(inventory: Inventory, snapshot: Snapshot, ref: StoreRef | None) -> SnapshotView:
    account, domain, path = owner_of(inventory, snapshot.account_id, snapshot.domain_id)
    volume = inventory.find(Volume, snapshot.volume_id)
    project_id, project = project_of(inventory, snapshot.account_id)
    os_type_id = _os_type_of(inventory, volume)
    zone_id = _zone_of(inventory, ref, snapshot) if ref is not None else snapshot.zone_id
    physical = ref.physical_bytes if ref is not None else 0
    return SnapshotView(
        id=snapshot.id,
        name=snapshot.name,
        state=str(snapshot.state),
        status=str(snapshot.state),
        snapshottype=snapshot.type,
        intervaltype=snapshot.type,
        volumeid=snapshot.volume_id,
        volumename=snapshot.volume_name,
        volumetype=snapshot.volume_type,
        volumestate=str(volume.state) if volume is not None else None,
        zoneid=zone_id,
        zonename=name_of(inventory, Zone, zone_id),
        virtualsize=snapshot.size_bytes,
        physicalsize=physical or snapshot.physical_bytes,
        chainsize=_chain_bytes(inventory, ref),
        revertable=_revertable(snapshot, volume),
        locationtype="SECONDARY" if ref is not None else "PRIMARY" if snapshot.pool_id else None,
        account=account,
        domainid=snapshot.domain_id,
        domain=domain,
        domainpath=path,
        projectid=project_id,
        project=project,
        ostypeid=text(os_type_id),
        osdisplayname=OS_TYPES.get(os_type_id),
        created=date(snapshot.created_s),
        datastoreid=ref.store_id if ref is not None else None,
        datastorename=name_of(inventory, ImageStore, ref.store_id) if ref is not None else None,
        datastorestate=str(ref.state) if ref is not None else None,
        datastoretype="Image" if ref is not None else None,
        jobid=text(snapshot.job_id),
        jobstatus=0 if snapshot.job_id else None,
        tags=tags_of(inventory, snapshot.id),
        hasannotations=False,
        rev=snapshot.rev,
    )


def _os_type_of(inventory: Inventory, volume: Volume | None) -> str:
    """The guest of the volume's template, "" without one."""
    template = inventory.find(Template, volume.template_id) if volume is not None else None
    return template.os_type_id if template is not None else ""


def _revertable(snapshot: Snapshot, volume: Volume | None) -> bool:
    """Whether revertSnapshot has a way back for it; what else stands in the way it says itself."""
    able = (
        snapshot.hypervisor in HYPERVISORS and HYPERVISORS[Hypervisor(snapshot.hypervisor)].revert
    )
    in_place = volume is not None and snapshot.pool_id == volume.pool_id
    in_file = volume is not None and volume.format is DiskFormat.QCOW2
    return able and snapshot.state is SnapshotState.BACKED_UP and (in_place or in_file)


def _chain_bytes(inventory: Inventory, ref: StoreRef | None) -> int | None:
    """What the image takes with all that it is based on; None unless a setting wants it shown."""
    if ref is None or not Settings(inventory).flag("snapshot.show.chain.size"):
        return None
    total = 0
    while ref is not None:
        total += ref.physical_bytes
        ref = inventory.find(StoreRef, ref.parent_id)
    return total


def _rows(
    context: Context, command: ListSnapshots, snapshot: Snapshot
) -> Sequence[Callable[[], SnapshotView]]:
    """One for each image store that has it, in the zone asked for; one in all if that is asked.

    With imagestoreid, only what that store has.
    """
    inventory = context.inventory
    refs = [
        ref
        for ref in inventory.having(StoreRef, "of", snapshot.id)
        if ref.state in READABLE
        and command.zone_id in (None, _zone_of(inventory, ref, snapshot))
        and command.image_store_id in (None, ref.store_id)
    ]
    if refs and not command.show_unique:
        return [partial(_shown, inventory, snapshot, ref) for ref in refs]
    anywhere = command.zone_id in (None, snapshot.zone_id) and command.image_store_id is None
    if refs or anywhere:
        return [partial(snapshot_view, inventory, snapshot)]
    return []


def _is_of_type(context: Context, snapshot: Snapshot, type: str) -> bool:
    """RECURRING are those of any policy."""
    wanted = type.upper()
    return snapshot.type == wanted or (wanted == "RECURRING" and bool(snapshot.policy_id))


def _is_at(context: Context, snapshot: Snapshot, location: str) -> bool:
    shown = snapshot_view(context.inventory, snapshot)
    return (shown.locationtype or "") == location.upper()


def _is_deleted(snapshot: Snapshot) -> bool:
    """Whether only its image is left, for others that are based on it."""
    return snapshot.state is SnapshotState.DESTROYED


LISTINGS: dict[type[Command], Listing] = {
    ListSnapshots: Listing(
        Snapshot,
        snapshot_view,
        {"volume_id": "volume", "storage_id": "pool"},
        {"name": "name", "interval_type": "type"},
        {"snapshot_type": _is_of_type, "location_type": _is_at},
        hidden=_is_deleted,
        rows=_rows,
    ),
}
