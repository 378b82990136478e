"""updateVolume, assignVolume and checkVolume."""

import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.volume import AssignVolume, CheckVolume, UpdateVolume
from core.model.errors import ForebayError
from core.model.pool_types import DiskFormat
from core.model.records import Account, Project, Volume
from core.model.states import VolumeState
from core.plans.operation import CheckDisk
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, DORA, NOW_S, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """The small zone with a detached volume of alice."""
    zone = SmallZone()
    zone.volume()
    return zone


UPDATE_REFUSALS = [
    pytest.param(UpdateVolume(name="x"), ALICE, errors.Invalid, 431, "", id="no id"),
    pytest.param(
        UpdateVolume(id="vol", state="Ready"), ALICE, errors.Denied, 531, "volume/vol", id="state"
    ),
    pytest.param(
        UpdateVolume(id="vol", display_volume=False),
        DORA,
        errors.Denied,
        531,
        "volume/vol",
        id="display",
    ),
    pytest.param(
        UpdateVolume(id="vol", storage_id="gone"),
        ADMIN,
        errors.NotFound,
        431,
        "pool/gone",
        id="pool",
    ),
    pytest.param(
        UpdateVolume(id="vol", state="Migrating"),
        ADMIN,
        errors.Invalid,
        431,
        "volume/vol",
        id="transitional",
    ),
    *(
        pytest.param(command, ADMIN, errors.Unsupported, 431, "volume/vol", id="fixed")
        for command in (
            UpdateVolume(id="vol", path="x"),
            UpdateVolume(id="vol", chain_info="x"),
            UpdateVolume(id="vol", custom_id="x"),
        )
    ),
]


@pytest.mark.parametrize(("command", "caller", "kind", "number", "object"), UPDATE_REFUSALS)
def test_wrong_updates_are_refused(
    zone: SmallZone,
    command: Command,
    caller: object,
    kind: type[ForebayError],
    number: int,
    object: str,
) -> None:
    """Corrections are an administrator's, and lead to no state that a job must leave."""
    with refusal(kind, number, object) as caught:
        zone.check(command, caller)  # type: ignore[arg-type]
    assert caught.value.hint


def test_a_state_is_not_corrected_under_a_job(zone: SmallZone) -> None:
    """The job would be left without the state that it works in."""
    zone.volume(state=VolumeState.MIGRATING, job_id="job-9")
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(UpdateVolume(id="vol", state="Ready"), ADMIN)


def test_a_volume_without_a_pool_is_not_made_ready(zone: SmallZone) -> None:
    """A Ready volume has a disk somewhere."""
    zone.allocated()
    with refusal(errors.Invalid, 431, "volume/vol"):
        zone.check(UpdateVolume(id="vol", state="Ready"), ADMIN)
    zone.check(UpdateVolume(id="vol", state="Ready", storage_id="nfs"), ADMIN)


def test_owners_rename_and_protect(zone: SmallZone) -> None:
    """Only what was given changes."""
    zone.run(zone.plan(UpdateVolume(id="vol", name="mine", delete_protection=True)))
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.name, volume.delete_protection, volume.display) == ("mine", True, True)


def test_administrators_correct_state_and_pool(zone: SmallZone) -> None:
    """The record is set as told."""
    command = UpdateVolume(id="vol", state="Destroy", storage_id="far", display_volume=False)
    zone.run(zone.plan(command, ADMIN))
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.state, volume.pool_id, volume.display) == (VolumeState.DESTROY, "far", False)
    assert volume.destroyed_s == NOW_S


ASSIGN_REFUSALS = [
    pytest.param(AssignVolume(volume_id="vol"), errors.Invalid, 431, "volume/vol", id="nobody"),
    pytest.param(
        AssignVolume(volume_id="vol", account_id="bob", project_id="p"),
        errors.Invalid,
        431,
        "volume/vol",
        id="both",
    ),
    pytest.param(
        AssignVolume(volume_id="vol", account_id="alice"),
        errors.Invalid,
        431,
        "volume/vol",
        id="same",
    ),
    pytest.param(
        AssignVolume(volume_id="vol", account_id="shut"),
        errors.Conflict,
        431,
        "account/shut",
        id="disabled",
    ),
]


