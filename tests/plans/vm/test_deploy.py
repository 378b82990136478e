"""deployVirtualMachine: what it refuses, the records it begins with, and when it starts."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import DeployVirtualMachine
from core.model.errors import ForebayError
from core.model.records import (
    Account,
    DiskOffering,
    ServiceOffering,
    StoreRef,
    Template,
    Vm,
    Volume,
    Zone,
)
from core.model.states import AllocationState, TemplateState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.quota import RESOURCES, require_quota
from core.plans.vm.deploy import give_up
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, NOW_S, SmallZone

DEPLOY = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", template_id="debian")


def _asked(**fields: object) -> DeployVirtualMachine:
    return msgspec.structs.replace(DEPLOY, **fields)


def _template(zone: SmallZone, **fields: object) -> None:
    zone.add(msgspec.structs.replace(zone.inventory.get(Template, "debian"), **fields))


def _disks(zone: SmallZone, vm_id: str) -> list[Volume]:
    volumes = zone.inventory.having(Volume, "vm", vm_id)
    return sorted(volumes, key=lambda volume: volume.device_id)


REFUSALS = [
    pytest.param({"zone_id": "z9"}, errors.NotFound, "zone/z9", id="zone"),
    pytest.param({"template_id": "none"}, errors.NotFound, "template/none", id="template"),
    pytest.param(
        {"service_offering_id": "none"},
        errors.NotFound,
        "service_offering/none",
        id="service offering",
    ),
    pytest.param(
        {"disk_offering_id": "none"}, errors.NotFound, "disk_offering/none", id="disk offering"
    ),
    pytest.param({"host_id": "h9"}, errors.NotFound, "host/h9", id="host"),
    pytest.param({"root_disk_size": 1}, errors.Invalid, "template/debian", id="small root"),
    pytest.param(
        {"disk_offering_id": "custom"}, errors.Invalid, "disk_offering/custom", id="no size"
    ),
    pytest.param(
        {"disk_offering_id": "custom", "size": 1025},
        errors.Invalid,
        "setting/custom.diskoffering.size.max",
        id="large data disk",
    ),
    pytest.param(
        {"root_disk_size": 2001}, errors.Invalid, "setting/storage.max.volume.size", id="large root"
    ),
]


@pytest.mark.parametrize(("asked", "kind", "object"), REFUSALS)
def test_wrong_requests_are_refused(
    zone: SmallZone, asked: dict[str, object], kind: type[ForebayError], object: str
) -> None:
    """All have the number 431."""
    with refusal(kind, 431, object):
        zone.check(_asked(**asked), ADMIN)


def test_a_template_must_be_there(zone: SmallZone) -> None:
    """Downloaded, and still on an image store; the number is 530."""
    _template(zone, state=TemplateState.DOWNLOAD_IN_PROGRESS)
    with refusal(errors.Conflict, 530, "template/debian"):
        zone.check(DEPLOY)
    _template(zone, state=TemplateState.DOWNLOADED)
    zone.inventory.remove(StoreRef, "ref-debian")
    with refusal(errors.Unavailable, 530, "template/debian"):
        zone.check(DEPLOY)


@pytest.mark.parametrize(
    ("fields", "admitted"),
    [
        ({"public": True}, True),
        ({"public": False, "featured": True}, True),
        ({"public": False}, False),
        ({"public": False, "account_id": "bob"}, True),
    ],
    ids=str,
)
def test_a_template_is_ones_own_or_for_all(
    zone: SmallZone, fields: dict[str, object], *, admitted: bool
) -> None:
    """A foreign one is unknown."""
    _template(zone, **fields)
    if admitted:
        zone.check(DEPLOY, BOB)
        return
    with refusal(errors.NotFound, 431, "template/debian"):
        zone.check(DEPLOY, BOB)


@pytest.mark.parametrize(
    "fields", [{"domain_ids": ("lab",)}, {"zone_ids": ("z2",)}, {"active": False}], ids=str
)
def test_offerings_are_only_for_some(zone: SmallZone, fields: dict[str, object]) -> None:
    """Of other domains or zones, or offered no longer, they are unknown."""
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    small = zone.inventory.get(DiskOffering, "small")
    zone.add(msgspec.structs.replace(small, id="theirs", **fields))
    with refusal(errors.NotFound, 431, "disk_offering/theirs"):
        zone.check(_asked(disk_offering_id="theirs"))
    zone.add(msgspec.structs.replace(tiny, **fields))
    with refusal(errors.NotFound, 431, "service_offering/tiny"):
        zone.check(DEPLOY)


def test_a_disabled_zone_is_closed_but_for_administrators(zone: SmallZone) -> None:
    """CloudStack's number is 531."""
    place = zone.inventory.get(Zone, "z1")
    zone.add(msgspec.structs.replace(place, allocation_state=AllocationState.DISABLED))
    with refusal(errors.Denied, 531, "zone/z1"):
        zone.check(DEPLOY)
    zone.check(DEPLOY, ADMIN)


def test_a_local_root_disk_needs_a_zone_that_allows_it(zone: SmallZone) -> None:
    """Zone z2 does not."""
    root = zone.inventory.get(DiskOffering, "tiny-root")
    zone.add(msgspec.structs.replace(root, storage_type="local"))
    zone.check(DEPLOY)
    with refusal(errors.Invalid, 431, "zone/z2"):
        zone.check(_asked(zone_id="z2"))


