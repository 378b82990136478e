"""migrateResourceToAnotherSecondaryStorage: what refuses it, and which images it takes along."""

import msgspec
import pytest

from core.model.commands.command import Command, command_name
from core.model.commands.image_store import (
    MigrateResourceToAnotherSecondaryStorage,
    MigrateSecondaryStorageData,
)
from core.model.commands.internal import MoveImages
from core.model.errors import Conflict, ForebayError, Invalid, NotFound
from core.model.records import ImageStore, Job, Migration, StoreRef
from core.model.states import RefState
from core.plans.context import GIB
from core.plans.image_store.migration import MIGRATIONS
from core.plans.operation import RunJobs
from core.plans.step import Plan
from tests.plans.image_store.storing import chained, image, store
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """The zone with an empty store s2, one of another zone and one that is read-only."""
    zone = SmallZone()
    store(zone, "s2")
    store(zone, "far", zone_id="z2")
    store(zone, "closed", readonly=True)
    zone.snapshot("bare")
    zone.inventory.remove(StoreRef, "ref-bare")
    image(zone, "going", 1, state=RefState.DESTROYING)
    return zone


def move(
    *, source: str = "s1", target: str = "s2", templates: str = "", snapshots: str = ""
) -> MigrateResourceToAnotherSecondaryStorage:
    """The command; ids are parted by blanks."""
    return MigrateResourceToAnotherSecondaryStorage(
        src_pool=source,
        dest_pool=target,
        templates=tuple(templates.split()),
        snapshots=tuple(snapshots.split()),
    )


def moved(plan: Plan) -> list[tuple[str, ...]]:
    """Which images move together, in order."""
    asked = plan.steps[0].do
    errands = asked.errands if isinstance(asked, RunJobs) else ()
    return [msgspec.json.decode(each.request, type=MoveImages).ref_ids for each in errands]


Refusal = tuple[Command, type[ForebayError], int, str]
REFUSALS: dict[str, Refusal] = {
    "an unknown source": (
        move(source="s9", templates="debian"),
        NotFound,
        530,
        "image_store/s9",
    ),
    "an unknown destination": (
        move(target="s9", templates="debian"),
        NotFound,
        431,
        "image_store/s9",
    ),
    "the source itself": (move(target="s1", templates="debian"), Invalid, 431, "image_store/s1"),
    "a read-only store": (
        move(target="closed", templates="debian"),
        Invalid,
        431,
        "image_store/closed",
    ),
    "another zone": (move(target="far", templates="debian"), Invalid, 431, "image_store/far"),
    "nothing named": (move(), Invalid, 431, "image_store/s1"),
    "an unknown template": (move(templates="t9"), NotFound, 431, "template/t9"),
    "an unknown snapshot": (move(snapshots="debian"), NotFound, 431, "snapshot/debian"),
    "a snapshot that is elsewhere": (move(snapshots="bare"), NotFound, 431, "snapshot/bare"),
    "one that is being deleted": (move(snapshots="going"), Conflict, 530, "snapshot/going"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_selective_migration_is_refused(zone: SmallZone, name: str) -> None:
    """Every refusal has CloudStack's number, names the object and says what to do."""
    command, kind, number, object = REFUSALS[name]
    with refusal(kind, number, object):
        zone.check(command, ADMIN)


@pytest.mark.parametrize("id", ["s1", "s2"])
def test_both_stores_must_be_nfs(zone: SmallZone, id: str) -> None:
    """Image stores of other providers keep what they have."""
    store(zone, id, provider="S3")
    with refusal(Invalid, 431, f"image_store/{id}"):
        zone.check(move(templates="debian"), ADMIN)


def test_only_what_is_named_moves_and_the_source_stays_open(zone: SmallZone) -> None:
    """There is no second round, because the source may go on to take in new images."""
    image(zone, "other", 5)
    image(zone, "large", 7)
    plan = zone.plan(move(templates="debian", snapshots="large"), ADMIN)
    assert moved(plan) == [("ref-large",), ("ref-debian",)]
    assert len(plan.steps) == 1
    assert zone.inventory.get(ImageStore, "s1").readonly is False


@pytest.mark.parametrize("named", ["one", "three", "two three one"])
def test_a_snapshot_takes_its_whole_chain_along_once(zone: SmallZone, named: str) -> None:
    """Its parents and its children, however many of them are named."""
    chained(zone, RefState.HIDDEN)
    plan = zone.plan(move(snapshots=named), ADMIN)
    assert moved(plan) == [("ref-one", "ref-two", "ref-three")]


def test_what_is_too_large_stays(zone: SmallZone) -> None:
    """The rest moves, and the migration knows how many stay."""
    store(zone, "s2", capacity_bytes=20 * GIB)
    image(zone, "large", 30)
    plan = zone.plan(move(templates="debian", snapshots="large"), ADMIN)
    zone.run(plan)
    assert moved(plan) == [("ref-debian",)]
    (migration,) = zone.inventory.all(Migration)
    assert (migration.type, migration.skipped) == ("complete", 1)


def test_nothing_goes_to_a_store_that_is_too_full(zone: SmallZone) -> None:
    """The migration says why it has stopped."""
    store(zone, "s2", used_bytes=950 * GIB)
    zone.run(zone.plan(move(templates="debian"), ADMIN))
    (migration,) = zone.inventory.all(Migration)
    assert "over the share of 0.9" in migration.stopped


@pytest.mark.parametrize("command", MIGRATIONS)
@pytest.mark.parametrize(
    "asked",
    [
        move(templates="debian"),
        MigrateSecondaryStorageData(src_pool="s1", dest_pools=("s2",), migration_type="balance"),
    ],
)
def test_both_kinds_of_migration_hold_each_other_back(
    zone: SmallZone, command: type[Command], asked: Command
) -> None:
    """Whichever is in progress, the other does nothing and says so."""
    name = command_name(command)
    zone.add(Job(id="j9", command=name, account_id="a", domain_id="d", user_id="u"))
    assert zone.plan(asked, ADMIN).steps == ()
    (migration,) = zone.inventory.all(Migration)
    assert "j9" in migration.held_back
