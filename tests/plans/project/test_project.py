"""Projects: things that several accounts share."""

import pytest

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.ownership.project import (
    AddAccountToProject,
    CreateProject,
    DeleteAccountFromProject,
    DeleteProject,
    UpdateProject,
)
from core.model.commands.volume import CreateVolume
from core.model.records import Account, Project, Volume
from tests.refusal import refusal
from tests.small_zone import ALICE, BOB, DORA, SmallZone


@pytest.fixture
def project(zone: SmallZone) -> Project:
    """A project of alice."""
    return zone.inventory.get(Project, zone.claim(CreateProject(name="web"), ALICE).id)


def test_a_project_has_an_account_of_its_own(zone: SmallZone, project: Project) -> None:
    """What is made for the project belongs to that account, and to it all members."""
    account = zone.inventory.get(Account, project.account_id)
    assert (account.project_id, account.role) == (project.id, Role.USER)
    assert project.members == ("alice",)
    made = zone.claim(
        CreateVolume(zone_id="z1", disk_offering_id="small", project_id=project.id), ALICE
    )
    volume = zone.inventory.get(Volume, made.id)
    assert volume.account_id == account.id
    assert zone.context(ALICE).may_use(volume)
    assert not zone.context(BOB).may_use(volume)


def test_members_come_and_go(zone: SmallZone, project: Project) -> None:
    """Accounts of its domain; what the project has is theirs while they are members."""
    zone.add(Account(id="anna", name="anna", domain_id="sales", role=Role.USER))
    added = AddAccountToProject(project_id=project.id, account="anna")
    zone.run(zone.plan(added, ALICE))
    assert zone.inventory.members(project.account_id) == ("alice", "anna")
    with refusal(errors.Invalid, 431, f"project/{project.id}"):
        zone.check(added, ALICE)
    removed = DeleteAccountFromProject(project_id=project.id, account="anna")
    zone.run(zone.plan(removed, ALICE))
    assert zone.inventory.members(project.account_id) == ("alice",)
    with refusal(errors.Invalid, 431, f"project/{project.id}"):
        zone.check(removed, ALICE)


@pytest.mark.parametrize("account", ["bob", "nobody"])
def test_only_accounts_of_the_domain_become_members(
    zone: SmallZone, project: Project, account: str
) -> None:
    """Others are as unknown."""
    with refusal(errors.NotFound, 431, f"project/{project.id}"):
        zone.check(AddAccountToProject(project_id=project.id, account=account), ALICE)


def test_the_owner_stays_a_member(zone: SmallZone, project: Project) -> None:
    """Nobody would be left who may delete it."""
    with refusal(errors.Invalid, 431, f"project/{project.id}"):
        zone.check(DeleteAccountFromProject(project_id=project.id, account="alice"), DORA)


def test_names_are_unique_in_a_domain(zone: SmallZone, project: Project) -> None:
    """When created and when renamed."""
    with refusal(errors.Invalid, 431, f"project/{project.id}"):
        zone.check(CreateProject(name="web"), DORA)
    other = zone.claim(CreateProject(name="shop"), DORA).id
    with refusal(errors.Invalid, 431, f"project/{project.id}"):
        zone.check(UpdateProject(id=other, name="web"), DORA)


def test_projects_are_limited(zone: SmallZone, project: Project) -> None:
    """Per owner."""
    zone.set("max.account.projects", 1)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(CreateProject(name="two"), ALICE)


def test_a_project_goes_with_its_account(zone: SmallZone, project: Project) -> None:
    """After all that is in it; strangers don't even see it."""
    with refusal(errors.NotFound, 431, f"project/{project.id}"):
        zone.check(DeleteProject(id=project.id), BOB)
    zone.run(zone.plan(DeleteProject(id=project.id), ALICE))
    assert zone.inventory.find(Project, project.id) is None
    assert zone.inventory.find(Account, project.account_id) is None


def test_a_project_changes_hands(zone: SmallZone, project: Project) -> None:
    """To one who works in it and has a project left; who owned it stays a member."""
    zone.add(Account(id="anna", name="anna", domain_id="sales", role=Role.USER))
    handed = UpdateProject(id=project.id, account="anna")
    with refusal(errors.Invalid, 431, "account/anna"):
        zone.check(handed, ALICE)
    zone.run(zone.plan(AddAccountToProject(project_id=project.id, account="anna"), ALICE))
    with refusal(errors.Unsupported, 431, "account/anna"):
        zone.check(UpdateProject(id=project.id, account="anna", swap_owner=False), ALICE)
    zone.limit("anna", "project", 0)
    with refusal(errors.QuotaExceeded, 535, "account/anna"):
        zone.check(handed, ALICE)
    zone.limit("anna", "project", 1)
    zone.run(zone.plan(handed, ALICE))
    after = zone.inventory.get(Project, project.id)
    assert (after.owner_id, after.members) == ("anna", ("alice", "anna"))
    assert zone.inventory.total("account.projects", "anna") == 1
    assert zone.inventory.total("account.projects", "alice") == 0
    with refusal(errors.Denied, 531, "account/anna"):
        zone.check(UpdateProject(id=project.id, name="mine"), ALICE)
