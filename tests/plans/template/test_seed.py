"""Copies of templates on pools: prepareTemplate, what machines need, and their eviction."""

from collections.abc import Callable

import msgspec
import pytest

from core.model import errors
from core.model.commands.internal import EvictTemplate, SeedTemplate
from core.model.commands.template import PrepareTemplate
from core.model.commands.vm import DeployVirtualMachine
from core.model.pool_types import DiskFormat
from core.model.records import Pool, PoolTemplate, StoreRef, Template, Volume
from core.model.states import PoolState, RefState, TemplateState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, DiskAt, ImageAt, RemoveDisk, RunJobs
from core.plans.placement import Need, why_unfit
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone

PREPARE = PrepareTemplate(template_id="debian", zone_id="z1", storage_id="nfs")
SEED = SeedTemplate(template_id="debian", pool_id="nfs")
EVICT = EvictTemplate(id="nfs/debian")
DEPLOY = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", template_id="debian")
Prepare = Callable[[SmallZone], object]
Changes = dict[str, str | None]


@pytest.fixture
def zone() -> SmallZone:
    """The small zone."""
    return SmallZone()


def _copy(zone: SmallZone, pool_id: str = "nfs", *, unused: bool = False) -> PoolTemplate:
    return zone.add(
        PoolTemplate(
            id=f"{pool_id}/debian",
            pool_id=pool_id,
            template_id="debian",
            size_bytes=2 * GIB,
            unused=unused,
            state=RefState.READY,
        )
    )


def _pool(zone: SmallZone, pool_id: str, **fields: str | PoolState) -> None:
    pool = zone.inventory.get(Pool, pool_id)
    zone.add(msgspec.structs.replace(pool, **fields))


def _template(zone: SmallZone, **fields: str | TemplateState) -> None:
    debian = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(debian, **fields))


def _nothing(zone: SmallZone) -> None:
    pass


Asked = tuple[Prepare, Changes, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    (_nothing, {"template_id": "none"}, errors.NotFound, 431, "template/none"),
    (_nothing, {"zone_id": "z9"}, errors.NotFound, 431, "zone/z9"),
    (_nothing, {"zone_id": "z2"}, errors.Unavailable, 530, "template/debian"),
    (_nothing, {"storage_id": "none"}, errors.NotFound, 431, "pool/none"),
    (
        lambda z: _pool(z, "nfs", state=PoolState.MAINTENANCE),
        {},
        errors.Conflict,
        431,
        "pool/nfs",
    ),
    (lambda z: _pool(z, "nfs", zone_id="z2"), {}, errors.Invalid, 431, "pool/nfs"),
    (lambda z: _pool(z, "nfs", hypervisor="VMware"), {}, errors.Invalid, 431, "pool/nfs"),
    (
        lambda z: _template(z, state=TemplateState.DOWNLOAD_ERROR),
        {},
        errors.Conflict,
        431,
        "template/debian",
    ),
    (lambda z: _template(z, format=DiskFormat.ISO), {}, errors.NotFound, 431, "template/debian"),
]


