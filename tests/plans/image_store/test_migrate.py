"""migrateSecondaryStorageData: what refuses it, what it decides, and how it ends."""

import msgspec
import pytest

from core.model.commands.command import Command, command_name
from core.model.commands.image_store import MigrateSecondaryStorageData
from core.model.commands.internal import MoveImages, MoveLateImages
from core.model.errors import Conflict, ForebayError, Invalid, NotFound, Unavailable
from core.model.hypervisors import Hypervisor
from core.model.records import ImageStore, Job, Migration, Template
from core.model.states import RefState
from core.plans.context import GIB
from core.plans.operation import RunJobs
from core.plans.step import Plan
from tests.plans.image_store.storing import chained, image, store
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """The zone with empty stores s2, and s3 of another zone; s1 has a template of 2 GiB."""
    zone = SmallZone()
    store(zone, "s2")
    store(zone, "s3", zone_id="z2")
    return zone


def migrate(*targets: str, source: str = "s1", type: str = "complete") -> Command:
    """The command, from s1 to s2 unless told otherwise."""
    return MigrateSecondaryStorageData(
        src_pool=source, dest_pools=targets or ("s2",), migration_type=type
    )


def moves(plan: Plan) -> dict[str, list[tuple[str, ...]]]:
    """Which images the first step moves together, by store."""
    asked = plan.steps[0].do
    found: dict[str, list[tuple[str, ...]]] = {}
    for errand in asked.errands if isinstance(asked, RunJobs) else ():
        command = msgspec.json.decode(errand.request, type=MoveImages)
        found.setdefault(command.store_id, []).append(command.ref_ids)
    return found


def told(zone: SmallZone) -> Migration:
    """The record of the one migration there is."""
    (migration,) = zone.inventory.all(Migration)
    return migration


def pending(zone: SmallZone, command: type[Command]) -> None:
    """A job of that command is in progress."""
    zone.add(
        Job(id="j9", command=command_name(command), account_id="a", domain_id="d", user_id="u")
    )


