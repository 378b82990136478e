"""createSnapshot: refusals, what is recorded, and the ways it goes."""

from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import TagAsked
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.snapshot_policy import CreateSnapshotPolicy
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import (
    DiskOffering,
    Job,
    Pool,
    Snapshot,
    SnapshotPolicy,
    StoreRef,
    Tag,
    Volume,
    Zone,
)
from core.model.states import AllocationState, SnapshotState, VmSnapshotState, VmState
from core.plans.operation import RunJobs, SnapshotDisk, StoreImage, TakeSnapshot
from core.plans.snapshot import checks
from core.plans.step import Plan
from tests.plans.snapshot.preparing import Prepare, in_turn, nothing
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With volume vol of alice on nfs, detached."""
    zone = SmallZone()
    zone.volume()
    return zone


def asked(**fields: Any) -> CreateSnapshot:
    """A snapshot of volume vol."""
    given: dict[str, Any] = {"volume_id": "vol", **fields}
    return CreateSnapshot(**given)


def encrypt(zone: SmallZone) -> None:
    """Let the volume's offering encrypt."""
    small = zone.inventory.get(DiskOffering, "small")
    zone.add(msgspec.structs.replace(small, encrypt=True))


def plug(zone: SmallZone, **fields: Any) -> None:
    """Let the volume be attached to a running machine, unless told otherwise."""
    zone.vm(**fields)
    volume = zone.inventory.get(Volume, "vol")
    zone.add(msgspec.structs.replace(volume, vm_id="vm", device_id=1))


def place(zone: SmallZone, pool_id: str) -> None:
    """Let the volume be on another pool."""
    volume = zone.inventory.get(Volume, "vol")
    zone.add(msgspec.structs.replace(volume, pool_id=pool_id))


def managed(zone: SmallZone) -> None:
    """Let the volume be on managed storage."""
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(
        msgspec.structs.replace(nfs, id="array", name="array", type=PoolType.ISCSI, managed=True)
    )
    place(zone, "array")


def snapshotted_whole(zone: SmallZone) -> None:
    """A snapshot of the whole machine is being taken."""
    plug(zone)
    zone.vm_snapshot("whole", state=VmSnapshotState.CREATING, job_id="j")


def without_backup(zone: SmallZone) -> None:
    """Snapshots stay on their pools."""
    zone.set("snapshot.backup.to.secondary", value=False)


Asked = tuple[Prepare, dict[str, Any], type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    (lambda z: z.allocated("new"), {"volume_id": "new"}, errors.Conflict, 431, "volume/new"),
    (
        lambda z: z.volume("o", hypervisor="Ovm"),
        {"volume_id": "o"},
        errors.Unsupported,
        431,
        "volume/o",
    ),
    (lambda z: plug(z, hypervisor=Hypervisor.HYPERV), {}, errors.Unsupported, 431, "volume/vol"),
    (lambda z: plug(z, hypervisor=Hypervisor.LXC), {}, errors.Unsupported, 431, "volume/vol"),
    (lambda z: plug(z, state=VmState.DESTROYED), {}, errors.Conflict, 530, "vm/vm"),
    (lambda z: plug(z, state=VmState.EXPUNGING), {}, errors.Conflict, 530, "vm/vm"),
    (
        in_turn(plug, lambda z: z.set("kvm.snapshot.enabled", value=False)),
        {},
        errors.Conflict,
        530,
        "vm/vm",
    ),
    (snapshotted_whole, {}, errors.Conflict, 530, "vm/vm"),
    (in_turn(plug, encrypt), {}, errors.Unsupported, 432, "volume/vol"),
    (nothing, {"quiesce_vm": True}, errors.Invalid, 431, "volume/vol"),
    (nothing, {"location_type": "PRIMARY"}, errors.Invalid, 431, "volume/vol"),
    (managed, {"location_type": "TAPE"}, errors.Invalid, 431, "pool/array"),
    (managed, {"zone_ids": ("z2",)}, errors.Invalid, 431, "volume/vol"),
    (without_backup, {"zone_ids": ("z2",)}, errors.Invalid, 431, "volume/vol"),
    (in_turn(plug, without_backup), {}, errors.Unsupported, 431, "volume/vol"),
    (nothing, {"zone_ids": ("z9",)}, errors.NotFound, 431, "zone/z9"),
    (nothing, {"policy_id": "none"}, errors.NotFound, 431, "snapshot_policy/none"),
    (
        lambda z: z.set("max.account.snapshots", 0),
        {},
        errors.QuotaExceeded,
        535,
        "account/alice",
    ),
    (
        lambda z: z.set("max.account.secondary.storage", 0),
        {},
        errors.QuotaExceeded,
        535,
        "account/alice",
    ),
    (
        in_turn(without_backup, lambda z: z.set("max.account.primary.storage", 1)),
        {},
        errors.QuotaExceeded,
        535,
        "account/alice",
    ),
]


