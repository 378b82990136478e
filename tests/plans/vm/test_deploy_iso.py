"""deployVirtualMachine from an ISO: a blank root disk, and what becomes of it later."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import (
    DeployVirtualMachine,
    RebootVirtualMachine,
    RestoreVirtualMachine,
)
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import ServiceOffering, Template, Vm, Volume
from core.model.states import VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, StartVm
from tests.refusal import refusal
from tests.small_zone import ALICE, SmallZone

DEPLOY = DeployVirtualMachine(
    zone_id="z1",
    service_offering_id="tiny",
    template_id="installer",
    disk_offering_id="large",
    hypervisor="kvm",
)


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a bootable ISO."""
    zone = SmallZone()
    debian = zone.inventory.get(Template, "debian")
    zone.add(
        msgspec.structs.replace(
            debian, id="installer", format=DiskFormat.ISO, hypervisor=Hypervisor.NONE
        )
    )
    zone.ref("installer", "template", format=DiskFormat.ISO)
    return zone


def installed(zone: SmallZone) -> Vm:
    """A machine that runs, with the ISO in its drive."""
    claim = zone.claim(DEPLOY)
    vm = zone.inventory.get(Vm, claim.id)
    (root,) = zone.inventory.having(Volume, "vm", vm.id)
    zone.add(msgspec.structs.replace(root, pool_id="nfs", state=VolumeState.READY))
    return zone.vm(vm.id, iso_id=vm.iso_id, source_iso_id=vm.source_iso_id, template_id="")


def test_the_root_disk_is_blank_and_as_large_as_its_offering(zone: SmallZone) -> None:
    """The ISO is in the drive when the machine starts; there is no data disk."""
    plan = zone.plan(DEPLOY)
    (vm,) = zone.inventory.all(Vm)
    (root,) = zone.inventory.having(Volume, "vm", vm.id)
    assert (root.type, root.template_id, root.size_bytes) == ("ROOT", "", 10 * GIB)
    assert root.disk_offering_id == "large"
    assert (vm.hypervisor, vm.iso_id, vm.template_id) == (Hypervisor.KVM, "installer", "")
    made = [step.do for step in plan.steps if isinstance(step.do, CreateDisk)]
    assert [disk.source for disk in made] == [None]
    start = plan.steps[-1].do
    assert isinstance(start, StartVm)
    assert start.iso is not None


def test_a_customized_offering_takes_a_size(zone: SmallZone) -> None:
    """Data disks are asked for by their details."""
    command = msgspec.structs.replace(DEPLOY, disk_offering_id="custom", size=7)
    claim = zone.claim(command)
    (root,) = zone.inventory.having(Volume, "vm", claim.id)
    assert root.size_bytes == 7 * GIB


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"hypervisor": None}, "template/installer"),
    ({"hypervisor": "none such"}, ""),
    ({"disk_offering_id": None}, "template/installer"),
    ({"root_disk_size": 5}, "template/installer"),
    ({"override_disk_offering_id": "small"}, "template/installer"),
    ({"size": 5}, "disk_offering/large"),
    ({"volume_id": "vol"}, ""),
]


@pytest.mark.parametrize(("fields", "object"), REFUSED, ids=str)
def test_what_cannot_be_installed_is_refused(
    zone: SmallZone, fields: dict[str, object], object: str
) -> None:
    """The number is 431."""
    with refusal(errors.Invalid, 431, object):
        zone.check(msgspec.structs.replace(DEPLOY, **fields))


def test_only_bootable_isos_boot(zone: SmallZone) -> None:
    """And only with offerings that leave the root disk's open."""
    iso = zone.inventory.get(Template, "installer")
    zone.add(msgspec.structs.replace(iso, bootable=False))
    with refusal(errors.Invalid, 431, "template/installer"):
        zone.check(DEPLOY)
    zone.add(iso)
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.add(msgspec.structs.replace(tiny, disk_strict=True))
    with refusal(errors.Invalid, 431, "template/installer"):
        zone.check(DEPLOY)


def test_foreign_and_absent_isos_are_not_booted(zone: SmallZone) -> None:
    """A private one is unknown; one that is not in the zone is not ready there (530)."""
    iso = zone.inventory.get(Template, "installer")
    zone.add(msgspec.structs.replace(iso, public=False))
    with refusal(errors.NotFound, 431, "template/installer"):
        zone.check(DEPLOY, ALICE)
    zone.add(msgspec.structs.replace(iso, id="elsewhere"))
    with refusal(errors.Unavailable, 530, "template/elsewhere"):
        zone.check(msgspec.structs.replace(DEPLOY, template_id="elsewhere"))


def test_restored_it_is_blank_again(zone: SmallZone) -> None:
    """The disc stays in the drive; so it is when a volatile machine reboots."""
    vm = installed(zone)
    tiny = zone.inventory.get(ServiceOffering, "tiny")
    zone.check(RestoreVirtualMachine(virtual_machine_id=vm.id))
    zone.add(msgspec.structs.replace(tiny, volatile=True))
    zone.check(RebootVirtualMachine(id=vm.id))
    plan = zone.plan(RestoreVirtualMachine(virtual_machine_id=vm.id))
    (made,) = (step.do for step in plan.steps if isinstance(step.do, CreateDisk))
    assert (made.source, made.disk.size_bytes) == (None, 10 * GIB)
    (start,) = (step.do for step in plan.steps if isinstance(step.do, StartVm))
    assert start.iso is not None
    zone.run(plan)
    assert zone.inventory.get(Vm, vm.id).source_iso_id == "installer"


def test_restored_from_a_template_it_is_that_templates(zone: SmallZone) -> None:
    """Nothing is blank from then on."""
    vm = installed(zone)
    zone.run(zone.plan(RestoreVirtualMachine(virtual_machine_id=vm.id, template_id="debian")))
    after = zone.inventory.get(Vm, vm.id)
    assert (after.template_id, after.source_iso_id) == ("debian", "")


def test_a_machine_of_a_volume_is_not_restored_to_nothing(zone: SmallZone) -> None:
    """Though an ISO is in its drive."""
    zone.vm(template_id="", iso_id="installer")
    zone.root(template_id="")
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(RestoreVirtualMachine(virtual_machine_id="vm"))
