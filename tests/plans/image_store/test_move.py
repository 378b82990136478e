"""Moving one image or one chain: what refuses it, its steps, and what is where afterwards."""

from collections.abc import Callable

import msgspec
import pytest

from core.model.commands.internal import MoveImages
from core.model.errors import Conflict, ForebayError, NoCapacity, NotFound
from core.model.records import Extraction, ImageStore, Job, JobPlan, StoreRef
from core.model.states import RefState
from core.plans.context import GIB
from core.plans.operation import AwaitReaders, DiskAt, RemoveImage, StoreImage
from core.plans.step import Plan, Step, reading
from tests.plans.image_store.storing import chained, image, store
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

TEMPLATE = MoveImages(ref_ids=("ref-debian",), store_id="s2")
CHAIN = MoveImages(ref_ids=("ref-one", "ref-two", "ref-three"), store_id="s2")


@pytest.fixture
def zone() -> SmallZone:
    """The zone with a second, empty store s2."""
    zone = SmallZone()
    store(zone, "s2")
    return zone


def operations(plan: Plan) -> list[tuple[str, str]]:
    """Actor and operation of each step; "" where only records change."""
    return [(step.actor, type(step.do).__name__ if step.do else "") for step in plan.steps]


def at(zone: SmallZone, store_id: str, kind: str = "snapshot") -> dict[str, StoreRef]:
    """The images of a kind on a store, by what they are of."""
    refs = zone.inventory.having(StoreRef, "store", store_id)
    return {ref.of_id: ref for ref in refs if ref.of_kind == kind}


def test_a_template_is_copied_compared_handed_over_and_removed(zone: SmallZone) -> None:
    """What destroys comes last, and waits for those who still read."""
    plan = zone.plan(TEMPLATE, ADMIN)
    assert operations(plan) == [
        ("image_store/s2", "StoreImage"),
        ("image_store/s2", "VerifyImage"),
        ("", ""),
        ("jobs", "AwaitReaders"),
        ("image_store/s1", "RemoveImage"),
    ]
    assert [step.final for step in plan.steps] == [False, False, True, True, True]
    assert plan.steps[3].do == AwaitReaders(paths=("template/tmpl/admin/debian",))


def test_a_moved_template_is_on_the_other_store_alone(zone: SmallZone) -> None:
    """Under the same path, with the same sizes."""
    before = zone.inventory.get(StoreRef, "ref-debian")
    zone.run(zone.plan(TEMPLATE, ADMIN))
    assert at(zone, "s1", "template") == {}
    moved = at(zone, "s2", "template")["debian"]
    assert moved.state is RefState.READY
    assert (moved.path, moved.size_bytes) == (before.path, before.size_bytes)


def test_it_waits_for_a_session_of_the_zone(zone: SmallZone) -> None:
    """And for whatever changes the objects; who only reads them goes beside it."""
    chained(zone)
    claim = zone.claim(CHAIN, ADMIN)
    assert claim.slot == "zone/z1"
    assert claim.locks == tuple(reading(f"snapshot/{id}") for id in ("one", "two", "three"))


def test_a_chain_is_copied_from_its_root_on_and_removed_from_its_end(zone: SmallZone) -> None:
    """Each copy takes only what differs from the one before; no parent goes before its child."""
    chained(zone)
    plan = zone.plan(CHAIN, ADMIN)
    copies = [step.do for step in plan.steps if isinstance(step.do, StoreImage)]
    assert [(copy.path, copy.base) for copy in copies] == [
        ("snapshots/one", ""),
        ("snapshots/two", "snapshots/one"),
        ("snapshots/three", "snapshots/two"),
    ]
    removed = [step.do.path for step in plan.steps if isinstance(step.do, RemoveImage)]
    assert removed == ["snapshots/three", "snapshots/two", "snapshots/one"]


def test_a_moved_chain_hangs_together_as_before(zone: SmallZone) -> None:
    """Also where its first image only serves the others: it stays hidden."""
    chained(zone, RefState.HIDDEN)
    zone.run(zone.plan(CHAIN, ADMIN))
    assert at(zone, "s1") == {}
    moved = at(zone, "s2")
    assert moved["two"].parent_id == moved["one"].id
    assert moved["three"].parent_id == moved["two"].id
    states = {name: ref.state for name, ref in moved.items()}
    assert states == {"one": RefState.HIDDEN, "two": RefState.READY, "three": RefState.READY}


def test_images_are_read_where_they_were_until_all_are_copied(zone: SmallZone) -> None:
    """The copies are not complete as long as one of them is missing."""
    chained(zone)
    plan = zone.plan(CHAIN, ADMIN)
    for step in plan.steps[:3]:
        zone.apply(step.begin)
    assert {ref.state for ref in at(zone, "s1").values()} == {RefState.MIGRATING}
    assert {ref.state for ref in at(zone, "s2").values()} == {RefState.CREATING}


def test_taken_back_everything_is_as_before(zone: SmallZone) -> None:
    """Hidden images stay hidden, the others are Ready, and nothing is left on the other store."""
    chained(zone, RefState.HIDDEN)
    before = {name: ref.state for name, ref in at(zone, "s1").items()}
    plan = zone.plan(CHAIN, ADMIN)
    for step in plan.steps[:3]:
        zone.apply(step.begin)
    for step in reversed(plan.steps[:3]):
        zone.apply(step.revert)
    assert {name: ref.state for name, ref in at(zone, "s1").items()} == before
    assert at(zone, "s2") == {}


