"""copySnapshot, and the copies that a new snapshot gets in other zones."""

from core.model import errors
from core.model.commands.snapshot import CopySnapshot
from core.model.records import Account, Snapshot, StoreRef, Zone
from core.model.states import RefState, SnapshotState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.operation import ImageAt, RemoveImage, RunJobs, StoreImage, errand
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.snapshot_source import zone_of
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step, change


def zone_within(context: Context, ref: StoreRef, snapshot: Snapshot) -> str:
    """The zone of an image; on a store of all zones it is the snapshot's own."""
    return zone_of(context, ref) or snapshot.zone_id


def copying(snapshot: Snapshot, zone_ids: tuple[str, ...]) -> tuple[Step, ...]:
    """Other jobs copy it, once it is backed up; a copy that fails does not undo the snapshot."""
    if not zone_ids:
        return ()
    asked = tuple(
        errand(CopySnapshot(id=snapshot.id, dest_zone_ids=(zone_id,))) for zone_id in zone_ids
    )
    return (
        Step(
            name="copy the snapshot to other zones",
            actor="jobs",
            do=RunJobs(errands=asked, tolerant=True),
            final=True,
        ),
    )


def _targets(command: CopySnapshot) -> tuple[str, ...]:
    one = (command.dest_zone_id,) if command.dest_zone_id is not None else ()
    return tuple(dict.fromkeys((*one, *command.dest_zone_ids)))


def _source(context: Context, command: CopySnapshot, snapshot: Snapshot) -> StoreRef:
    zone_id = command.source_zone_id or snapshot.zone_id
    for ref in context.inventory.having(StoreRef, "of", snapshot.id):
        if ref.state is RefState.READY and zone_within(context, ref, snapshot) == zone_id:
            return ref
    raise errors.NotFound(
        "no image store of that zone has the snapshot",
        object=f"snapshot/{snapshot.id}",
        hint="archiveSnapshot moves it to one, listSnapshots shows its zones",
    )


def check(context: Context, command: CopySnapshot) -> None:
    """Refuse what is not on an image store, and zones that have it."""
    snapshot = context.get(Snapshot, command.id)
    require_state(snapshot, SnapshotState.BACKED_UP, doing="copying")
    targets = _targets(command)
    if not targets:
        raise errors.Invalid("destzoneid or destzoneids is needed", hint="listZones names zones")
    source = _source(context, command, snapshot)
    refs = list(context.inventory.having(StoreRef, "of", snapshot.id))
    having = {zone_within(context, ref, snapshot) for ref in (source, *refs)}
    for zone_id in targets:
        context.inventory.get(Zone, zone_id)
        if zone_id in having:
            raise errors.Conflict(
                "the zone has the snapshot already",
                object=f"zone/{zone_id}",
                hint="leave that zone out",
            )


def quota(context: Context, command: CopySnapshot) -> None:
    """Each copy takes as much secondary storage as the snapshot."""
    snapshot = context.get(Snapshot, command.id)
    owner = context.inventory.get(Account, snapshot.account_id)
    size = snapshot.physical_bytes or snapshot.size_bytes
    require_quota(context, owner, secondary_storage=size * len(_targets(command)))


def claim(context: Context, command: CopySnapshot) -> Claim:
    """Lock the snapshot."""
    return Claim(kind="snapshot", id=command.id, locks=(f"snapshot/{command.id}",))


def plan(context: Context, command: CopySnapshot, snapshot_id: str) -> Plan:
    """One copy a zone, each a whole one; all or none."""
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    source = _source(context, command, snapshot)
    steps = [_copy(context, snapshot, source, zone_id) for zone_id in _targets(command)]
    begins = Step(
        name="mark the snapshot",
        begin=(change(snapshot, "CopyingRequested"),),
        revert=(change(snapshot, "OperationFailed"),),
    )
    ends = Step(name="free the snapshot", commit=(change(snapshot, "OperationSucceeded"),))
    return Plan(steps=(begins, *steps, ends))


def _copy(context: Context, snapshot: Snapshot, source: StoreRef, zone_id: str) -> Step:
    store = choose_store(context, zone_id, snapshot.size_bytes, own=True)
    ref = StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=store.id,
        of_kind="snapshot",
        of_id=snapshot.id,
        account_id=snapshot.account_id,
        path=f"snapshots/{snapshot.account_id}/{snapshot.volume_id}/{snapshot.id}",
        format=source.format,
        size_bytes=source.size_bytes,
        state=RefState.CREATING,
        job_id=context.job_id,
    )
    stored: Effect = Change(
        kind="store_ref",
        id=ref.id,
        event="OperationSuccessed",
        learn={"physical_bytes": "physical_bytes"},
    )
    return Step(
        name=f"copy the snapshot to {store.name}",
        actor=f"image_store/{store.id}",
        do=StoreImage(
            path=ref.path, source=ImageAt(store_id=source.store_id, path=source.path), as_is=True
        ),
        undo=RemoveImage(path=ref.path),
        begin=(Add(record=ref),),
        commit=(stored,),
        revert=(Drop(kind="store_ref", id=ref.id),),
        bytes=snapshot.physical_bytes or snapshot.size_bytes,
    )