@pytest.mark.parametrize(("command", "kind", "number", "object"), ASSIGN_REFUSALS)
def test_wrong_owners_are_refused(
    zone: SmallZone, command: Command, kind: type[ForebayError], number: int, object: str
) -> None:
    """One other owner who may take it must be named."""
    shut = zone.inventory.get(Account, "bob")
    zone.add(Account(id="shut", name="shut", domain_id="lab", role=shut.role, state="disabled"))
    with refusal(kind, number, object):
        zone.check(command, ADMIN)


def test_users_give_nothing_to_strangers(zone: SmallZone) -> None:
    """Nor do domain administrators outside their domains."""
    for caller in (ALICE, DORA):
        with refusal(errors.Denied, 531, "account/bob"):
            zone.check(AssignVolume(volume_id="vol", account_id="bob"), caller)


@pytest.mark.parametrize(
    "fields", [{"vm_id": "vm"}, {"state": VolumeState.DESTROY}], ids=["attached", "destroyed"]
)
def test_volumes_in_use_are_not_given_away(zone: SmallZone, fields: dict[str, object]) -> None:
    """They must be free first."""
    zone.vm()
    zone.volume("vol", **fields)
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(AssignVolume(volume_id="vol", account_id="bob"), ADMIN)


def test_a_volume_with_snapshots_is_not_given_away(zone: SmallZone) -> None:
    """They would stay with the old owner."""
    zone.snapshot()
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(AssignVolume(volume_id="vol", account_id="bob"), ADMIN)


def test_the_new_owner_needs_room(zone: SmallZone) -> None:
    """His limits count."""
    zone.limit("bob", "volume", 0)
    with refusal(errors.QuotaExceeded, 535, "account/bob"):
        zone.check(AssignVolume(volume_id="vol", account_id="bob"), ADMIN)


def test_the_new_owner_has_the_volume_at_once(zone: SmallZone) -> None:
    """It counts for him, and in his domain."""
    zone.claim(AssignVolume(volume_id="vol", account_id="bob"), ADMIN)
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.account_id, volume.domain_id) == ("bob", "lab")
    assert zone.inventory.total("account.volumes", "alice") == 0


def test_members_give_volumes_to_their_projects(zone: SmallZone) -> None:
    """The project's account owns it then."""
    alice = zone.inventory.get(Account, "alice")
    zone.add(
        Account(id="prj", name="prj", domain_id="sales", role=alice.role, project_id="project")
    )
    zone.add(
        Project(
            id="project",
            name="p",
            display_text="p",
            domain_id="sales",
            account_id="prj",
            owner_id="alice",
        )
    )
    zone.claim(AssignVolume(volume_id="vol", project_id="project"))
    assert zone.inventory.get(Volume, "vol").account_id == "prj"


CHECK_REFUSALS = [
    pytest.param({}, "some", errors.Invalid, 431, id="unknown repair"),
    pytest.param({"format": DiskFormat.RAW}, None, errors.Unsupported, 431, id="raw"),
    pytest.param(
        {"state": VolumeState.ALLOCATED, "pool_id": ""}, None, errors.Conflict, 431, id="no disk"
    ),
]


@pytest.mark.parametrize(("fields", "repair", "kind", "number"), CHECK_REFUSALS)
def test_only_qcow2_disks_are_checked(
    zone: SmallZone,
    fields: dict[str, object],
    repair: str | None,
    kind: type[ForebayError],
    number: int,
) -> None:
    """Others have no structure that could be wrong."""
    zone.volume("vol", **fields)
    with refusal(kind, number, "volume/vol"):
        zone.check(CheckVolume(id="vol", repair=repair))


def test_a_disk_that_a_guest_has_open_is_not_checked(zone: SmallZone) -> None:
    """Its machine must be Stopped."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(CheckVolume(id="vol"))


def test_the_pool_checks_and_mends(zone: SmallZone) -> None:
    """One step, and the volume learns what was found."""
    (step,) = zone.plan(CheckVolume(id="vol", repair="leaks")).steps
    assert step.do == CheckDisk(name="vol", repair="leaks")
    assert step.actor == "pool/nfs"
