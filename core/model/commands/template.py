"""Commands about templates."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from core.model.commands.command import (
    Command,
    Id,
    Mode,
    Name,
    OwnedListCommand,
    Role,
    Text,
    Url,
)

Bits = Annotated[int, Meta(description="32 or 64")]
Details = Mapping[Name, Text]


class RegisterTemplate(Command, frozen=True, kw_only=True):
    """Bring a template into image stores from a URL; it is inspected before anything uses it.

    zoneid -1 is every zone. The answer comes before the download ends: watch status and isready.
    """

    mode: ClassVar[Mode] = Mode.JOB_CLAIM
    returns: ClassVar[str] = "template"

    name: Name
    url: Url
    format: Name
    hypervisor: Name
    display_text: Text | None = None
    zone_id: Id | None = None
    zone_ids: tuple[Id, ...] = ()
    checksum: Text | None = None
    os_type_id: Id | None = None
    bits: Bits = 64
    arch: Name | None = None
    is_public: bool = False
    is_featured: bool = False
    is_extractable: bool = False
    is_routing: bool = False
    template_type: Name | None = None
    template_tag: Name | None = None
    password_enabled: bool = False
    ssh_key_enabled: bool = False
    requires_hvm: bool = True
    is_dynamically_scalable: bool = False
    direct_download: bool = False
    deploy_as_is: bool = False
    details: Details | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class CreateTemplate(Command, frozen=True, kw_only=True):
    """Make a template of a volume that nobody uses, or of a snapshot."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "template"

    name: Name
    os_type_id: Id
    volume_id: Id | None = None
    snapshot_id: Id | None = None
    zone_id: Id | None = None
    display_text: Text | None = None
    bits: Bits = 64
    arch: Name | None = None
    is_public: bool = False
    is_featured: bool = False
    template_tag: Name | None = None
    password_enabled: bool = False
    ssh_key_enabled: bool = False
    requires_hvm: bool = True
    is_dynamically_scalable: bool = False
    details: Details | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class DeleteTemplate(Command, frozen=True, kw_only=True):
    """Remove a template with its images, in one zone or in all."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id
    zone_id: Id | None = None
    forced: bool = False
    is_system: bool = False


class CopyTemplate(Command, frozen=True, kw_only=True):
    """Copy a template to other zones."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "template"

    id: Id
    source_zone_id: Id | None = None
    dest_zone_id: Id | None = None
    dest_zone_ids: tuple[Id, ...] = ()


class PrepareTemplate(Command, frozen=True, kw_only=True):
    """Copy a template to a pool, or to all pools of a zone, before machines need it there."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_CLAIM
    returns: ClassVar[str] = "template"

    template_id: Id
    zone_id: Id
    storage_id: Id | None = None


class UpdateTemplate(Command, frozen=True, kw_only=True):
    """Change what is said of a template; only what is given changes."""

    returns: ClassVar[str] = "template"

    id: Id
    name: Name | None = None
    display_text: Text | None = None
    format: Name | None = None
    os_type_id: Id | None = None
    arch: Name | None = None
    bootable: bool | None = None
    password_enabled: bool | None = None
    ssh_key_enabled: bool | None = None
    requires_hvm: bool | None = None
    is_dynamically_scalable: bool | None = None
    template_type: Name | None = None
    template_tag: Name | None = None
    sort_key: int | None = None
    details: Details | None = None
    cleanup_details: bool = False


class ExtractTemplate(Command, frozen=True, kw_only=True):
    """Answer a link under which a template can be downloaded."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "template"

    id: Id
    extract_mode: Name = msgspec.field(name="mode")
    zone_id: Id | None = None
    url: Url | None = None


class GetUploadParamsForTemplate(Command, frozen=True, kw_only=True):
    """Answer where and with which signature the bytes of a new template can be POSTed."""

    returns: ClassVar[str] = "getuploadparams"
    envelope: ClassVar[str] = "postuploadtemplateresponse"

    name: Name
    format: Name
    hypervisor: Name
    zone_id: Id
    display_text: Text | None = None
    checksum: Text | None = None
    os_type_id: Id | None = None
    bits: Bits = 64
    arch: Name | None = None
    is_public: bool = False
    is_featured: bool = False
    is_extractable: bool = False
    is_routing: bool = False
    template_type: Name | None = None
    template_tag: Name | None = None
    password_enabled: bool = False
    ssh_key_enabled: bool = False
    requires_hvm: bool = True
    is_dynamically_scalable: bool = False
    details: Details | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class ListTemplates(OwnedListCommand, frozen=True, kw_only=True):
    """List templates."""

    returns: ClassVar[str] = "template"

    template_filter: Name = "executable"
    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    zone_id: Id | None = None
    hypervisor: Name | None = None
    template_type: Name | None = None
    os_type_id: Id | None = None
    arch: Name | None = None
    parent_template_id: Id | None = None
    image_store_id: Id | None = None
    storage_id: Id | None = None
    show_unique: bool = False
