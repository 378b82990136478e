"""deployVirtualMachine: whose disks it has, what they are made of, and how large they are."""

from collections.abc import Mapping

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import DataDiskAsked, DeployVirtualMachine
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.records import (
    Account,
    DiskOffering,
    Project,
    ServiceOffering,
    Vm,
    Volume,
)
from core.plans.context import GIB
from tests.plans.vm.templates import template
from tests.refusal import refusal
from tests.small_zone import ADMIN, BOB, SmallZone

DEPLOY = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", template_id="debian")
FROM_VOLUME = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", volume_id="vol")
FROM_SNAPSHOT = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", snapshot_id="snap")
UUID = "01234567-89ab-cdef-0123-456789abcdef"


def asked(
    fields: Mapping[str, object], command: DeployVirtualMachine = DEPLOY
) -> DeployVirtualMachine:
    """The command with other fields."""
    return msgspec.structs.replace(command, **fields)


def data(offering: str = "small", **fields: int) -> DataDiskAsked:
    """A data disk of that offering."""
    return msgspec.structs.replace(DataDiskAsked(disk_offering_id=offering), **fields)


def disks(zone: SmallZone, vm_id: str) -> list[Volume]:
    """The machine's volumes by their slots."""
    volumes = zone.inventory.having(Volume, "vm", vm_id)
    return sorted(volumes, key=lambda volume: volume.device_id)


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a free volume and the snapshot of a root disk, both alice's."""
    zone = SmallZone()
    zone.volume("vol", size_bytes=3 * GIB)
    zone.snapshot("snap", volume_type="ROOT", size_bytes=4 * GIB, hypervisor="KVM")
    return zone


REFUSALS = [
    pytest.param(DEPLOY, {"template_id": None}, errors.Invalid, "", id="no origin"),
    pytest.param(DEPLOY, {"volume_id": "vol"}, errors.Invalid, "", id="two origins"),
    pytest.param(
        DEPLOY, {"hypervisor": "XenServer"}, errors.Invalid, "template/debian", id="hypervisor"
    ),
    pytest.param(
        DEPLOY,
        {"service_offering_id": "fixed", "root_disk_size": 7},
        errors.Invalid,
        "disk_offering/fixed-root",
        id="root size is fixed",
    ),
    pytest.param(
        DEPLOY,
        {"override_disk_offering_id": "large", "root_disk_size": 20},
        errors.Invalid,
        "disk_offering/large",
        id="override's size is fixed",
    ),
    pytest.param(
        DEPLOY,
        {"override_disk_offering_id": "tiny-root"},
        errors.NotFound,
        "disk_offering/tiny-root",
        id="hidden offering",
    ),
    pytest.param(
        DEPLOY,
        {"override_disk_offering_id": "small"},
        errors.Invalid,
        "template/debian",
        id="override too small",
    ),
    pytest.param(
        DEPLOY, {"details": {"rootdisksize": "x"}}, errors.Invalid, "", id="size is no number"
    ),
    pytest.param(
        DEPLOY,
        {"details": {"cpuNumber": "2"}},
        errors.Invalid,
        "service_offering/tiny",
        id="processors are fixed",
    ),
    pytest.param(
        DEPLOY,
        {"disk_offering_id": "small", "data_disks_details": (data(),)},
        errors.Invalid,
        "",
        id="data disks in two ways",
    ),
    pytest.param(
        DEPLOY,
        {"disk_offering_id": "small", "size": 3},
        errors.Invalid,
        "disk_offering/small",
        id="data size is fixed",
    ),
    pytest.param(
        DEPLOY,
        {"data_disks_details": (data("custom"),)},
        errors.Invalid,
        "disk_offering/custom",
        id="data size is missing",
    ),
    pytest.param(
        DEPLOY,
        {"data_disks_details": (data("free-rated", size=1, min_iops=9, max_iops=3),)},
        errors.Invalid,
        "disk_offering/free-rated",
        id="data rates",
    ),
    *(
        pytest.param(
            DEPLOY,
            {"data_disks_details": tuple(data(device_id=slot) for slot in slots)},
            errors.Invalid,
            "",
            id=f"slots {slots}",
        )
        for slots in ((0,), (3,), (34,), (1, 1))
    ),
    pytest.param(
        DEPLOY, {"data_disks_details": (data(),) * 33}, errors.Invalid, "", id="too many disks"
    ),
    pytest.param(DEPLOY, {"custom_id": "x"}, errors.Invalid, "vm/x", id="no UUID"),
    pytest.param(FROM_VOLUME, {"volume_id": "none"}, errors.NotFound, "volume/none", id="volume"),
    pytest.param(
        FROM_VOLUME, {"root_disk_size": 9}, errors.Conflict, "volume/vol", id="volume's size"
    ),
    pytest.param(
        FROM_VOLUME,
        {"override_disk_offering_id": "large"},
        errors.Conflict,
        "volume/vol",
        id="volume's offering",
    ),
    pytest.param(FROM_VOLUME, {"zone_id": "z2"}, errors.Conflict, "volume/vol", id="volume's zone"),
    pytest.param(
        FROM_VOLUME,
        {"account": "dora", "domain_id": "sales"},
        errors.Conflict,
        "volume/vol",
        id="volume's owner",
    ),
    pytest.param(
        FROM_SNAPSHOT, {"snapshot_id": "none"}, errors.NotFound, "snapshot/none", id="snapshot"
    ),
    pytest.param(
        FROM_SNAPSHOT, {"zone_id": "z2"}, errors.Invalid, "snapshot/snap", id="snapshot's zone"
    ),
    pytest.param(
        FROM_SNAPSHOT, {"root_disk_size": 3}, errors.Invalid, "snapshot/snap", id="small root"
    ),
]


