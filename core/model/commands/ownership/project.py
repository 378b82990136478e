"""Commands about projects."""

from typing import ClassVar

from msgspec import field

from core.model.commands.command import Command, Id, ListCommand, Mode, Name, Tags, Text


class CreateProject(Command, frozen=True, kw_only=True):
    """Create a project, whose things belong to all its members."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "project"

    name: Name
    display_text: Text | None = None
    account: Name | None = None
    domain_id: Id | None = None


class DeleteProject(Command, frozen=True, kw_only=True):
    """Delete a project with everything in it."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id


class UpdateProject(Command, frozen=True, kw_only=True):
    """Change the name, the text or the owner of a project; who owned it stays a member."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "project"

    id: Id
    name: Name | None = None
    display_text: Text | None = None
    account: Name | None = None
    swap_owner: bool = True


class SuspendProject(Command, frozen=True, kw_only=True):
    """Stop a project's machines, and let nothing new come into it."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "project"

    id: Id


class ActivateProject(Command, frozen=True, kw_only=True):
    """Let a suspended project be worked in again; its machines stay as they are."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "project"

    id: Id


class AddAccountToProject(Command, frozen=True, kw_only=True):
    """Let an account work in a project."""

    mode: ClassVar[Mode] = Mode.JOB

    project_id: Id
    account: Name


class DeleteAccountFromProject(Command, frozen=True, kw_only=True):
    """Let an account work in a project no longer."""

    mode: ClassVar[Mode] = Mode.JOB

    project_id: Id
    account: Name


class ListProjectAccounts(ListCommand, frozen=True, kw_only=True):
    """List the accounts that work in a project."""

    returns: ClassVar[str] = "projectaccount"

    project_id: Id
    account: Name | None = None
    project_role: Name | None = field(name="role", default=None)


class ListProjects(ListCommand, frozen=True, kw_only=True):
    """List the projects that the caller may work in."""

    returns: ClassVar[str] = "project"

    id: Id | None = None
    name: Name | None = None
    display_text: Text | None = None
    domain_id: Id | None = None
    state: Name | None = None
    tags: Tags = ()
    list_all: bool = False
