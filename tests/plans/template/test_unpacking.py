"""OVAs of several disks: the templates of their data disks, and machines that are made of them."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.internal import UnpackTemplate
from core.model.commands.template import DeleteTemplate, RegisterTemplate
from core.model.commands.vm import DataDiskOffered, DeployVirtualMachine
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import StoreRef, Template, Volume
from core.model.states import RefState, TemplateState
from core.plans.context import GIB
from core.plans.operation import RemoveImage, RunJobs, UnpackDisk
from core.plans.template.unpacking import children_of
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

UNPACK = UnpackTemplate(id="debian")


@pytest.fixture
def zone() -> SmallZone:
    """Template debian is an OVA, with data disks of one and two GiB beside its root disk."""
    zone = SmallZone()
    debian = zone.inventory.get(Template, "debian")
    disks = (GIB, 2 * GIB)
    zone.add(msgspec.structs.replace(debian, format=DiskFormat.OVA, data_disks=disks))
    return zone


def unpacked(zone: SmallZone) -> list[Template]:
    """The templates of its data disks, which are ready."""
    zone.run(zone.plan(UNPACK, ADMIN))
    debian = zone.inventory.get(Template, "debian")
    for child in children_of(zone.context(), debian):
        zone.add(msgspec.structs.replace(child, state=TemplateState.DOWNLOADED, job_id=""))
        for ref in list(zone.inventory.having(StoreRef, "of", child.id)):
            zone.add(msgspec.structs.replace(ref, state=RefState.READY, job_id=""))
    return children_of(zone.context(), debian)


def deployment(template: str, offering: str = "large") -> DeployVirtualMachine:
    """A command deployVirtualMachine of debian, with a disk of that template."""
    offered = DataDiskOffered(data_disk_template_id=template, disk_offering_id=offering)
    return DeployVirtualMachine(
        zone_id="z1",
        service_offering_id="tiny",
        template_id="debian",
        data_disk_offering_list=(offered,),
        start_vm=False,
    )


def test_each_data_disk_becomes_a_template_once(zone: SmallZone) -> None:
    """Of its parent's owner and kind, beside the parent's image; asked again there is no more."""
    plan = zone.plan(UNPACK, ADMIN)
    unpacks = [step.do for step in plan.steps if isinstance(step.do, UnpackDisk)]
    assert [unpack.number for unpack in unpacks] == [1, 2]
    assert {step.actor for step in plan.steps} == {"image_store/s1"}
    first, second = unpacked(zone)
    assert (first.type, first.parent_id, first.size_bytes) == ("DATADISK", "debian", GIB)
    assert (second.account_id, second.size_bytes) == ("admin", 2 * GIB)
    assert zone.plan(UNPACK, ADMIN).steps == ()


def test_data_disks_count_as_storage_but_not_as_templates(zone: SmallZone) -> None:
    """The account has registered one."""
    before = zone.inventory.total("account.secondary_bytes", "admin")
    unpacked(zone)
    assert zone.inventory.total("account.templates", "admin") == 1
    assert zone.inventory.total("account.secondary_bytes", "admin") == before + 3 * GIB


@pytest.mark.parametrize(("format", "hypervisor"), [("OVA", "VMware"), ("QCOW2", "KVM")])
def test_only_archives_are_unpacked(zone: SmallZone, format: str, hypervisor: str) -> None:
    """After they have come, in the zones where they shall be."""
    command = RegisterTemplate(
        name="t",
        url="https://a.example/t",
        format=format,
        hypervisor=hypervisor,
        zone_ids=("z1", "z2"),
    )
    errands = [
        (each.command, msgspec.json.decode(each.request))
        for step in zone.plan(command).steps
        if isinstance(step.do, RunJobs)
        for each in step.do.errands
    ]
    names = [name for name, _ in errands]
    assert names == (["unpackTemplate"] if format == "OVA" else []) + ["copyTemplate"]
    if format == "OVA":
        assert errands[0][1]["zoneids"] == ["z2"]


def test_a_template_goes_with_its_data_disks(zone: SmallZone) -> None:
    """None of which goes alone."""
    first, second = unpacked(zone)
    with refusal(errors.Conflict, 431, f"template/{first.id}"):
        zone.check(DeleteTemplate(id=first.id), ADMIN)
    zone.add(msgspec.structs.replace(second, job_id="j"))
    with refusal(errors.Conflict, 431, f"template/{second.id}"):
        zone.check(DeleteTemplate(id="debian"), ADMIN)
    zone.add(second)
    plan = zone.plan(DeleteTemplate(id="debian"), ADMIN)
    assert sum(isinstance(step.do, RemoveImage) for step in plan.steps) == 3
    zone.run(plan)
    assert zone.inventory.count(Template) == 0


def test_a_data_disk_is_made_of_its_template(zone: SmallZone) -> None:
    """As large as its offering; the others of the archive are left out."""
    _, second = unpacked(zone)
    claim = zone.claim(deployment(second.id))
    data = [
        volume
        for volume in zone.inventory.having(Volume, "vm", claim.id)
        if volume.type == "DATADISK"
    ]
    assert [(one.template_id, one.size_bytes, one.device_id) for one in data] == [
        (second.id, 10 * GIB, 1)
    ]


def test_blank_disks_and_those_of_templates_share_the_slots(zone: SmallZone) -> None:
    """Blank ones come first; all count for the most that a machine may have."""
    first, _ = unpacked(zone)
    command = msgspec.structs.replace(deployment(first.id), disk_offering_id="small")
    claim = zone.claim(command)
    slots = {
        volume.device_id: volume.template_id
        for volume in zone.inventory.having(Volume, "vm", claim.id)
    }
    assert slots == {0: "debian", 1: "", 2: first.id}
    most = 32
    crowd = command.data_disk_offering_list * most
    with refusal(errors.Invalid, 431):
        zone.check(msgspec.structs.replace(command, data_disk_offering_list=crowd))


def test_wrong_data_disks_are_refused(zone: SmallZone) -> None:
    """Those of other templates or of none, too small or customized offerings, and as root disks."""
    _, second = unpacked(zone)
    zone.add(msgspec.structs.replace(second, id="foreign", parent_id="other"))
    for template in ("foreign", "debian", "none"):
        with refusal(errors.Invalid, 431, f"template/{template}"):
            zone.check(deployment(template))
    for offering in ("small", "custom"):
        with refusal(errors.Invalid, 431, f"disk_offering/{offering}"):
            zone.check(deployment(second.id, offering))
    alone = msgspec.structs.replace(
        deployment(second.id), template_id=second.id, data_disk_offering_list=()
    )
    with refusal(errors.Invalid, 431, f"template/{second.id}"):
        zone.check(alone)


def test_unpacking_waits_for_the_archive(zone: SmallZone) -> None:
    """One that failed to come is not unpacked."""
    debian = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(debian, state=TemplateState.DOWNLOAD_ERROR))
    with refusal(errors.Conflict, 431, "template/debian"):
        zone.check(UNPACK, ADMIN)
    assert debian.hypervisor is Hypervisor.KVM