@pytest.mark.parametrize(("command", "fields", "kind", "object"), REFUSALS)
def test_wrong_disks_are_refused(
    zone: SmallZone,
    command: DeployVirtualMachine,
    fields: Mapping[str, object],
    kind: type[ForebayError],
    object: str,
) -> None:
    """All have the number 431, also for an administrator who deploys for alice."""
    for_alice = asked({"account": "alice", "domain_id": "sales"}, command)
    with refusal(kind, 431, object):
        zone.check(asked(fields, for_alice), ADMIN)


def test_some_hypervisors_give_root_disks_no_other_size(zone: SmallZone) -> None:
    """Hyper-V's are as large as their template, which may be said."""
    template(zone, "windows", hypervisor=Hypervisor.HYPERV, size_bytes=4 * GIB)
    command = asked({"template_id": "windows"})
    with refusal(errors.Unsupported, 431, "template/windows"):
        zone.check(asked({"root_disk_size": 5}, command), ADMIN)
    zone.check(asked({"root_disk_size": 4}, command), ADMIN)


@pytest.mark.parametrize("command", [FROM_VOLUME, FROM_SNAPSHOT])
def test_foreign_disks_are_unknown(zone: SmallZone, command: DeployVirtualMachine) -> None:
    """Bob learns nothing of alice's."""
    name = "volume/vol" if command.volume_id else "snapshot/snap"
    with refusal(errors.NotFound, 431, name):
        zone.check(command, BOB)


@pytest.mark.parametrize(
    ("fields", "number"),
    [({"host_id": "h1"}, 531), ({"custom_id": UUID}, 531), ({"display_vm": False}, 531)],
)
def test_only_root_administrators_choose_hosts_and_ids(
    zone: SmallZone, fields: Mapping[str, object], number: int
) -> None:
    """Nor do others hide machines."""
    with refusal(errors.Denied, number, "account/alice"):
        zone.check(asked(fields))
    zone.check(asked(fields), ADMIN)