@pytest.mark.parametrize(("prepare", "fields", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_prepared_is_refused(
    zone: SmallZone,
    prepare: Prepare,
    fields: Changes,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each with its reason and a way out."""
    prepare(zone)
    with refusal(kind, number, object):
        zone.check(msgspec.structs.replace(PREPARE, **fields), ADMIN)


def test_a_template_is_prepared_on_all_pools_of_its_zone(zone: SmallZone) -> None:
    """That are Up and serve its hypervisor; one that has it already is left out."""
    _copy(zone, "more")
    _pool(zone, "far", state=PoolState.DISABLED)
    _pool(zone, "wide", hypervisor="XenServer")
    (step,) = zone.plan(msgspec.structs.replace(PREPARE, storage_id=None), ADMIN).steps
    assert isinstance(step.do, RunJobs)
    assert step.do.tolerant
    pools = [each.request for each in step.do.errands]
    named = sorted(str(msgspec.json.decode(each)["poolid"]) for each in pools)
    assert named == ["local", "nfs", "rbd"]


def test_one_pool_that_is_named_must_take_it(zone: SmallZone) -> None:
    """Else the job fails."""
    (step,) = zone.plan(PREPARE, ADMIN).steps
    assert isinstance(step.do, RunJobs)
    assert not step.do.tolerant


def test_a_copy_is_made_from_the_image_of_the_zone(zone: SmallZone) -> None:
    """Its room counts from the beginning, and is free again if it fails."""
    (step,) = zone.plan(SEED, ADMIN).steps
    assert isinstance(step.do, CreateDisk)
    assert step.do.source == ImageAt(store_id="s1", path="template/tmpl/admin/debian")
    assert (step.do.disk.name, step.undo) == ("debian", RemoveDisk(name="debian"))
    zone.apply(step.begin)
    assert zone.inventory.total("pool.allocated", "nfs") == 2 * GIB
    zone.apply(step.revert)
    assert zone.inventory.total("pool.allocated", "nfs") == 0
    zone.apply((*step.begin, *step.commit))
    assert zone.inventory.get(PoolTemplate, "nfs/debian").state is RefState.READY


def test_whoever_comes_second_finds_it_there(zone: SmallZone) -> None:
    """One that was to be evicted is wanted again."""
    _copy(zone)
    assert zone.plan(SEED, ADMIN).steps == ()
    _copy(zone, unused=True)
    zone.run(zone.plan(SEED, ADMIN))
    assert not zone.inventory.get(PoolTemplate, "nfs/debian").unused


def _full(zone: SmallZone) -> None:
    zone.volume("big", size_bytes=169 * GIB)


Seeds = tuple[Prepare, type[errors.ForebayError], int, str]
SEED_REFUSALS: list[Seeds] = [
    (_full, errors.NoCapacity, 533, "pool/nfs"),
    (lambda z: _pool(z, "nfs", state=PoolState.DISABLED), errors.Conflict, 431, "pool/nfs"),
    (
        lambda z: z.inventory.remove(StoreRef, "ref-debian"),
        errors.Unavailable,
        530,
        "template/debian",
    ),
]


@pytest.mark.parametrize(("prepare", "kind", "number", "object"), SEED_REFUSALS)
def test_a_pool_that_cannot_take_it_is_refused(
    zone: SmallZone, prepare: Prepare, kind: type[errors.ForebayError], number: int, object: str
) -> None:
    """As for a volume."""
    prepare(zone)
    with refusal(kind, number, object):
        zone.check(SEED, ADMIN)


def test_a_pool_without_the_template_needs_room_for_it_too(zone: SmallZone) -> None:
    """With it, only the disk's."""
    pool = zone.inventory.get(Pool, "nfs")
    zone.volume("big", size_bytes=165 * GIB)
    need = Need(
        zone_id="z1",
        size_bytes=4 * GIB,
        tags=(),
        local=False,
        template_id="debian",
        template_bytes=2 * GIB,
    )
    assert why_unfit(zone.context(), pool, need._replace(template_bytes=0)) == ""
    assert "would be allocated" in why_unfit(zone.context(), pool, need)
    zone.inventory.remove(Volume, "big")
    zone.volume("big", size_bytes=163 * GIB)
    _copy(zone)
    assert why_unfit(zone.context(), pool, need) == ""


def test_a_machine_is_made_of_its_pools_copy(zone: SmallZone) -> None:
    """Which another job makes first if it is missing."""
    reserve, seed, make, start = zone.plan(DEPLOY).steps
    assert isinstance(seed.do, RunJobs)
    assert isinstance(make.do, CreateDisk)
    assert isinstance(make.do.source, DiskAt)
    assert make.do.source.name == "debian"
    assert (seed.actor, make.actor) == ("jobs", f"pool/{make.do.source.pool_id}")
    assert (reserve.do, start.actor) == (None, "host/h1")
    for pool_id in ("nfs", "more", "far", "wide", "rbd", "local"):
        _copy(zone, pool_id)
    assert len(zone.plan(DEPLOY).steps) == 3


def test_a_machine_is_not_deployed_where_its_template_is_not(zone: SmallZone) -> None:
    """The zone must have it."""
    with refusal(errors.Unavailable, 530, "template/debian"):
        zone.check(msgspec.structs.replace(DEPLOY, zone_id="z2"))


Needed = list[tuple[Prepare, bool]]
NEEDED: Needed = [
    (_copy, False),
    (lambda z: (_copy(z, unused=True), z.root(pool_id="nfs")), False),
    (lambda z: (_copy(z, unused=True), z.root(pool_id="more")), True),
    (lambda z: _copy(z, unused=True), True),
]


@pytest.mark.parametrize(("prepare", "goes"), NEEDED)
def test_only_what_nobody_needs_is_evicted(zone: SmallZone, prepare: Prepare, goes: bool) -> None:
    """Marked before, and without a root disk of it on the pool."""
    prepare(zone)
    if not goes:
        with refusal(errors.Conflict, 431, "pool_template/nfs/debian"):
            zone.check(EVICT, ADMIN)
        return
    plan = zone.plan(EVICT, ADMIN)
    assert [step.do for step in plan.steps] == [RemoveDisk(name="debian")]
    zone.run(plan)
    assert zone.inventory.find(PoolTemplate, "nfs/debian") is None


def test_users_do_not_prepare(zone: SmallZone) -> None:
    """It is for administrators."""
    assert PrepareTemplate.role > ALICE.role
    zone.check(PREPARE, ADMIN)
