"""createTemplate: what it is made of, what is refused, what it costs."""

from collections.abc import Callable, Mapping

import msgspec
import pytest

from core.model import errors
from core.model.commands.template import CreateTemplate
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, Pool, Snapshot, StoreRef, Template
from core.model.states import PoolState, RefState, SnapshotState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import DiskAt, ImageAt, StoreImage
from core.plans.step import Change, Step
from core.plans.template import create
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, SmallZone

OF_VOLUME = CreateTemplate(name="mine", os_type_id="debian-12", volume_id="vol")
OF_SNAPSHOT = CreateTemplate(name="mine", os_type_id="debian-12", snapshot_id="snap")
Prepare = Callable[[SmallZone], object]
Changes = dict[str, str | int | bool | None]


@pytest.fixture
def zone() -> SmallZone:
    """With volume vol and its snapshot snap."""
    zone = SmallZone()
    zone.volume(size_bytes=3 * GIB)
    zone.snapshot(size_bytes=3 * GIB)
    return zone


def _pool_of_volumes(zone: SmallZone, state: PoolState) -> None:
    pool = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(pool, state=state))


def _encrypted(zone: SmallZone) -> None:
    small = zone.context(ADMIN).disk_offering("small")
    zone.add(msgspec.structs.replace(small, encrypt=True))


def _nothing(zone: SmallZone) -> None:
    pass


Asked = tuple[Prepare, CreateTemplate, Changes, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    (_nothing, OF_VOLUME, {"volume_id": None}, errors.Invalid, 431, ""),
    (_nothing, OF_VOLUME, {"snapshot_id": "snap"}, errors.Invalid, 431, ""),
    (_nothing, OF_VOLUME, {"zone_id": "z1"}, errors.Invalid, 431, "volume/vol"),
    (_nothing, OF_VOLUME, {"volume_id": "none"}, errors.NotFound, 431, "volume/none"),
    (_nothing, OF_SNAPSHOT, {"zone_id": "z2"}, errors.Invalid, 431, "snapshot/snap"),
    (_nothing, OF_VOLUME, {"bits": 16}, errors.Invalid, 431, ""),
    (_nothing, OF_VOLUME, {"arch": "vax"}, errors.Invalid, 431, ""),
    (_nothing, OF_VOLUME, {"os_type_id": "vms"}, errors.NotFound, 431, "ostype/vms"),
    (_nothing, OF_VOLUME, {"name": "SystemVM Template 1"}, errors.Invalid, 431, ""),
    (lambda z: z.vm(), OF_VOLUME, {}, errors.Conflict, 530, "vm/vm"),
    (
        lambda z: z.vm(state=VmState.STOPPING, job_id="j"),
        OF_VOLUME,
        {},
        errors.Conflict,
        530,
        "vm/vm",
    ),
    (
        lambda z: z.volume(state=VolumeState.MIGRATING, job_id="j"),
        OF_VOLUME,
        {},
        errors.Conflict,
        431,
        "volume/vol",
    ),
    (lambda z: z.allocated(), OF_VOLUME, {}, errors.Conflict, 431, "volume/vol"),
    (
        lambda z: _pool_of_volumes(z, PoolState.MAINTENANCE),
        OF_VOLUME,
        {},
        errors.Conflict,
        530,
        "pool/nfs",
    ),
    (
        lambda z: z.snapshot(state=SnapshotState.BACKING_UP, job_id="j"),
        OF_SNAPSHOT,
        {},
        errors.Conflict,
        431,
        "snapshot/snap",
    ),
    (
        lambda z: z.inventory.remove(StoreRef, "ref-snap"),
        OF_SNAPSHOT,
        {},
        errors.Unavailable,
        530,
        "snapshot/snap",
    ),
    (_encrypted, OF_VOLUME, {}, errors.Unsupported, 431, "volume/vol"),
    (_encrypted, OF_SNAPSHOT, {}, errors.Unsupported, 431, "snapshot/snap"),
    (
        lambda z: z.stopped_vm(hypervisor=Hypervisor.LXC),
        OF_VOLUME,
        {},
        errors.Unsupported,
        431,
        "volume/vol",
    ),
    (
        lambda z: z.snapshot(hypervisor="LXC"),
        OF_SNAPSHOT,
        {},
        errors.Unsupported,
        431,
        "snapshot/snap",
    ),
    (
        lambda z: z.set("allow.public.user.templates", False, "account", "alice"),
        OF_VOLUME,
        {"is_public": True},
        errors.Invalid,
        431,
        "setting/allow.public.user.templates",
    ),
]