def test_an_id_is_used_once(zone: SmallZone) -> None:
    """The machine has the id that was given."""
    assert zone.claim(asked({"custom_id": UUID}), ADMIN).id == UUID
    with refusal(errors.Conflict, 431, f"vm/{UUID}"):
        zone.check(asked({"custom_id": UUID}), ADMIN)


@pytest.mark.parametrize(
    ("fields", "offering", "size_gib"),
    [
        ({"override_disk_offering_id": "large"}, "large", 10),
        ({"override_disk_offering_id": "custom"}, "custom", 2),
        ({"override_disk_offering_id": "custom", "root_disk_size": 6}, "custom", 6),
        ({"details": {"rootdisksize": "6"}}, "tiny-root", 6),
    ],
    ids=str,
)
def test_the_root_disk_may_have_another_offering(
    zone: SmallZone, fields: Mapping[str, object], offering: str, size_gib: int
) -> None:
    """Overridediskofferingid takes the place of the service offering's."""
    claim = zone.claim(asked(fields))
    (root,) = disks(zone, claim.id)
    assert (root.disk_offering_id, root.size_bytes) == (offering, size_gib * GIB)


def test_strict_service_offerings_keep_their_disk_offering(zone: SmallZone) -> None:
    """With diskofferingstrictness no other may be named."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(tiny, disk_strict=True))
    with refusal(errors.Invalid, 431, "service_offering/tiny"):
        zone.check(asked({"override_disk_offering_id": "large"}))


def test_details_choose_what_the_offerings_leave_open(zone: SmallZone) -> None:
    """Processors, memory, and the root disk's operations per second; all are kept."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    root = zone.inventory.get(DiskOffering, "tiny-root")
    zone.add(msgspec.structs.replace(tiny, customized=True))
    zone.add(msgspec.structs.replace(root, customized_iops=True))
    details = {"cpuNumber": "3", "memory": "768", "minIops": "10", "maxIops": "20", "keyboard": "x"}
    claim = zone.claim(asked({"details": details}))
    vm = zone.inventory.get(Vm, claim.id)
    assert (vm.cpus, vm.memory_bytes, vm.details) == (3, 768 << 20, details)
    (disk,) = disks(zone, claim.id)
    assert (disk.min_iops, disk.max_iops) == (10, 20)


def test_a_machine_may_have_several_data_disks(zone: SmallZone) -> None:
    """In the slots asked for, the others in the lowest that are free, never the CD-ROM's."""
    several = (
        data("small"),
        data("custom", size=5, device_id=2),
        data("free-rated", size=1, min_iops=1, max_iops=2),
    )
    zone.limit("alice", "primary_storage", 3 + 2 + 1 + 5 + 1)
    claim = zone.claim(asked({"data_disks_details": several}))
    first, second, third = disks(zone, claim.id)[1:]
    assert [disk.device_id for disk in (first, second, third)] == [1, 2, 4]
    assert (second.size_bytes, second.disk_offering_id) == (5 * GIB, "custom")
    assert (third.min_iops, third.max_iops) == (1, 2)
    assert len({first.name, second.name, third.name}) == 3


def test_a_machine_can_belong_to_a_project(zone: SmallZone) -> None:
    """With its volumes; the project pays."""
    alice = zone.inventory.get(Account, "alice")
    zone.add(msgspec.structs.replace(alice, id="shared", name="shared", project_id="p"))
    zone.add(
        Project(
            id="p",
            name="p",
            display_text="p",
            domain_id="sales",
            account_id="shared",
            owner_id="alice",
            members=("alice",),
        )
    )
    zone.limit("alice", "vm", 0)
    claim = zone.claim(asked({"project_id": "p"}))
    assert zone.inventory.get(Vm, claim.id).account_id == "shared"
    assert {disk.account_id for disk in disks(zone, claim.id)} == {"shared"}
    zone.limit("shared", "vm", 1)
    with refusal(errors.QuotaExceeded, 535, "account/shared"):
        zone.check(asked({"project_id": "p"}))
