"""Commands about details: keys and values that administrators keep with things."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import Command, Id, ListCommand, Mode, Name, Role, Tags, Text


class AddResourceDetail(Command, frozen=True, kw_only=True):
    """Keep details with a thing; fordisplay=false hides them from all but root administrators."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    resource_type: Name
    resource_id: Id
    details: Annotated[Tags, Meta(min_length=1)]
    for_display: bool = True


class RemoveResourceDetail(Command, frozen=True, kw_only=True):
    """Keep a detail with a thing no longer; without key none of them."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    resource_type: Name
    resource_id: Id
    key: Name | None = None


class ListResourceDetails(ListCommand, frozen=True, kw_only=True):
    """List the details of a thing, or find those of a type by key and value.

    value and fordisplay are for root administrators: all others are shown what is for display.
    """

    returns: ClassVar[str] = "resourcedetail"

    resource_type: Name
    resource_id: Id | None = None
    key: Name | None = None
    value: Text | None = None
    for_display: bool | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None
    list_all: bool = False
    is_recursive: bool = False