def test_what_is_there_already_is_only_removed(zone: SmallZone) -> None:
    """A template that both stores have counts as moved."""
    _also_there(zone, "ref-debian")
    plan = zone.plan(TEMPLATE, ADMIN)
    assert operations(plan) == [
        ("", ""),
        ("jobs", "AwaitReaders"),
        ("image_store/s1", "RemoveImage"),
    ]
    zone.run(plan)
    assert at(zone, "s2", "template")["debian"].id == "there"


def _also_there(zone: SmallZone, ref_id: str) -> None:
    known = zone.inventory.get(StoreRef, ref_id)
    zone.add(msgspec.structs.replace(known, id="there", store_id="s2", parent_id=""))


@pytest.mark.parametrize("there", [False, True])
def test_links_for_downloads_lead_to_the_new_place(zone: SmallZone, *, there: bool) -> None:
    """Those to other images stay as they are."""
    if there:
        _also_there(zone, "ref-debian")
    known = zone.inventory.get(StoreRef, "ref-debian")
    for id, path in (("link", known.path), ("other", "template/other")):
        zone.add(
            Extraction(
                id=id,
                of_kind="template",
                of_id="debian",
                account_id="admin",
                domain_id="ROOT",
                zone_id="z1",
                store_id="s1",
                path=path,
                url="",
                expires_s=0.0,
            )
        )
    zone.run(zone.plan(TEMPLATE, ADMIN))
    stores = {link.id: link.store_id for link in zone.inventory.all(Extraction)}
    assert stores == {"link": "s2", "other": "s1"}


def test_what_was_deleted_meanwhile_needs_no_move(zone: SmallZone) -> None:
    """Nobody misses it."""
    plan = zone.plan(MoveImages(ref_ids=("gone",), store_id="s2"), ADMIN)
    assert plan.steps == ()


def test_the_rest_of_a_chain_moves_when_its_end_was_deleted(zone: SmallZone) -> None:
    """It was named when the move was decided, and is gone when its turn comes."""
    chained(zone)
    zone.inventory.remove(StoreRef, "ref-three")
    copies = [step for step in zone.plan(CHAIN, ADMIN).steps if isinstance(step.do, StoreImage)]
    assert len(copies) == 2


def _growing(zone: SmallZone) -> None:
    image(zone, "four", 1, "three")


def _busy(zone: SmallZone) -> None:
    image(zone, "two", 1, "one", state=RefState.DESTROYING)


def _extended(zone: SmallZone) -> None:
    at = DiskAt(pool_id="nfs", name="vol", snapshot="new")
    do = StoreImage(path="snapshots/new", source=at, base="snapshots/three")
    plan = Plan(steps=(Step(name="back it up", actor="image_store/s1", do=do),))
    zone.add(JobPlan(id="j9", plan=msgspec.Raw(msgspec.json.encode(plan))))


def _readonly(zone: SmallZone) -> None:
    store(zone, "s2", readonly=True)


def _elsewhere(zone: SmallZone) -> None:
    store(zone, "s2", zone_id="z2")


def _small(zone: SmallZone) -> None:
    store(zone, "s2", capacity_bytes=9 * GIB)


def _fuller(zone: SmallZone) -> None:
    zone.set("secondary.storage.capacity.threshold", 0.9)
    store(zone, "s2", capacity_bytes=11 * GIB)


def _partly_there(zone: SmallZone) -> None:
    _also_there(zone, "ref-two")


def _without_store(zone: SmallZone) -> None:
    zone.inventory.remove(ImageStore, "s2")


def test_a_machine_with_the_disc_does_not_start_while_it_moves(zone: SmallZone) -> None:
    """It finds the disc where it is then."""
    zone.stopped_vm(iso_id="debian")
    claim = zone.claim(TEMPLATE, ADMIN)
    assert claim.locks == (reading("template/debian"), "vm/vm")


@pytest.mark.parametrize("locks", [None, ()])
def test_a_disc_in_use_does_not_move(zone: SmallZone, locks: tuple[str, ...] | None) -> None:
    """Of a machine that runs; once the turn has come, of one that the job does not hold."""
    if locks is None:
        zone.vm(iso_id="debian")
    else:
        zone.stopped_vm(iso_id="debian")
        zone.add(
            Job(id="job-1", command="", account_id="a", domain_id="d", user_id="u", locks=locks)
        )
    with refusal(Conflict, 431, "vm/vm"):
        zone.check(TEMPLATE, ADMIN)


Refusal = tuple[Callable[[SmallZone], None], type[ForebayError], int, str]
REFUSALS: dict[str, Refusal] = {
    "a chain that has grown": (_growing, Conflict, 431, "store_ref/ref-four"),
    "a chain that is being deleted": (_busy, Conflict, 431, "store_ref/ref-two"),
    "a chain that a job extends": (_extended, Conflict, 431, "job/j9"),
    "a store that became read-only": (_readonly, Conflict, 431, "image_store/s2"),
    "a store of another zone": (_elsewhere, Conflict, 431, "image_store/s2"),
    "a store with too little room": (_small, NoCapacity, 530, "image_store/s2"),
    "a store that would be too full": (_fuller, NoCapacity, 530, "image_store/s2"),
    "a store that has a part of it": (_partly_there, Conflict, 431, "image_store/s2"),
    "a store that is gone": (_without_store, NotFound, 431, "image_store/s2"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_move_is_refused_when_something_has_changed(zone: SmallZone, name: str) -> None:
    """It is asked again when the turn comes, because much may have happened until then."""
    chained(zone)
    change, kind, number, object = REFUSALS[name]
    change(zone)
    with refusal(kind, number, object):
        zone.check(CHAIN, ADMIN)
