"""Limits of their own under tags of offerings."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.model.commands.ownership.project import CreateProject
from core.model.commands.snapshot import RevertSnapshot
from core.model.commands.vm import (
    AssignVirtualMachine,
    DataDiskAsked,
    DeployVirtualMachine,
    RecoverVirtualMachine,
    RestoreVirtualMachine,
    ScaleVirtualMachine,
)
from core.model.commands.volume import (
    AssignVolume,
    ChangeOfferingForVolume,
    CreateVolume,
    RecoverVolume,
    ResizeVolume,
    UploadVolume,
)
from core.model.records import Account, DiskOffering, Domain, Pool, ServiceOffering, Volume
from core.model.states import VmState, VolumeState
from core.plans.context import GIB
from core.plans.quota import account_used, domain_used, left_bytes, require_quota
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone

VM, VOLUME, SNAPSHOT, CPU, MEMORY, PRIMARY = 0, 2, 3, 8, 9, 10
SSD = CreateVolume(zone_id="z1", disk_offering_id="tagged")
GPU = DeployVirtualMachine(service_offering_id="gpu", zone_id="z1", template_id="debian")


@pytest.fixture
def zone() -> SmallZone:
    """The small zone, where the tags ssd of disks and gpu of hosts have limits of their own."""
    zone = SmallZone()
    zone.set("resource.limit.storage.tags", "ssd, nvme")
    zone.set("resource.limit.host.tags", "gpu")
    zone.add(DiskOffering(id="any-ssd", name="any-ssd", display_text="", tags=("ssd",)))
    zone.add(
        DiskOffering(
            id="gpu-root",
            name="gpu",
            display_text="",
            service_offering_id="gpu",
            tags=("nvme",),
        )
    )
    zone.add(
        ServiceOffering(
            id="gpu",
            name="gpu",
            display_text="",
            cpus=4,
            cpu_mhz=1000,
            memory_bytes=4 * GIB,
            host_tags=("gpu",),
            disk_offering_id="gpu-root",
        )
    )
    zone.set("match.storage.pool.tags.with.disk.offering", False)
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(nfs, tags=("ssd", "nvme")))
    for resource in ("vm", "volume", "cpu", "memory", "primary_storage"):
        zone.limit("alice", resource, -1)
    return zone


def _limit(zone: SmallZone, number: int, tag: str, maximum: int, **of: str) -> None:
    whose = of or {"account": "alice", "domain_id": "sales"}
    command = UpdateResourceLimit(resource_type=number, tag=tag, max=maximum, **whose)
    zone.claim(command, ADMIN)


def test_only_what_has_the_tag_counts_under_it(zone: SmallZone) -> None:
    """One more with the tag is refused, any number without it is not."""
    _limit(zone, VOLUME, "ssd", 1)
    zone.claim(SSD)
    with refusal(errors.QuotaExceeded, 535, "account/alice") as refused:
        zone.check(SSD)
    assert "under the tag ssd" in refused.value.message
    assert "tag=ssd" in refused.value.hint
    zone.claim(CreateVolume(zone_id="z1", disk_offering_id="small"))
    alice = zone.inventory.get(Account, "alice")
    assert account_used(zone.inventory, alice.id, "volume") == 2
    assert account_used(zone.inventory, alice.id, "volume", "ssd") == 1
    assert account_used(zone.inventory, alice.id, "primary_storage", "ssd") == GIB


def test_a_tag_without_a_limit_is_unlimited(zone: SmallZone) -> None:
    """Whatever the plain default is; and one that the setting names no more binds nobody."""
    zone.set("max.account.volumes", 1)
    zone.check(SSD)
    _limit(zone, VOLUME, "ssd", 0)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(SSD)
    zone.set("resource.limit.storage.tags", "nvme")
    zone.check(SSD)


def test_what_there_is_counts_when_a_tag_is_named(zone: SmallZone) -> None:
    """Use is a sum over the records, so it is known at once."""
    zone.volume("old", disk_offering_id="both")
    zone.set("resource.limit.storage.tags", "slow")
    _limit(zone, PRIMARY, "slow", 1)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(CreateVolume(zone_id="z1", disk_offering_id="both"))


def test_domains_count_all_their_accounts_under_a_tag(zone: SmallZone) -> None:
    """Those of the domains below too; a domain below has the limit of the one above."""
    zone.add(Domain(id="north", name="north", path="ROOT/sales/north", parent_id="sales"))
    _limit(zone, VOLUME, "ssd", 1, domain_id="sales")
    zone.volume("hers", account_id="dora", disk_offering_id="tagged")
    assert domain_used(zone.inventory, "sales", "volume", "ssd") == 1
    with refusal(errors.QuotaExceeded, 535, "domain/sales"):
        zone.check(SSD)
    with refusal(errors.Invalid, 431, "domain/sales"):
        _limit(zone, VOLUME, "ssd", 2, domain_id="north")
    _limit(zone, VOLUME, "nvme", 2, domain_id="north")


def test_projects_are_limited_under_a_tag(zone: SmallZone) -> None:
    """Like the account that keeps what is theirs."""
    project_id = zone.claim(CreateProject(name="p", display_text="p")).id
    _limit(zone, VOLUME, "ssd", 0, project_id=project_id)
    with pytest.raises(errors.QuotaExceeded) as refused:
        zone.check(CreateVolume(zone_id="z1", disk_offering_id="tagged", project_id=project_id))
    assert "limit under the tag ssd of the project" in refused.value.message


def test_root_administrators_have_no_limits_under_tags(zone: SmallZone) -> None:
    """As they have none at all."""
    with refusal(errors.Invalid, 431, "account/admin"):
        _limit(zone, VOLUME, "ssd", 1, account="admin")
    require_quota(zone.context(ADMIN), zone.inventory.get(Account, "admin"), volume=1000)


@pytest.mark.parametrize(
    ("number", "tag", "hint"),
    [
        (SNAPSHOT, "ssd", "leave tag out"),
        (VOLUME, "gpu", "resource.limit.storage.tags"),
        (CPU, "ssd", "resource.limit.host.tags"),
        (VOLUME, "unheard-of", "resource.limit.storage.tags"),
    ],
)
def test_tags_that_have_no_limits_are_refused(
    zone: SmallZone, number: int, tag: str, hint: str
) -> None:
    """By the kind of thing, and by the setting that names the tags."""
    with refusal(errors.Invalid, 431, f"tag/{tag}") as refused:
        _limit(zone, number, tag, 1)
    assert hint in refused.value.hint


def _detached(zone: SmallZone) -> None:
    zone.volume(disk_offering_id="small")


def _custom_ssd(zone: SmallZone) -> None:
    zone.volume(disk_offering_id="any-ssd")


def _destroyed(zone: SmallZone) -> None:
    zone.volume(disk_offering_id="tagged", state=VolumeState.DESTROY)


def _of_dora(zone: SmallZone) -> None:
    zone.volume(disk_offering_id="tagged", account_id="dora")


def _smaller_than_its_snapshot(zone: SmallZone) -> None:
    zone.volume(disk_offering_id="any-ssd")
    zone.snapshot(size_bytes=2 * GIB)


def _stopped(zone: SmallZone) -> None:
    zone.stopped_vm()
    zone.root()


def _stopped_gpu(zone: SmallZone, account_id: str = "alice", **fields: object) -> None:
    given = {"service_offering_id": "gpu", "cpus": 4, "memory_bytes": 4 * GIB}
    zone.stopped_vm(account_id=account_id, **given, **fields)
    zone.root(account_id=account_id, disk_offering_id="gpu-root")


def _gpu_of_dora(zone: SmallZone) -> None:
    _stopped_gpu(zone, "dora")


def _destroyed_gpu(zone: SmallZone) -> None:
    _stopped_gpu(zone, state=VmState.DESTROYED)
    volume = zone.inventory.get(Volume, "root-vm")
    zone.volume(
        "root-vm",
        type="ROOT",
        vm_id="vm",
        device_id=0,
        disk_offering_id=volume.disk_offering_id,
        state=VolumeState.DESTROY,
    )


GROW = ResizeVolume(id="vol", size=2)
CHANGE = ChangeOfferingForVolume(id="vol", disk_offering_id="tagged", auto_migrate=True)
UPLOAD = UploadVolume(
    name="up",
    zone_id="z1",
    format="QCOW2",
    url="https://images.example/disk.qcow2",
    disk_offering_id="any-ssd",
)
DATA = (DataDiskAsked(disk_offering_id="tagged"), DataDiskAsked(disk_offering_id="tagged"))
DISKS = DeployVirtualMachine(
    service_offering_id="tiny", zone_id="z1", template_id="debian", data_disks_details=DATA
)
ASSIGN = AssignVirtualMachine(virtual_machine_id="vm", account="alice", domain_id="sales")
RESTORE = RestoreVirtualMachine(virtual_machine_id="vm", root_disk_size=3)
TAKERS = [
    pytest.param(_detached, CHANGE, VOLUME, "ssd", 0, id="another offering counts a volume"),
    pytest.param(_detached, CHANGE, PRIMARY, "ssd", 0, id="another offering counts its bytes"),
    pytest.param(_custom_ssd, GROW, PRIMARY, "ssd", 1, id="growth"),
    pytest.param(_destroyed, RecoverVolume(id="vol"), VOLUME, "ssd", 0, id="recovered"),
    pytest.param(
        _of_dora, AssignVolume(volume_id="vol", account_id="alice"), PRIMARY, "ssd", 0, id="given"
    ),
    pytest.param(
        _smaller_than_its_snapshot, RevertSnapshot(id="snap"), PRIMARY, "ssd", 1, id="reverted"
    ),
    pytest.param(None, UPLOAD, VOLUME, "ssd", 0, id="uploaded"),
    pytest.param(None, DISKS, VOLUME, "ssd", 1, id="two data disks"),
    pytest.param(None, GPU, VM, "gpu", 0, id="a machine"),
    pytest.param(None, GPU, CPU, "gpu", 3, id="its processors"),
    pytest.param(None, GPU, MEMORY, "gpu", 4095, id="its memory"),
    pytest.param(None, GPU, VOLUME, "nvme", 0, id="its root disk"),
    pytest.param(
        _stopped,
        ScaleVirtualMachine(id="vm", service_offering_id="gpu"),
        CPU,
        "gpu",
        3,
        id="a machine gets the tag",
    ),
    pytest.param(_gpu_of_dora, ASSIGN, VM, "gpu", 0, id="a machine given"),
    pytest.param(_gpu_of_dora, ASSIGN, PRIMARY, "nvme", 1, id="its root given"),
    pytest.param(
        _destroyed_gpu, RecoverVirtualMachine(id="vm"), VM, "gpu", 0, id="a machine recovered"
    ),
    pytest.param(_stopped_gpu, RESTORE, PRIMARY, "nvme", 2, id="a larger root"),
]


@pytest.mark.parametrize(("given", "command", "number", "tag", "maximum"), TAKERS)
def test_whatever_takes_more_is_refused_under_its_tag(
    zone: SmallZone, given: object, command: Command, number: int, tag: str, maximum: int
) -> None:
    """Exactly one less than it takes; with one more it is admitted."""
    if callable(given):
        given(zone)
    # What it takes besides does not matter here: only the tag's limit is one too small.
    unit = 1024 if number == MEMORY else 1
    caller = ALICE if given is None else ADMIN
    _limit(zone, number, tag, maximum)
    with pytest.raises(errors.QuotaExceeded) as refused:
        zone.check(command, caller)
    assert f"under the tag {tag}" in refused.value.message
    _limit(zone, number, tag, maximum + max(unit, 2))
    zone.check(command, caller)


def test_what_keeps_its_tags_pays_only_the_growth(zone: SmallZone) -> None:
    """A volume that has the tag already is no new one under it."""
    zone.volume(disk_offering_id="any-ssd")
    _limit(zone, VOLUME, "ssd", 1)
    _limit(zone, PRIMARY, "ssd", 2)
    zone.check(GROW)
    zone.add(DiskOffering(id="ssd-2", name="ssd-2", display_text="", tags=("ssd",)))
    zone.check(ChangeOfferingForVolume(id="vol", disk_offering_id="ssd-2", size=2))


def test_what_is_left_is_the_least_of_all_limits(zone: SmallZone) -> None:
    """Of the whole and of the tags under which it comes."""
    alice, context = zone.inventory.get(Account, "alice"), zone.context()
    assert left_bytes(context, alice, "primary_storage", ("ssd",)) is None
    zone.limit("alice", "primary_storage", 5)
    _limit(zone, PRIMARY, "ssd", 3)
    zone.volume(disk_offering_id="tagged")
    assert left_bytes(context, alice, "primary_storage") == 4 * GIB
    assert left_bytes(context, alice, "primary_storage", ("ssd", "slow")) == 2 * GIB
