"""Commands about who may use a template or an ISO."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import Command, Id, Mode, Name

Accounts = Annotated[tuple[Name, ...], Meta(max_length=500)]
Projects = Annotated[tuple[Id, ...], Meta(max_length=500)]


class UpdateTemplatePermissions(Command, frozen=True, kw_only=True):
    """Share a template with accounts of its owner's domain and with projects, or with everybody.

    op is add, remove, or reset, which takes back all sharing.
    """

    id: Id
    op: Name | None = None
    accounts: Accounts = ()
    project_ids: Projects = ()
    is_public: bool | None = None
    is_featured: bool | None = None
    is_extractable: bool | None = None


class UpdateIsoPermissions(Command, frozen=True, kw_only=True):
    """Share an ISO with accounts of its owner's domain and with projects, or with everybody.

    op is add, remove, or reset, which takes back all sharing.
    """

    id: Id
    op: Name | None = None
    accounts: Accounts = ()
    project_ids: Projects = ()
    is_public: bool | None = None
    is_featured: bool | None = None
    is_extractable: bool | None = None


class ListTemplatePermissions(Command, frozen=True, kw_only=True):
    """Show with whom a template is shared."""

    mode: ClassVar[Mode] = Mode.QUERY
    returns: ClassVar[str] = "templatepermission"

    id: Id


class ListIsoPermissions(Command, frozen=True, kw_only=True):
    """Show with whom an ISO is shared."""

    mode: ClassVar[Mode] = Mode.QUERY
    returns: ClassVar[str] = "templatepermission"

    id: Id
