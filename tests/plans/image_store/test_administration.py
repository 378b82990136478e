"""Adding, changing and deleting image stores, and which one a new object goes to."""

import pytest

from core.model.commands.command import Command
from core.model.commands.image_store import AddImageStore, DeleteImageStore, UpdateImageStore
from core.model.errors import Conflict, ForebayError, Invalid, NoCapacity, NotFound
from core.model.records import ImageStore, StoreRef
from core.model.states import RefState
from core.plans.context import GIB
from core.plans.image_store.delete import HELD
from core.plans.placement import choose_store
from tests.plans.image_store.storing import image, store
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """The zone with a second, empty store s2 that has less room than s1."""
    zone = SmallZone()
    store(zone, "s2", capacity_bytes=500 * GIB)
    return zone


def add(**fields: object) -> AddImageStore:
    """AddImageStore of an NFS store s3 in zone z1, unless told otherwise."""
    given = {"provider": "NFS", "url": "nfs://s3/export", "name": "s3", "zone_id": "z1"}
    return AddImageStore(**{**given, **fields})  # type: ignore[arg-type]


REFUSALS: dict[str, tuple[Command, type[ForebayError], int, str]] = {
    "an unknown zone": (add(zone_id="z9"), NotFound, 431, "zone/z9"),
    "an unknown provider": (add(provider="Tape"), Invalid, 431, "image_provider/Tape"),
    "NFS for all zones": (add(zone_id=None), Invalid, 431, "image_provider/NFS"),
    "S3 for one zone": (add(provider="S3"), Invalid, 431, "image_provider/S3"),
    "another provider": (add(provider="SMB"), Invalid, 431, "image_store/s1"),
    "a name in use": (add(name="s2"), Invalid, 431, "image_store/s2"),
    "a URL in use": (add(url="nfs://s2/export"), Invalid, 530, "image_store/s2"),
    "an update of none": (UpdateImageStore(id="s9"), NotFound, 431, "image_store/s9"),
    "another's name": (UpdateImageStore(id="s1", name="s2"), Invalid, 431, "image_store/s2"),
    "deleting none": (DeleteImageStore(id="s9"), NotFound, 431, "image_store/s9"),
    "deleting what holds a template": (
        DeleteImageStore(id="s1"),
        Conflict,
        431,
        "image_store/s1",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_image_stores_are_refused(zone: SmallZone, name: str) -> None:
    """Every refusal has CloudStack's number, names the object and says what to do."""
    command, kind, number, object = REFUSALS[name]
    with refusal(kind, number, object):
        zone.check(command, ADMIN)


@pytest.mark.parametrize("kind", HELD)
def test_a_store_that_holds_anything_is_not_deleted(zone: SmallZone, kind: str) -> None:
    """Snapshots, volumes, templates and what links lead to each keep it."""
    zone.ref("thing", kind, store_id="s2")
    with refusal(Conflict, 431, "image_store/s2") as caught:
        zone.check(DeleteImageStore(id="s2"), ADMIN)
    assert f"holds {HELD[kind]}" in str(caught.value)


def test_a_store_being_added_is_not_deleted(zone: SmallZone) -> None:
    """Its job would have nothing to end with."""
    store(zone, "new", up=False)
    with refusal(Conflict, 431, "image_store/new"):
        zone.check(DeleteImageStore(id="new"), ADMIN)


def test_an_empty_store_is_forgotten(zone: SmallZone) -> None:
    """Only its own record goes."""
    refs = len(zone.inventory.all(StoreRef))
    zone.claim(DeleteImageStore(id="s2"), ADMIN)
    assert zone.inventory.find(ImageStore, "s2") is None
    assert len(zone.inventory.all(StoreRef)) == refs


def test_details_and_name_are_recorded(zone: SmallZone) -> None:
    """A store without a name is called by its URL."""
    claim = zone.claim(add(name=None, details={"nfs.version": "4.1"}), ADMIN)
    added = zone.inventory.get(ImageStore, claim.id)
    assert (added.name, added.details) == ("nfs://s3/export", {"nfs.version": "4.1"})


def test_an_update_changes_what_it_names(zone: SmallZone) -> None:
    """What is left out stays as it was."""
    zone.claim(UpdateImageStore(id="s1", readonly=True), ADMIN)
    zone.claim(UpdateImageStore(id="s1", name="first", capacity_bytes=7), ADMIN)
    changed = zone.inventory.get(ImageStore, "s1")
    assert (changed.name, changed.readonly, changed.capacity_bytes) == ("first", True, 7)
    zone.claim(UpdateImageStore(id="s1", capacity_bytes=0), ADMIN)
    assert zone.inventory.get(ImageStore, "s1").given_bytes == 0


def test_a_new_object_goes_where_most_is_free(zone: SmallZone) -> None:
    """Free bytes decide, not shares."""
    store(zone, "huge", capacity_bytes=10_000 * GIB, used_bytes=8_000 * GIB)
    assert choose_store(zone.context(), "z1", GIB).id == "huge"


def test_a_new_object_may_go_anywhere_when_that_is_wanted(zone: SmallZone) -> None:
    """image.store.allocation.algorithm random: also where less is free, but never where nothing is.

    A store of the zone and one of all zones count the same.
    """
    zone.set("image.store.allocation.algorithm", "random")
    store(zone, "region", zone_id="")
    store(zone, "full", used_bytes=999 * GIB)
    store(zone, "far", zone_id="z2")
    chosen = {choose_store(zone.context(), "z1", GIB).id for _ in range(100)}
    assert chosen == {"s1", "s2", "region"}


def test_a_readonly_store_gets_nothing_new(zone: SmallZone) -> None:
    """The other one takes it, although it has less room."""
    zone.claim(UpdateImageStore(id="s1", readonly=True), ADMIN)
    assert choose_store(zone.context(), "z1", GIB).id == "s2"


def test_a_store_above_the_threshold_gets_nothing_new(zone: SmallZone) -> None:
    """secondary.storage.capacity.threshold is the most that may be used."""
    zone.set("secondary.storage.capacity.threshold", 0.5)
    store(zone, "s1", used_bytes=501 * GIB)
    store(zone, "s2", capacity_bytes=2 * GIB, used_bytes=0)
    assert choose_store(zone.context(), "z1", GIB).id == "s2"


def test_a_change_that_holds_nothing_takes_no_room(zone: SmallZone) -> None:
    """While it is being made it may still grow to the size of its volume."""
    one = image(zone, "one", 1)
    before = zone.inventory.total("store.allocated", "s1")
    image(zone, "two", 1, "one", physical_bytes=0)
    assert zone.inventory.total("store.allocated", "s1") == before
    image(zone, "two", 1, "one", physical_bytes=0, state=RefState.CREATING)
    assert zone.inventory.total("store.allocated", "s1") == before + one.size_bytes


def test_no_store_left_is_refused(zone: SmallZone) -> None:
    """With every store read-only nothing new can be put anywhere."""
    for id in ("s1", "s2"):
        zone.claim(UpdateImageStore(id=id, readonly=True), ADMIN)
    with refusal(NoCapacity, 530, "zone/z1"):
        choose_store(zone.context(), "z1", GIB)
