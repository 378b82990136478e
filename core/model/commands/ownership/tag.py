"""Commands about tags."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import Command, Id, Mode, Name, OwnedListCommand, Tags, Text


class CreateTags(Command, frozen=True, kw_only=True):
    """Put tags on things."""

    mode: ClassVar[Mode] = Mode.JOB

    resource_type: Name
    resource_ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=500)]
    tags: Annotated[Tags, Meta(min_length=1)]


class DeleteTags(Command, frozen=True, kw_only=True):
    """Take tags off things: those named, or all."""

    mode: ClassVar[Mode] = Mode.JOB

    resource_type: Name
    resource_ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=500)]
    tags: Tags = ()


class ListTags(OwnedListCommand, frozen=True, kw_only=True):
    """List tags."""

    returns: ClassVar[str] = "tag"

    resource_type: Name | None = None
    resource_id: Id | None = None
    key: Name | None = None
    value: Text | None = None
