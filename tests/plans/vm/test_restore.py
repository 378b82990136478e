"""restoreVirtualMachine: what it refuses, what the new root disk is, what becomes of the old."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import RestoreVirtualMachine
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.records import DiskOffering, ServiceOffering, SnapshotPolicy, Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, RemoveDisk, RunJobs, StartVm, StopVm
from tests.plans.vm.templates import template
from tests.refusal import refusal
from tests.small_zone import ADMIN, BOB, SmallZone

RESTORE = RestoreVirtualMachine(virtual_machine_id="vm")


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a running machine and its root disk, and templates that do not suit it."""
    zone = SmallZone()
    zone.vm()
    zone.root()
    template(zone, "other", size_bytes=GIB)
    template(zone, "huge", size_bytes=30 * GIB)
    template(zone, "xen", hypervisor=Hypervisor.XENSERVER)
    template(zone, "theirs", public=False, account_id="bob")
    return zone


REFUSALS = [
    pytest.param({"template_id": "none"}, errors.NotFound, "template/none", id="template"),
    pytest.param({"template_id": "theirs"}, errors.NotFound, "template/theirs", id="foreign"),
    pytest.param({"template_id": "huge"}, errors.Invalid, "template/huge", id="too large"),
    pytest.param({"template_id": "xen"}, errors.Invalid, "template/xen", id="hypervisor"),
    pytest.param({"root_disk_size": 1}, errors.Invalid, "template/debian", id="too small"),
    pytest.param(
        {"root_disk_size": 3000}, errors.Invalid, "setting/storage.max.volume.size", id="beyond"
    ),
    pytest.param(
        {"disk_offering_id": "none"}, errors.NotFound, "disk_offering/none", id="offering"
    ),
    pytest.param(
        {"disk_offering_id": "large", "root_disk_size": 12},
        errors.Invalid,
        "disk_offering/large",
        id="fixed size",
    ),
    pytest.param({"details": {"rootdisksize": "1"}}, errors.Invalid, "template/debian", id="small"),
    pytest.param({"details": {"rootdisksize": "x"}}, errors.Invalid, "", id="no number"),
    pytest.param(
        {"disk_offering_id": "free-rated", "details": {"minIops": "9", "maxIops": "5"}},
        errors.Invalid,
        "disk_offering/free-rated",
        id="operations",
    ),
]


@pytest.mark.parametrize(("asked", "kind", "object"), REFUSALS)
def test_wrong_requests_are_refused(
    zone: SmallZone, asked: dict[str, object], kind: type[ForebayError], object: str
) -> None:
    """All have the number 431."""
    with refusal(kind, 431, object):
        zone.check(msgspec.structs.replace(RESTORE, **asked))


def test_foreign_machines_are_unknown(zone: SmallZone) -> None:
    """Bob learns nothing of alice's."""
    with refusal(errors.NotFound, 431, "vm/vm"):
        zone.check(RESTORE, BOB)


@pytest.mark.parametrize("state", [VmState.DESTROYED, VmState.ERROR])
def test_only_running_and_stopped_machines_are_restored(zone: SmallZone, state: VmState) -> None:
    """A destroyed one is to be recovered first."""
    zone.vm(state=state)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(RESTORE)


def test_a_machine_without_root_disk_has_nothing_to_restore(zone: SmallZone) -> None:
    """It was detached."""
    zone.inventory.remove(Volume, "root-vm")
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(RESTORE)


def test_users_need_leave_to_expunge_the_old_disk(zone: SmallZone) -> None:
    """As they need it to expunge the machine."""
    expunging = msgspec.structs.replace(RESTORE, expunge=True)
    with refusal(errors.Denied, 531, "vm/vm"):
        zone.check(expunging)
    zone.set("allow.user.expunge.recover.vm", True)
    zone.check(expunging)


