"""deleteTemplate: who needs it, what goes in which order, and zones."""

from collections.abc import Callable

import msgspec
import pytest

from core.model import errors
from core.model.commands.template import DeleteTemplate
from core.model.records import ImageStore, Pool, PoolTemplate, StoreRef, Tag, Template
from core.model.states import RefState, TemplateState
from core.plans.operation import RemoveDisk, RemoveImage
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, SmallZone

DELETE = DeleteTemplate(id="mine")
Prepare = Callable[[SmallZone], object]
Changes = dict[str, str | bool]


@pytest.fixture
def zone() -> SmallZone:
    """With template mine of alice on stores s1 of z1 and s2 of z2, and on pool nfs."""
    zone = SmallZone()
    debian = zone.inventory.get(Template, "debian")
    zone.add(
        msgspec.structs.replace(
            debian, id="mine", name="mine", account_id="alice", domain_id="sales", public=False
        )
    )
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, id="s2", name="s2", zone_id="z2"))
    ref = zone.ref("mine", "template")
    zone.add(msgspec.structs.replace(ref, id="ref-2", store_id="s2"))
    zone.add(PoolTemplate(id="copy", pool_id="nfs", template_id="mine", state=RefState.READY))
    return zone


def _downloading(zone: SmallZone) -> None:
    template = zone.inventory.get(Template, "mine")
    state = TemplateState.DOWNLOAD_IN_PROGRESS
    zone.add(msgspec.structs.replace(template, state=state, job_id="j"))


def _seeding(zone: SmallZone) -> None:
    copy = zone.inventory.get(PoolTemplate, "copy")
    zone.add(msgspec.structs.replace(copy, state=RefState.CREATING, job_id="j"))


def _of_the_system(zone: SmallZone) -> None:
    template = zone.inventory.get(Template, "mine")
    zone.add(msgspec.structs.replace(template, type="SYSTEM"))


def _nothing(zone: SmallZone) -> None:
    pass


Asked = tuple[Prepare, Changes, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    (lambda z: z.stopped_vm(template_id="mine"), {}, errors.Conflict, 431, "template/mine"),
    (
        lambda z: z.stopped_vm(template_id="mine"),
        {"zone_id": "z1"},
        errors.Conflict,
        431,
        "template/mine",
    ),
    (_downloading, {}, errors.Conflict, 431, "template/mine"),
    (_seeding, {}, errors.Conflict, 431, "template/mine"),
    (_of_the_system, {}, errors.Invalid, 431, "template/mine"),
    (_nothing, {"zone_id": "z9"}, errors.NotFound, 431, "zone/z9"),
    (lambda z: z.inventory.remove(StoreRef, "ref-2"), {"zone_id": "z2"}, errors.NotFound, 431, ""),
    (_nothing, {"id": "none"}, errors.NotFound, 431, "template/none"),
]


@pytest.mark.parametrize(("prepare", "fields", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_deleted_is_refused(
    zone: SmallZone,
    prepare: Prepare,
    fields: Changes,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each with its reason and a way out."""
    prepare(zone)
    with refusal(kind, number, object or "zone/z2"):
        zone.check(msgspec.structs.replace(DELETE, **fields))


def test_what_belongs_to_others_is_unknown_or_denied(zone: SmallZone) -> None:
    """Denied only where the caller sees it."""
    with refusal(errors.NotFound, 431, "template/mine"):
        zone.check(DELETE, BOB)
    with refusal(errors.Denied, 531, "template/debian"):
        zone.check(DeleteTemplate(id="debian"), ALICE)
    zone.check(DELETE, ADMIN)


def test_a_system_template_is_deleted_when_that_is_said(zone: SmallZone) -> None:
    """Nobody does it by mistake."""
    _of_the_system(zone)
    zone.check(msgspec.structs.replace(DELETE, is_system=True))


def test_machines_in_other_zones_do_not_keep_it(zone: SmallZone) -> None:
    """Nor any, when it is forced."""
    zone.stopped_vm(template_id="mine")
    zone.check(msgspec.structs.replace(DELETE, zone_id="z2"))
    zone.check(msgspec.structs.replace(DELETE, forced=True))


def test_it_goes_from_pools_and_stores_and_is_forgotten_last(zone: SmallZone) -> None:
    """From the first step on nobody can use it; every step is final."""
    zone.add(
        Tag(
            id="template/mine/a",
            of_kind="template",
            of_id="mine",
            key="a",
            value="1",
            account_id="alice",
            domain_id="sales",
        )
    )
    plan = zone.plan(DELETE)
    assert [type(step.do) for step in plan.steps] == [
        type(None),
        RemoveDisk,
        RemoveImage,
        RemoveImage,
        type(None),
    ]
    assert all(step.final for step in plan.steps)
    zone.apply(plan.steps[0].commit)
    states = {ref.state for ref in zone.inventory.having(StoreRef, "of", "mine")}
    assert states == {RefState.DESTROYING}
    for step in plan.steps[1:]:
        zone.apply(step.commit)
    assert zone.inventory.find(Template, "mine") is None
    assert not zone.inventory.all(PoolTemplate)
    assert not zone.inventory.all(Tag)
    assert not zone.inventory.having(StoreRef, "of", "mine")
    assert zone.inventory.total("account.templates", "alice") == 0


def test_it_is_kept_in_the_other_zones(zone: SmallZone) -> None:
    """Only what lies in the zone named goes, on pools too."""
    pool = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(pool, id="nfs2", zone_id="z2"))
    zone.add(PoolTemplate(id="copy-2", pool_id="nfs2", template_id="mine", state=RefState.READY))
    zone.run(zone.plan(msgspec.structs.replace(DELETE, zone_id="z1")))
    assert [ref.store_id for ref in zone.inventory.having(StoreRef, "of", "mine")] == ["s2"]
    assert [copy.id for copy in zone.inventory.all(PoolTemplate)] == ["copy-2"]
    assert zone.inventory.get(Template, "mine").zone_id == "z2"
    zone.run(zone.plan(msgspec.structs.replace(DELETE, zone_id="z2")))
    assert zone.inventory.find(Template, "mine") is None


def test_one_that_was_never_there_is_only_forgotten(zone: SmallZone) -> None:
    """Its download had failed."""
    for ref in list(zone.inventory.having(StoreRef, "of", "mine")):
        zone.inventory.remove(StoreRef, ref.id)
    zone.inventory.remove(PoolTemplate, "copy")
    (step,) = zone.plan(DELETE).steps
    assert step.do is None
    zone.apply(step.commit)
    assert zone.inventory.find(Template, "mine") is None