@pytest.mark.parametrize(("prepare", "fields", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_snapshotted_is_refused(
    zone: SmallZone,
    prepare: Prepare,
    fields: dict[str, Any],
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each by its own rule and CloudStack's number."""
    zone.check(asked())
    prepare(zone)
    with refusal(kind, number, object):
        zone.check(asked(**fields))


def test_a_disabled_zone_is_for_administrators(zone: SmallZone) -> None:
    """531 for all others."""
    one = zone.inventory.get(Zone, "z1")
    zone.add(msgspec.structs.replace(one, allocation_state=AllocationState.DISABLED))
    with refusal(errors.Denied, 531, "zone/z1"):
        zone.check(asked(), ALICE)
    zone.check(asked(), ADMIN)


def test_anothers_volume_is_unknown(zone: SmallZone) -> None:
    """As if there were none."""
    with refusal(errors.NotFound, 431, "volume/vol"):
        zone.check(asked(), BOB)


@pytest.mark.parametrize("state", [VmState.STARTING, VmState.STOPPING, VmState.MIGRATING])
def test_a_machine_in_transition_is_waited_for(zone: SmallZone, state: VmState) -> None:
    """Admitted now; refused only if it still is so when the turn has come."""
    plug(zone, state=state)
    zone.check(asked())
    with refusal(errors.Conflict, 530, "vm/vm"):
        checks.check_turn(zone.context(), asked())


@pytest.mark.parametrize(
    ("hypervisor", "refused"),
    [(Hypervisor.KVM, True), (Hypervisor.VMWARE, True), (Hypervisor.XENSERVER, False)],
)
def test_kvm_and_vmware_take_one_of_a_machine_at_a_time(
    zone: SmallZone, hypervisor: Hypervisor, refused: bool
) -> None:
    """Of any of its volumes; asked when the turn has come."""
    plug(zone, hypervisor=hypervisor)
    zone.root()
    zone.snapshot("other", volume_id="root-vm", state=SnapshotState.BACKING_UP)
    zone.check(asked())
    if refused:
        with refusal(errors.Conflict, 431, "vm/vm"):
            checks.check_turn(zone.context(), asked())
    else:
        checks.check_turn(zone.context(), asked())


def test_local_pools_need_no_setting(zone: SmallZone) -> None:
    """kvm.snapshot.enabled is about cluster and zone pools."""
    plug(zone)
    zone.set("kvm.snapshot.enabled", value=False)
    place(zone, "local")
    zone.check(asked())


def test_a_snapshot_remembers_what_its_volume_was(zone: SmallZone) -> None:
    """Offering and hypervisor, for volumes that are made from it when the volume is gone."""
    claim = zone.claim(asked(tags=(TagAsked(key="k", value="v"),)), ADMIN)
    snapshot = zone.inventory.get(Snapshot, claim.id)
    assert (snapshot.disk_offering_id, snapshot.hypervisor) == ("small", "KVM")
    assert (snapshot.account_id, snapshot.type, snapshot.location) == (
        "alice",
        "MANUAL",
        "SECONDARY",
    )
    assert snapshot.name == "detached_vol_20260101000000"
    tags = list(zone.inventory.having(Tag, "of", snapshot.id))
    assert [(tag.key, tag.value, tag.account_id) for tag in tags] == [("k", "v", "alice")]


def test_its_name_says_machine_and_time(zone: SmallZone) -> None:
    """Unless another is given."""
    plug(zone)
    snapshot = zone.inventory.get(Snapshot, zone.claim(asked()).id)
    assert snapshot.name == "vm_vol_20260101000000"
    assert zone.inventory.get(Snapshot, zone.claim(asked(name="mine")).id).name == "mine"


def test_the_job_waits_at_the_machines_host(zone: SmallZone) -> None:
    """Where it runs or ran last; that of a detached volume waits nowhere."""
    assert zone.claim(asked()).slot == ""
    plug(zone, host_id="", last_host_id="h2", state=VmState.STOPPED)
    assert zone.claim(asked()).slot == "host/h2"


def policy(zone: SmallZone, volume_id: str = "vol") -> str:
    """A daily policy with a tag and a zone."""
    command = CreateSnapshotPolicy(
        volume_id=volume_id,
        interval_type="DAILY",
        schedule="0:2",
        timezone="UTC",
        max_snaps=1,
        tags=(TagAsked(key="k", value="v"),),
        zone_ids=("z2",),
    )
    return zone.claim(command).id


def test_a_policys_snapshot_is_of_its_kind(zone: SmallZone) -> None:
    """With its tags and zones, and the policy knows the job."""
    policy_id = policy(zone)
    plan = zone.plan(asked(policy_id=policy_id))
    snapshot = next(iter(zone.inventory.all(Snapshot)))
    assert (snapshot.type, snapshot.policy_id) == ("DAILY", policy_id)
    assert zone.inventory.get(SnapshotPolicy, policy_id).running_job_id == "job-1"
    assert len(zone.inventory.having(Tag, "of", snapshot.id)) == 1
    assert isinstance(plan.steps[-1].do, RunJobs)


def test_policies_of_others_and_busy_ones_are_refused(zone: SmallZone) -> None:
    """Another volume's, and zones beside those of the policy."""
    zone.volume("other")
    strange, own = policy(zone, "other"), policy(zone)
    with refusal(errors.Invalid, 431, f"snapshot_policy/{strange}"):
        zone.check(asked(policy_id=strange))
    with refusal(errors.Invalid, 431, "volume/vol"):
        zone.check(asked(policy_id=own, zone_ids=("z2",)))
    zone.add(Job(id="job-1", command="createSnapshot", account_id="a", domain_id="d", user_id=""))
    zone.claim(asked(policy_id=own))
    with refusal(errors.Conflict, 431, f"snapshot_policy/{own}"):
        zone.check(asked(policy_id=own))


def shape(plan: Plan) -> list[str]:
    """What its steps do."""
    return [type(step.do).__name__ for step in plan.steps]


def test_a_detached_disk_goes_by_way_of_its_pool(zone: SmallZone) -> None:
    """Taken, backed up, removed from the pool: the destroying step last."""
    plan = zone.plan(asked())
    assert shape(plan) == ["TakeSnapshot", "StoreImage", "RemoveSnapshot"]
    assert [step.final for step in plan.steps] == [False, False, True]


def test_a_running_disk_is_copied_by_its_host(zone: SmallZone) -> None:
    """Also if the caller does not want to wait: there is nothing on primary to answer for."""
    plug(zone)
    assert shape(zone.plan(asked(async_backup=True))) == ["SnapshotDisk"]


def test_rbd_keeps_its_snapshots(zone: SmallZone) -> None:
    """Nothing is removed after the backup."""
    plug(zone)
    place(zone, "rbd")
    assert shape(zone.plan(asked())) == ["TakeSnapshot", "StoreImage"]


def test_an_asynchronous_backup_is_another_jobs(zone: SmallZone) -> None:
    """It ends when that one has begun."""
    plan = zone.plan(asked(async_backup=True))
    assert shape(plan) == ["TakeSnapshot", "RunJobs"]
    later = plan.steps[1].do
    assert isinstance(later, RunJobs)
    assert (later.detached, later.errands[0].command) == (True, "backUpSnapshot")


def test_managed_storage_keeps_it_unless_asked_otherwise(zone: SmallZone) -> None:
    """PRIMARY is its default, SECONDARY can be asked for."""
    managed(zone)
    assert shape(zone.plan(asked())) == ["TakeSnapshot"]
    assert shape(zone.plan(asked(location_type="secondary"))) == ["TakeSnapshot", "StoreImage"]


def test_linstor_has_a_setting_of_its_own(zone: SmallZone) -> None:
    """Backed up and removed, or kept on the pool, in state BackedUp either way."""
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(nfs, id="lin", name="lin", type=PoolType.LINSTOR))
    place(zone, "lin")
    assert shape(zone.plan(asked())) == ["TakeSnapshot", "StoreImage", "RemoveSnapshot"]
    zone.set("lin.backup.snapshots", value=False)
    assert shape(zone.plan(asked())) == ["TakeSnapshot"]


def test_what_stays_on_primary_counts_there(zone: SmallZone) -> None:
    """Else it is secondary storage that it takes."""
    primary = zone.inventory.total("account.primary_bytes", "alice")
    without_backup(zone)
    zone.claim(asked())
    assert zone.inventory.total("account.secondary_bytes", "alice") == 0
    assert zone.inventory.total("account.primary_bytes", "alice") == primary + (1 << 30)


def test_vmware_files_are_kept_as_they_are(zone: SmallZone) -> None:
    """Not packed: the image is a VMDK."""
    volume = zone.inventory.get(Volume, "vol")
    zone.add(msgspec.structs.replace(volume, format=DiskFormat.OVA, hypervisor="VMware"))
    backup = zone.plan(asked()).steps[1]
    assert isinstance(backup.do, StoreImage)
    zone.apply(backup.begin[-1:])
    snapshot = next(iter(zone.inventory.all(Snapshot)))
    refs = zone.inventory.having(StoreRef, "of", snapshot.id)
    assert [ref.format for ref in refs] == [DiskFormat.VMDK]


def test_operations_name_disk_snapshot_and_place(zone: SmallZone) -> None:
    """The pool's disk is the volume's, the snapshot inside it the snapshot's."""
    plan = zone.plan(asked())
    snapshot = next(iter(zone.inventory.all(Snapshot)))
    assert plan.steps[0].do == TakeSnapshot(name="vol", snapshot=snapshot.id)
    plug(zone)
    live = zone.plan(asked()).steps[0].do
    assert isinstance(live, SnapshotDisk)
    assert (live.vm_id, live.device_id, live.base) == ("vm", 1, "")


def test_users_take_as_many_as_their_account_may_have(zone: SmallZone) -> None:
    """Both the number, and room for the volume's whole size on secondary storage."""
    command = CreateSnapshot(volume_id="vol")
    zone.limit("alice", "snapshot", 1)
    zone.claim(command)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(command)
    zone.limit("alice", "snapshot", 2)
    zone.limit("alice", "secondary_storage", 1)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(command)
    zone.limit("alice", "secondary_storage", 2)
    zone.check(command)


def test_a_raw_file_is_snapshotted_only_while_its_machine_runs(zone: SmallZone) -> None:
    """It has no room for a snapshot inside; a block pool takes its own."""
    raw = zone.volume(format=DiskFormat.RAW)
    with refusal(errors.Unsupported, 432, "volume/vol"):
        zone.check(asked(), ALICE)
    plug(zone)
    zone.check(asked(), ALICE)
    zone.add(msgspec.structs.replace(raw, pool_id="rbd"))
    zone.check(asked(), ALICE)