Refusal = tuple[Command, type[ForebayError], int, str]
REFUSALS: dict[str, Refusal] = {
    "an unknown source": (migrate(source="s9"), NotFound, 530, "image_store/s9"),
    "an unknown type": (migrate(type="half"), Invalid, 530, "image_store/s1"),
    "no destination": (migrate("s9"), Invalid, 530, "image_store/s1"),
    "the source itself": (migrate("s1"), Invalid, 530, "image_store/s1"),
    "another zone": (migrate("s3"), Invalid, 530, "image_store/s1"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_migration_is_refused(zone: SmallZone, name: str) -> None:
    """Every refusal has CloudStack's number, names the object and says what to do."""
    command, kind, number, object = REFUSALS[name]
    with refusal(kind, number, object):
        zone.check(command, ADMIN)


def test_readonly_destinations_are_dropped(zone: SmallZone) -> None:
    """With one of them left it goes on; with none it is refused in the words that clients know."""
    store(zone, "s4")
    store(zone, "s2", readonly=True)
    assert set(moves(zone.plan(migrate("s2", "s4", "s4"), ADMIN))) == {"s4"}
    with refusal(Invalid, 530, "image_store/s1") as caught:
        zone.check(migrate("s2"), ADMIN)
    assert "No destination valid store(s) available to migrate." in str(caught.value)


def test_only_nfs_stores_are_emptied(zone: SmallZone) -> None:
    """The refusal is CloudStack's 431."""
    store(zone, "s1", provider="S3")
    with refusal(Invalid, 431, "image_store/s1"):
        zone.check(migrate(), ADMIN)


@pytest.mark.parametrize("id", ["s1", "s2"])
def test_stores_must_have_said_how_large_they_are(zone: SmallZone, id: str) -> None:
    """Nothing can be decided before that."""
    store(zone, id, capacity_bytes=0)
    with refusal(Unavailable, 530, f"image_store/{id}"):
        zone.check(migrate(), ADMIN)


@pytest.mark.parametrize("state", [RefState.CREATING, RefState.COPYING, RefState.MIGRATING])
def test_nothing_may_be_under_way_on_a_store_to_be_emptied(
    zone: SmallZone, state: RefState
) -> None:
    """Balancing leaves such images out instead."""
    image(zone, "new", 1, state=state)
    with refusal(Conflict, 530, "image_store/s1"):
        zone.check(migrate(), ADMIN)
    zone.check(migrate(type="balance"), ADMIN)


def test_a_store_that_is_emptied_is_read_only_from_the_beginning(zone: SmallZone) -> None:
    """One that is balanced goes on to take in new images."""
    zone.claim(migrate(type="Balance"), ADMIN)
    assert zone.inventory.get(ImageStore, "s1").readonly is False
    zone.claim(migrate(type="Complete"), ADMIN)
    assert zone.inventory.get(ImageStore, "s1").readonly is True


def test_everything_leaves_a_store_that_is_emptied(zone: SmallZone) -> None:
    """Templates, snapshots and volumes; a chain in one piece, the biggest first.

    What was copied only for a link to download stays until that expires.
    """
    chained(zone, RefState.HIDDEN)
    zone.ref("uploaded", "volume", size_bytes=5 * GIB)
    zone.ref("link", "extraction", size_bytes=5 * GIB)
    plan = zone.plan(migrate(), ADMIN)
    assert moves(plan) == {
        "s2": [("ref-one", "ref-two", "ref-three"), ("ref-uploaded",), ("ref-debian",)]
    }
    assert plan.steps[0].name == "move 3 of 3: 3 to s2"
    assert plan.steps[0].bytes == 17 * GIB


def test_no_more_wait_than_all_system_vms_could_carry(zone: SmallZone) -> None:
    """Two sessions each, of the first and of three additional ones."""
    zone.set("max.ssvm.count", 3)
    asked = zone.plan(migrate(), ADMIN).steps[0].do
    assert isinstance(asked, RunJobs)
    assert asked.at_once == 8


def test_images_go_where_most_is_free(zone: SmallZone) -> None:
    """What was promised to a store counts for the next image."""
    store(zone, "s2", capacity_bytes=40 * GIB)
    store(zone, "s4", capacity_bytes=35 * GIB)
    image(zone, "large", 10)
    assert moves(zone.plan(migrate("s2", "s4"), ADMIN)) == {
        "s2": [("ref-large",)],
        "s4": [("ref-debian",)],
    }


def test_what_comes_late_moves_in_a_second_round(zone: SmallZone) -> None:
    """It tells the same migration; what failed first and moved then has not failed."""
    plan = zone.plan(migrate(), ADMIN)
    asked = plan.steps[1].do
    assert isinstance(asked, RunJobs)
    (errand,) = asked.errands
    late = msgspec.json.decode(errand.request, type=MoveLateImages)
    zone.run(plan)
    zone.add(msgspec.structs.replace(told(zone), moved=0, failed=1, failure="no room"))
    second = zone.plan(late, ADMIN)
    zone.run(second)
    assert moves(second) == {"s2": [("ref-debian",)]}
    assert (told(zone).failed, told(zone).failure) == (0, "")


def test_balancing_has_no_second_round(zone: SmallZone) -> None:
    """Its source still takes in new images, so there is no end of them."""
    image(zone, "large", 900)
    assert len(zone.plan(migrate(type="balance"), ADMIN).steps) == 1


def test_balancing_stops_at_the_threshold(zone: SmallZone) -> None:
    """Half of what is on s1 goes; then both are even."""
    for number in range(10):
        image(zone, f"snap{number}", 80)
    zone.set("image.store.imbalance.threshold", 0.1)
    assert len(moves(zone.plan(migrate(type="balance"), ADMIN))["s2"]) in (4, 5)


def test_stores_that_are_even_enough_are_left_alone(zone: SmallZone) -> None:
    """image.store.imbalance.threshold says what is even; the answer says that nothing moved."""
    for number in range(10):
        image(zone, f"snap{number}", 20)
    zone.set("image.store.imbalance.threshold", 0.5)
    plan = zone.plan(migrate(type="balance"), ADMIN)
    zone.run(plan)
    assert moves(plan) == {}
    assert told(zone).stopped == "the image stores are balanced"


def test_what_finds_no_room_is_counted(zone: SmallZone) -> None:
    """The rest moves."""
    store(zone, "s2", capacity_bytes=20 * GIB)
    image(zone, "large", 30)
    plan = zone.plan(migrate(), ADMIN)
    zone.run(plan)
    assert moves(plan) == {"s2": [("ref-debian",)]}
    assert (told(zone).files, told(zone).skipped) == (1, 1)


def test_unsettled_chains_and_simulated_hypervisors_stay(zone: SmallZone) -> None:
    """A chain with one image that is being deleted stays whole."""
    chained(zone)
    image(zone, "two", 1, "one", state=RefState.DESTROYING)
    template = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(template, hypervisor=Hypervisor.SIMULATOR))
    plan = zone.plan(migrate(), ADMIN)
    zone.run(plan)
    assert moves(plan) == {}


@pytest.mark.parametrize("command", [MigrateSecondaryStorageData])
def test_one_migration_goes_at_a_time(zone: SmallZone, command: type[Command]) -> None:
    """The second one succeeds as a job, says why it did nothing, and has changed nothing."""
    pending(zone, command)
    image(zone, "moving", 1, state=RefState.MIGRATING)
    plan = zone.plan(migrate(), ADMIN)
    assert plan.steps == ()
    assert "j9" in told(zone).held_back
    assert zone.inventory.get(ImageStore, "s1").readonly is False
