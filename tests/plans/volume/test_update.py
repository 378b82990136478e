"""What is known of a volume changes, and whose it is."""

import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.volume import AssignVolume, UpdateVolume
from core.model.records import Volume
from core.model.states import VolumeState
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, DORA, SmallZone


def test_users_rename_and_protect_their_volumes(zone: SmallZone) -> None:
    """What is not given stays."""
    zone.volume()
    zone.run(zone.plan(UpdateVolume(id="vol", name="precious", delete_protection=True)))
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.name, volume.delete_protection, volume.display) == ("precious", True, True)


@pytest.mark.parametrize(
    "command",
    [
        UpdateVolume(id="vol", display_volume=False),
        UpdateVolume(id="vol", storage_id="more"),
        UpdateVolume(id="vol", state="Allocated"),
    ],
)
def test_corrections_are_for_root_administrators(zone: SmallZone, command: UpdateVolume) -> None:
    """They say what is, without looking."""
    zone.volume()
    for caller in (ALICE, DORA):
        with refusal(errors.Denied, 531, "volume/vol"):
            zone.check(command, caller)
    zone.run(zone.plan(command, ADMIN))


def test_no_correction_makes_a_state_that_needs_a_job(zone: SmallZone) -> None:
    """Nor is one made while a job works on the volume."""
    zone.volume()
    with refusal(errors.Invalid, 431, "volume/vol"):
        zone.check(UpdateVolume(id="vol", state="Migrating"), ADMIN)
    with refusal(errors.NotFound, 431, "pool/none"):
        zone.check(UpdateVolume(id="vol", storage_id="none"), ADMIN)
    zone.volume(state=VolumeState.MIGRATING, job_id="j")
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(UpdateVolume(id="vol", state="Ready"), ADMIN)


def test_a_volume_is_given_to_another_account(zone: SmallZone) -> None:
    """It counts there from then on."""
    zone.volume()
    zone.claim(AssignVolume(volume_id="vol", account_id="dora"), DORA)
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.account_id, volume.domain_id) == ("dora", "sales")
    assert zone.inventory.total("account.volumes", "alice") == 0
    assert zone.inventory.total("account.volumes", "dora") == 1


@pytest.mark.parametrize(
    ("command", "caller", "kind", "object"),
    [
        (AssignVolume(volume_id="vol"), DORA, errors.Invalid, ""),
        (
            AssignVolume(volume_id="vol", account_id="dora", project_id="p"),
            DORA,
            errors.Invalid,
            "",
        ),
        (AssignVolume(volume_id="vol", account_id="alice"), DORA, errors.Invalid, "volume/vol"),
        (AssignVolume(volume_id="vol", account_id="bob"), DORA, errors.NotFound, "account/bob"),
        (AssignVolume(volume_id="used", account_id="dora"), DORA, errors.Conflict, "volume/used"),
    ],
)
def test_volumes_that_may_not_be_given_away(
    zone: SmallZone,
    command: AssignVolume,
    caller: Caller,
    kind: type[errors.ForebayError],
    object: str,
) -> None:
    """To one new owner whom the caller may act for, and detached."""
    zone.volume()
    zone.vm()
    zone.volume("used", vm_id="vm", device_id=1)
    with refusal(kind, 431, object):
        zone.check(command, caller)


def test_the_new_owner_must_have_room_in_the_limit(zone: SmallZone) -> None:
    """As for a volume of its own."""
    zone.volume()
    zone.set("max.account.volumes", 0)
    with refusal(errors.QuotaExceeded, 535, "account/dora"):
        zone.check(AssignVolume(volume_id="vol", account_id="dora"), ADMIN)
