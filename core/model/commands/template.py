"""Commands about templates."""

from typing import ClassVar

import msgspec

from core.model.commands.command import (
    Command,
    Id,
    Mode,
    Name,
    OwnedListCommand,
    Text,
    Url,
)


class RegisterTemplate(Command, frozen=True, kw_only=True):
    """Bring a template into an image store from a URL; it is inspected before anything uses it."""

    mode: ClassVar[Mode] = Mode.JOB_CLAIM
    returns: ClassVar[str] = "template"

    name: Name
    url: Url
    format: Name
    hypervisor: Name
    display_text: Text | None = None
    zone_id: Id | None = None
    checksum: Text | None = None
    is_public: bool = False
    is_featured: bool = False
    is_extractable: bool = False
    account: Name | None = None
    domain_id: Id | None = None


class ExtractTemplate(Command, frozen=True, kw_only=True):
    """Answer a link under which a template can be downloaded."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "template"

    id: Id
    extract_mode: Name = msgspec.field(name="mode")
    zone_id: Id | None = None
    url: Url | None = None


class ListTemplates(OwnedListCommand, frozen=True, kw_only=True):
    """List templates."""

    returns: ClassVar[str] = "template"

    template_filter: Name = "executable"
    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    zone_id: Id | None = None
    hypervisor: Name | None = None
