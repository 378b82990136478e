"""attachIso and detachIso: what is refused, and what a machine sees."""

from collections.abc import Callable

import msgspec
import pytest

from core.model import errors
from core.model.commands.image.iso import AttachIso, DeleteIso, DetachIso
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, StoreRef, Template, Vm
from core.model.states import VmState
from core.plans.iso.disc import disc_of
from core.plans.operation import EjectIso, ImageAt, InsertIso
from tests.refusal import refusal
from tests.small_zone import ALICE, BOB, SmallZone

ATTACH = AttachIso(id="disc", virtual_machine_id="vm")
DETACH = DetachIso(virtual_machine_id="vm")
AT = ImageAt(store_id="s1", path="disc.iso")
Prepare = Callable[[SmallZone], object]


@pytest.fixture
def zone() -> SmallZone:
    """With ISOs disc and other of alice, and her running machine vm."""
    zone = SmallZone()
    debian = zone.inventory.get(Template, "debian")
    for id in ("disc", "other"):
        zone.add(
            msgspec.structs.replace(
                debian,
                id=id,
                format=DiskFormat.ISO,
                hypervisor=Hypervisor.NONE,
                account_id="alice",
                domain_id="sales",
                public=False,
            )
        )
        zone.ref(id, "template", path=f"{id}.iso", format=DiskFormat.ISO)
    zone.vm()
    return zone


def _nothing(zone: SmallZone) -> None:
    pass


def _elsewhere(zone: SmallZone) -> None:
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, zone_id="z2"))


Asked = tuple[Prepare, AttachIso, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    (lambda z: z.vm(state=VmState.DESTROYED), ATTACH, errors.Conflict, 431, "vm/vm"),
    (lambda z: z.vm(state=VmState.STARTING, job_id="j"), ATTACH, errors.Conflict, 431, "vm/vm"),
    (lambda z: z.vm(iso_id="other"), ATTACH, errors.Conflict, 431, "vm/vm"),
    (
        lambda z: z.inventory.remove(StoreRef, "ref-disc"),
        ATTACH,
        errors.Unavailable,
        530,
        "template/disc",
    ),
    (_elsewhere, ATTACH, errors.Unavailable, 530, "template/disc"),
    (
        _nothing,
        AttachIso(id="debian", virtual_machine_id="vm"),
        errors.NotFound,
        431,
        "template/debian",
    ),
    (
        _nothing,
        AttachIso(id="disc", virtual_machine_id="none"),
        errors.NotFound,
        431,
        "vm/none",
    ),
]


@pytest.mark.parametrize(("prepare", "command", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_attached_is_refused(
    zone: SmallZone,
    prepare: Prepare,
    command: AttachIso,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each with its reason and a way out."""
    prepare(zone)
    with refusal(kind, number, object):
        zone.check(command)


def test_what_others_do_not_share_is_unknown(zone: SmallZone) -> None:
    """Once it is public they use it too."""
    zone.vm("bobs", account_id="bob", domain_id="lab")
    command = AttachIso(id="disc", virtual_machine_id="bobs")
    with refusal(errors.NotFound, 431, "template/disc"):
        zone.check(command, BOB)
    disc = zone.inventory.get(Template, "disc")
    zone.add(msgspec.structs.replace(disc, public=True))
    zone.check(command, BOB)
    with refusal(errors.NotFound, 431, "vm/vm"):
        zone.check(ATTACH, BOB)


def test_a_running_machine_sees_it_at_once(zone: SmallZone) -> None:
    """It is put into the drive, and taken out again if the job fails."""
    (step,) = zone.plan(ATTACH).steps
    assert (step.do, step.undo) == (InsertIso(vm_id="vm", iso=AT), EjectIso(vm_id="vm"))
    zone.apply(step.begin)
    assert zone.inventory.get(Vm, "vm").iso_id == "disc"
    with refusal(errors.Conflict, 431, "template/disc"):
        zone.check(DeleteIso(id="disc"))
    zone.apply(step.revert)
    assert zone.inventory.get(Vm, "vm").iso_id == ""


def test_force_replaces_the_one_in_the_drive(zone: SmallZone) -> None:
    """That one comes back if the job fails."""
    zone.vm(iso_id="other")
    out, into = zone.plan(msgspec.structs.replace(ATTACH, forced=True)).steps
    other = ImageAt(store_id="s1", path="other.iso")
    assert (out.do, out.undo) == (EjectIso(vm_id="vm"), InsertIso(vm_id="vm", iso=other))
    assert into.do == InsertIso(vm_id="vm", iso=AT)
    zone.apply((*out.commit, *into.revert, *out.revert))
    assert zone.inventory.get(Vm, "vm").iso_id == "other"


def test_a_stopped_machine_sees_it_when_it_starts(zone: SmallZone) -> None:
    """Until then it is only noted."""
    zone.stopped_vm()
    plan = zone.plan(ATTACH)
    assert [step.do for step in plan.steps] == [None]
    zone.run(plan)
    vm = zone.inventory.get(Vm, "vm")
    assert disc_of(zone.context(ALICE), vm) == AT
    zone.inventory.remove(StoreRef, "ref-disc")
    assert disc_of(zone.context(ALICE), vm) is None


@pytest.mark.parametrize("state", [VmState.RUNNING, VmState.STOPPED])
def test_a_drive_is_emptied(zone: SmallZone, state: VmState) -> None:
    """At once in a machine that runs."""
    zone.vm(iso_id="disc", state=state)
    plan = zone.plan(DETACH)
    assert plan.steps[0].do == (EjectIso(vm_id="vm") if state is VmState.RUNNING else None)
    zone.run(plan)
    assert zone.inventory.get(Vm, "vm").iso_id == ""


def test_an_empty_drive_is_not_emptied(zone: SmallZone) -> None:
    """Nor one of a machine that is destroyed."""
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(DETACH)
    zone.vm(iso_id="disc", state=VmState.DESTROYED)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(DETACH)