@pytest.mark.parametrize(("prepare", "command", "fields", "kind", "number", "object"), REFUSALS)
def test_what_no_template_is_made_of_is_refused(
    zone: SmallZone,
    prepare: Prepare,
    command: CreateTemplate,
    fields: Changes,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each with its reason and a way out."""
    zone.volume(vm_id="vm")
    prepare(zone)
    with refusal(kind, number, object):
        zone.check(msgspec.structs.replace(command, **fields))


def test_a_disk_that_nothing_says_the_hypervisor_of_makes_no_template(zone: SmallZone) -> None:
    """Neither it nor its pool tells it."""
    wide = zone.inventory.get(Pool, "wide")
    zone.add(msgspec.structs.replace(wide, hypervisor="Any"))
    zone.volume(pool_id="wide")
    with refusal(errors.Invalid, 431, "volume/vol"):
        zone.check(OF_VOLUME)
    with refusal(errors.Invalid, 431, "snapshot/snap"):
        zone.check(OF_SNAPSHOT)


@pytest.mark.parametrize("command", [OF_VOLUME, OF_SNAPSHOT], ids=["volume", "snapshot"])
def test_what_is_foreign_is_unknown(zone: SmallZone, command: CreateTemplate) -> None:
    """Nobody makes a template of what he does not see."""
    with pytest.raises(errors.NotFound):
        zone.check(command, BOB)


@pytest.mark.parametrize("state", [VmState.STOPPED, VmState.DESTROYED])
def test_the_root_disk_of_a_machine_that_rests_makes_a_template(
    zone: SmallZone, state: VmState
) -> None:
    """The disk and its machine are kept from being used meanwhile."""
    zone.stopped_vm(state=state)
    zone.root()
    command = msgspec.structs.replace(OF_VOLUME, volume_id="root-vm")
    claim = zone.claim(command)
    template = zone.inventory.get(Template, claim.id)
    assert claim.locks == ("volume/root-vm", "vm/vm")
    assert (template.size_bytes, template.source_id) == (2 * GIB, "debian")
    assert (template.hypervisor, template.format) == (Hypervisor.KVM, DiskFormat.QCOW2)
    step = create.plan(zone.context(), command, claim.id).steps[0]
    assert isinstance(step.do, StoreImage)
    assert step.do.source == DiskAt(pool_id="nfs", name="root-vm")


def test_a_snapshot_makes_a_template_without_its_volume(zone: SmallZone) -> None:
    """Its image is copied in its own zone."""
    claim = zone.claim(OF_SNAPSHOT)
    assert claim.locks == ("snapshot/snap",)
    plan = create.plan(zone.context(), OF_SNAPSHOT, claim.id)
    assert isinstance(plan.steps[0].do, StoreImage)
    assert plan.steps[0].do.source == ImageAt(store_id="s1", path="snapshots/snap")
    zone.run(plan)
    assert zone.inventory.get(Template, claim.id).zone_id == "z1"


def test_a_snapshot_makes_a_template_where_it_was_copied_to(zone: SmallZone) -> None:
    """Zoneid says in which zone."""
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    copy = zone.inventory.get(StoreRef, "ref-snap")
    zone.add(msgspec.structs.replace(copy, id="ref-2", store_id="s2"))
    command = msgspec.structs.replace(OF_SNAPSHOT, zone_id="z2")
    plan = zone.plan(command)
    assert plan.steps[0].actor == "image_store/s2"
    (template,) = (each for each in zone.inventory.all(Template) if each.name == "mine")
    assert template.zone_id == "z2"


def test_a_template_costs_one_and_the_whole_volume_at_first(zone: SmallZone) -> None:
    """The limits of the account that is to own it."""
    zone.limit("alice", "secondary_storage", 6)
    zone.check(OF_VOLUME)
    zone.limit("alice", "secondary_storage", 5)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(OF_VOLUME)
    zone.limit("alice", "secondary_storage", -1)
    zone.limit("alice", "template", 0)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(OF_VOLUME)


def test_a_template_says_what_its_guest_needs(zone: SmallZone) -> None:
    """All that was given is recorded; only administrators feature it."""
    command = msgspec.structs.replace(
        OF_VOLUME,
        display_text="My own",
        bits=32,
        arch="aarch64",
        is_public=True,
        is_featured=True,
        template_tag="gold",
        password_enabled=True,
        ssh_key_enabled=True,
        requires_hvm=False,
        is_dynamically_scalable=True,
        details={"rootDiskController": "virtio"},
    )
    template = zone.inventory.get(Template, zone.claim(command).id)
    assert (template.display_text, template.os_type_id) == ("My own", "debian-12")
    assert (template.bits, template.arch, template.tag) == (32, "aarch64", "gold")
    assert (template.password_enabled, template.ssh_key_enabled) == (True, True)
    assert (template.requires_hvm, template.dynamically_scalable) == (False, True)
    assert template.details == {"rootDiskController": "virtio"}
    assert (template.public, template.featured) == (True, False)
    assert zone.inventory.get(Template, zone.claim(command, ADMIN).id).featured


def test_a_template_of_vmware_stays_an_ova(zone: SmallZone) -> None:
    """Its files lie unpacked on the store; elsewhere the format is what the store made of it."""
    zone.snapshot(hypervisor="VMware")
    step = zone.plan(OF_SNAPSHOT).steps[0]
    learnt = _learnt(step)
    assert "format" not in learnt["template"]
    assert learnt["store_ref"]["format"] == "format"
    assert all("format" in fields for fields in _learnt(zone.plan(OF_VOLUME).steps[0]).values())


def _learnt(step: Step) -> dict[str, Mapping[str, str]]:
    """By kind of record: what it learns when the step was done."""
    return {effect.kind: effect.learn for effect in step.commit if isinstance(effect, Change)}


def test_a_template_that_could_not_be_made_is_forgotten(zone: SmallZone) -> None:
    """Nothing of it is counted any more."""
    claim = zone.claim(OF_VOLUME)
    assert zone.inventory.total("account.secondary_bytes", "alice") == 6 * GIB
    zone.apply(create.give_up(zone.context(ALICE), claim.id))
    assert zone.inventory.find(Template, claim.id) is None
    assert zone.inventory.total("account.secondary_bytes", "alice") == 3 * GIB


def test_the_image_is_being_made_until_the_copy_is_complete(zone: SmallZone) -> None:
    """Its room on the store is taken from the beginning."""
    plan = zone.plan(OF_VOLUME)
    before = zone.inventory.total("store.allocated", "s1")
    zone.apply(plan.steps[0].begin)
    (ref,) = (each for each in zone.inventory.all(StoreRef) if each.state is RefState.CREATING)
    assert ref.of_kind == "template"
    assert zone.inventory.total("store.allocated", "s1") == before + 3 * GIB
    assert zone.inventory.find(Snapshot, "snap") is not None