@pytest.mark.parametrize(
    ("offering", "asked_gib", "size_bytes"),
    [
        ("tiny", None, 2 * GIB),
        ("tiny", 2, 2 * GIB),
        ("tiny", 7, 7 * GIB),
        ("fixed", None, 5 * GIB),
    ],
)
def test_the_root_disks_size_is_the_offerings_the_callers_or_the_templates(
    zone: SmallZone, offering: str, asked_gib: int | None, size_bytes: int
) -> None:
    """In this order."""
    claim = zone.claim(_asked(service_offering_id=offering, root_disk_size=asked_gib))
    (root,) = _disks(zone, claim.id)
    assert root.size_bytes == size_bytes


def test_an_offerings_root_size_must_hold_the_template(zone: SmallZone) -> None:
    """Exactly its size does."""
    _template(zone, size_bytes=5 * GIB)
    zone.check(_asked(service_offering_id="fixed"))
    _template(zone, size_bytes=5 * GIB + 1)
    with refusal(errors.Invalid, 431, "template/debian"):
        zone.check(_asked(service_offering_id="fixed"))


def test_it_begins_as_a_stopped_machine_with_allocated_volumes(zone: SmallZone) -> None:
    """Root disk as device 0, data disk as device 1; all are the owner's."""
    claim = zone.claim(_asked(name="web", disk_offering_id="rated"))
    assert claim.locks == (f"vm/{claim.id}",)
    vm = zone.inventory.get(Vm, claim.id)
    assert vm == Vm(
        id=claim.id,
        created_s=NOW_S,
        name="web",
        account_id="alice",
        domain_id="sales",
        zone_id="z1",
        service_offering_id="tiny",
        template_id="debian",
        hypervisor=vm.hypervisor,
        cpus=1,
        memory_bytes=GIB,
        state=VmState.STOPPED,
    )
    root, data = _disks(zone, vm.id)
    assert (root.name, root.type, root.device_id) == ("ROOT-web", "ROOT", 0)
    assert (root.template_id, root.disk_offering_id) == ("debian", "tiny-root")
    assert (data.name, data.type, data.device_id) == ("DATA-web", "DATADISK", 1)
    assert (data.template_id, data.min_iops, data.max_iops) == ("", 100, 200)
    for volume in (root, data):
        assert (volume.state, volume.account_id, volume.pool_id) == (
            VolumeState.ALLOCATED,
            "alice",
            "",
        )


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"name": "a", "display_name": "b"}, "a"),
        ({"display_name": "b"}, "b"),
        ({}, "VM-"),
    ],
    ids=str,
)
def test_a_machine_has_a_name_in_any_case(
    zone: SmallZone, asked: dict[str, object], name: str
) -> None:
    """Its display name, or its id."""
    claim = zone.claim(_asked(**asked))
    expected = f"VM-{claim.id}" if name == "VM-" else name
    assert zone.inventory.get(Vm, claim.id).name == expected


COSTS = {
    "vm": 1,
    "cpu": 2,
    "memory": 2048,
    "volume": 2,
    "primary_storage": 6,
}


@pytest.mark.parametrize(("resource", "cost"), COSTS.items())
def test_the_owner_pays_for_machine_and_volumes(zone: SmallZone, resource: str, cost: int) -> None:
    """At the exact border, in the resource's unit."""
    command = _asked(service_offering_id="fixed", disk_offering_id="small")
    zone.limit("alice", resource, cost - 1)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(command)
    zone.limit("alice", resource, cost)
    zone.claim(command)
    alice = zone.inventory.get(Account, "alice")
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        require_quota(zone.context(ALICE), alice, **{resource: RESOURCES[resource].unit})


def test_a_machine_without_a_data_disk_pays_one_volume(zone: SmallZone) -> None:
    """And its root disk's size."""
    zone.limit("alice", "volume", 1)
    zone.limit("alice", "primary_storage", 2)
    zone.claim(DEPLOY)


def test_it_starts_unless_it_shall_stay_a_record(zone: SmallZone) -> None:
    """With startvm=false the plan has no steps."""
    assert zone.plan(_asked(start_vm=False)).steps == ()
    assert [type(step.do).__name__ for step in zone.plan(DEPLOY).steps] == [
        "NoneType",
        "RunJobs",
        "CreateDisk",
        "StartVm",
    ]


def test_it_starts_on_the_host_that_was_named(zone: SmallZone) -> None:
    """In the other cluster its disks are there, too."""
    *_, start = zone.plan(_asked(host_id="h3"), ADMIN).steps
    assert start.actor == "host/h3"


def test_a_machine_that_could_not_be_deployed_is_in_error(zone: SmallZone) -> None:
    """One that runs, or is gone, stays as it is."""
    claim = zone.claim(DEPLOY)
    zone.apply(give_up(zone.context(), claim.id))
    assert zone.inventory.get(Vm, claim.id).state is VmState.ERROR
    zone.vm("up")
    assert give_up(zone.context(), "up") == ()
    assert give_up(zone.context(), "none") == ()
