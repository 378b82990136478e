"""Suspended projects: who may suspend, what stops, and what they refuse."""

from typing import Any

import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.ownership.project import (
    ActivateProject,
    CreateProject,
    ListProjectAccounts,
    SuspendProject,
)
from core.model.commands.vm import StartVirtualMachine
from core.model.commands.volume import CreateVolume
from core.model.records import Project
from core.plans.operation import RunJobs
from core.views.ownership.domain import QUERIES
from tests.refusal import refusal
from tests.small_zone import ALICE, BOB, SmallZone


@pytest.fixture
def project(zone: SmallZone) -> Project:
    """A project of alice."""
    return zone.inventory.get(Project, zone.claim(CreateProject(name="web"), ALICE).id)


def suspended(zone: SmallZone, project: Project) -> None:
    """Suspend it."""
    zone.run(zone.plan(SuspendProject(id=project.id), ALICE))


def test_its_running_machines_stop(zone: SmallZone, project: Project) -> None:
    """Nothing new comes in from the first step on; other machines go on."""
    zone.vm("its", account_id=project.account_id)
    zone.stopped_vm("rests", account_id=project.account_id)
    zone.vm("other")
    closing, stopping = zone.plan(SuspendProject(id=project.id), ALICE).steps
    assert isinstance(stopping.do, RunJobs)
    assert [bytes(one.request) for one in stopping.do.errands] == [
        b'{"command":"stopVirtualMachine","id":"its"}'
    ]
    zone.apply(closing.begin)
    assert zone.inventory.get(Project, project.id).state == "Suspended"
    zone.apply(closing.revert)
    assert zone.inventory.get(Project, project.id).state == "Active"


def test_nothing_new_comes_into_a_suspended_project(zone: SmallZone, project: Project) -> None:
    """And its machines don't start, until it is active again."""
    zone.stopped_vm("its", account_id=project.account_id)
    suspended(zone, project)
    create = CreateVolume(zone_id="z1", disk_offering_id="small", project_id=project.id)
    start = StartVirtualMachine(id="its")
    for command in (create, start):
        with refusal(errors.Denied, 531, f"project/{project.id}"):
            zone.check(command, ALICE)
    zone.run(zone.plan(ActivateProject(id=project.id), ALICE))
    zone.check(create, ALICE)
    zone.check(start, ALICE)


def test_what_is_so_already_is_refused(zone: SmallZone, project: Project) -> None:
    """With 431."""
    with refusal(errors.Conflict, 431, f"project/{project.id}"):
        zone.check(ActivateProject(id=project.id), ALICE)
    suspended(zone, project)
    with refusal(errors.Conflict, 431, f"project/{project.id}"):
        zone.check(SuspendProject(id=project.id), ALICE)


@pytest.mark.parametrize("kind", [SuspendProject, ActivateProject])
def test_foreign_projects_are_unknown(
    zone: SmallZone, project: Project, kind: type[SuspendProject | ActivateProject]
) -> None:
    """As if they were not there."""
    command: Command = kind(id=project.id)
    with refusal(errors.NotFound, 431, f"project/{project.id}"):
        zone.check(command, BOB)


def test_members_are_listed_with_their_roles(zone: SmallZone, project: Project) -> None:
    """The owner is its administrator."""
    command = ListProjectAccounts(project_id=project.id)
    answer: dict[str, Any] = dict(QUERIES[ListProjectAccounts](zone.context(ALICE), command))
    assert answer["count"] == 1
    row = answer["projectaccount"][0]
    assert (row["account"], row["role"], row["project"]) == ("alice", "Admin", "web")
    with refusal(errors.NotFound, 431, f"project/{project.id}"):
        QUERIES[ListProjectAccounts](zone.context(BOB), command)