def test_strict_service_offerings_keep_the_root_disks_offering(zone: SmallZone) -> None:
    """With diskofferingstrictness no other may be named."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(tiny, disk_strict=True))
    with refusal(errors.Invalid, 431, "service_offering/tiny"):
        zone.check(msgspec.structs.replace(RESTORE, disk_offering_id="large"))


def test_the_account_pays_only_what_is_more(zone: SmallZone) -> None:
    """The old disk counts no longer once it is destroyed."""
    zone.limit("alice", "primary_storage", 3)
    zone.check(msgspec.structs.replace(RESTORE, root_disk_size=3))
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(msgspec.structs.replace(RESTORE, root_disk_size=4))


@pytest.mark.parametrize(
    ("asked", "template_id", "offering_id", "size_gib"),
    [
        ({}, "debian", "tiny-root", 2),
        ({"template_id": "other"}, "other", "tiny-root", 2),
        ({"template_id": "huge", "root_disk_size": 40}, "huge", "tiny-root", 40),
        ({"disk_offering_id": "large"}, "debian", "large", 10),
        ({"disk_offering_id": "custom"}, "debian", "custom", 2),
        ({"disk_offering_id": "custom", "root_disk_size": 7}, "debian", "custom", 7),
        ({"details": {"rootdisksize": "6"}}, "debian", "tiny-root", 6),
    ],
)
def test_the_new_disk_is_what_was_asked_for(
    zone: SmallZone,
    asked: dict[str, object],
    template_id: str,
    offering_id: str,
    size_gib: int,
) -> None:
    """What is left out stays as it was."""
    plan = zone.plan(msgspec.structs.replace(RESTORE, **asked))
    done = [type(step.do) for step in plan.steps if step.do]
    assert done == [RunJobs, CreateDisk, StopVm, StartVm]
    zone.run(plan)
    (new,) = zone.inventory.having(Volume, "vm", "vm")
    assert (new.template_id, new.disk_offering_id) == (template_id, offering_id)
    assert (new.size_bytes, new.state) == (size_gib * GIB, VolumeState.READY)
    vm = zone.inventory.get(Vm, "vm")
    assert (vm.template_id, vm.state, vm.host_id) == (template_id, VmState.RUNNING, "h1")


@pytest.mark.parametrize(
    ("asked", "iops"),
    [
        ({}, (7, 8)),
        ({"disk_offering_id": "rated"}, (100, 200)),
        ({"disk_offering_id": "large"}, (0, 0)),
        ({"disk_offering_id": "free-rated"}, (0, 0)),
        (
            {"disk_offering_id": "free-rated", "details": {"minIops": "3", "maxIops": "4"}},
            (3, 4),
        ),
    ],
    ids=str,
)
def test_operations_per_second_stay_unless_they_or_the_offering_change(
    zone: SmallZone, asked: dict[str, object], iops: tuple[int, int]
) -> None:
    """Details count where the offering lets callers choose."""
    zone.root(min_iops=7, max_iops=8)
    rated = zone.inventory.get(DiskOffering, "rated")
    zone.add(msgspec.structs.replace(rated, size_bytes=0))
    zone.run(zone.plan(msgspec.structs.replace(RESTORE, **asked)))
    (new,) = zone.inventory.having(Volume, "vm", "vm")
    assert (new.min_iops, new.max_iops) == iops


def test_the_old_disk_can_be_recovered_until_it_is_expunged(zone: SmallZone) -> None:
    """Its snapshots stay, its policies go."""
    zone.snapshot(volume_id="root-vm")
    zone.add(
        SnapshotPolicy(
            id="p",
            volume_id="root-vm",
            account_id="alice",
            domain_id="sales",
            interval="DAILY",
            schedule="00:01",
            timezone="UTC",
            max_snaps=1,
        )
    )
    zone.run(zone.plan(RESTORE))
    old = zone.inventory.get(Volume, "root-vm")
    assert (old.state, old.vm_id, old.pool_id) == (VolumeState.DESTROY, "", "nfs")
    assert zone.inventory.count(SnapshotPolicy) == 0
    assert zone.inventory.count(type(zone.snapshot(volume_id="root-vm"))) == 1


def test_some_hypervisors_give_root_disks_no_other_size(zone: SmallZone) -> None:
    """A Hyper-V machine gets its template's, or keeps its old one's."""
    zone.stopped_vm(hypervisor=Hypervisor.HYPERV)
    template(zone, hypervisor=Hypervisor.HYPERV)
    with refusal(errors.Unsupported, 431, "vm/vm"):
        zone.check(msgspec.structs.replace(RESTORE, root_disk_size=30), ADMIN)
    zone.check(RESTORE, ADMIN)


@pytest.mark.parametrize(
    ("hypervisor", "expunge"), [(Hypervisor.KVM, True), (Hypervisor.VMWARE, False)]
)
def test_the_old_disk_may_go_for_good_at_once(
    zone: SmallZone, hypervisor: Hypervisor, *, expunge: bool
) -> None:
    """When that is asked for, and always on VMware; after the machine runs on the new one."""
    zone.stopped_vm(hypervisor=hypervisor)
    template(zone, hypervisor=hypervisor)
    plan = zone.plan(msgspec.structs.replace(RESTORE, expunge=expunge), ADMIN)
    last = plan.steps[-1]
    assert isinstance(last.do, RemoveDisk)
    assert (last.actor, last.final) == ("pool/nfs", True)
    zone.run(plan)
    assert zone.inventory.find(Volume, "root-vm") is None


def test_a_stopped_machine_gets_its_disk_when_it_starts(zone: SmallZone) -> None:
    """Until then the new one is only a record."""
    zone.stopped_vm()
    plan = zone.plan(RESTORE)
    assert [step.do for step in plan.steps if step.do] == []
    zone.run(plan)
    (new,) = zone.inventory.having(Volume, "vm", "vm")
    assert (new.state, new.pool_id) == (VolumeState.ALLOCATED, "")


def test_a_disk_that_was_only_a_record_leaves_nothing(zone: SmallZone) -> None:
    """A machine that never ran has nothing to recover."""
    zone.stopped_vm()
    zone.root(pool_id="", state=VolumeState.ALLOCATED)
    zone.run(zone.plan(RESTORE))
    assert zone.inventory.find(Volume, "root-vm") is None


def test_a_named_offering_brings_its_operations_per_second(zone: SmallZone) -> None:
    """The old disk's are kept only with its offering."""
    rated = zone.inventory.get(DiskOffering, "rated")
    zone.add(msgspec.structs.replace(rated, size_bytes=2 * GIB))
    zone.root(min_iops=5, max_iops=6)
    zone.run(zone.plan(RESTORE))
    (new,) = zone.inventory.having(Volume, "vm", "vm")
    assert (new.min_iops, new.max_iops) == (5, 6)
    zone.run(zone.plan(msgspec.structs.replace(RESTORE, disk_offering_id="rated")))
    (new,) = zone.inventory.having(Volume, "vm", "vm")
    assert (new.min_iops, new.max_iops) == (100, 200)
