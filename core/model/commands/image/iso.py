"""Commands about ISOs."""

from typing import ClassVar

import msgspec

from core.model.commands.command import Command, Id, Mode, Name, OwnedListCommand, Text, Url


class RegisterIso(Command, frozen=True, kw_only=True):
    """Bring an ISO into image stores from a URL; it is inspected before anything uses it.

    zoneid -1 is every zone. The answer comes before the download ends: watch status and isready.
    """

    mode: ClassVar[Mode] = Mode.JOB_CLAIM
    returns: ClassVar[str] = "iso"

    name: Name
    url: Url
    zone_id: Id | None = None
    zone_ids: tuple[Id, ...] = ()
    display_text: Text | None = None
    bootable: bool = True
    os_type_id: Id | None = None
    checksum: Text | None = None
    arch: Name | None = None
    is_public: bool = False
    is_featured: bool = False
    is_extractable: bool = False
    is_dynamically_scalable: bool = False
    password_enabled: bool = False
    direct_download: bool = False
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class DeleteIso(Command, frozen=True, kw_only=True):
    """Remove an ISO with its images, in one zone or in all."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id
    zone_id: Id | None = None


class CopyIso(Command, frozen=True, kw_only=True):
    """Copy an ISO to other zones."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "iso"

    id: Id
    source_zone_id: Id | None = None
    dest_zone_id: Id | None = None
    dest_zone_ids: tuple[Id, ...] = ()


class UpdateIso(Command, frozen=True, kw_only=True):
    """Change what is said of an ISO; only what is given changes."""

    returns: ClassVar[str] = "iso"

    id: Id
    name: Name | None = None
    display_text: Text | None = None
    os_type_id: Id | None = None
    arch: Name | None = None
    bootable: bool | None = None
    password_enabled: bool | None = None
    is_dynamically_scalable: bool | None = None
    sort_key: int | None = None


class AttachIso(Command, frozen=True, kw_only=True):
    """Put an ISO into a machine's drive, in place of none."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    id: Id
    virtual_machine_id: Id
    forced: bool = False


class DetachIso(Command, frozen=True, kw_only=True):
    """Take the ISO out of a machine's drive."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    virtual_machine_id: Id
    forced: bool = False


class ExtractIso(Command, frozen=True, kw_only=True):
    """Answer a link under which an ISO can be downloaded."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "iso"

    id: Id
    extract_mode: Name = msgspec.field(name="mode")
    zone_id: Id | None = None
    url: Url | None = None


class GetUploadParamsForIso(Command, frozen=True, kw_only=True):
    """Answer where and with which signature the bytes of a new ISO can be POSTed."""

    returns: ClassVar[str] = "getuploadparams"
    envelope: ClassVar[str] = "postuploadisoresponse"

    name: Name
    format: Name
    zone_id: Id
    display_text: Text | None = None
    bootable: bool = True
    os_type_id: Id | None = None
    checksum: Text | None = None
    arch: Name | None = None
    is_public: bool = False
    is_featured: bool = False
    is_extractable: bool = False
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class ListIsos(OwnedListCommand, frozen=True, kw_only=True):
    """List ISOs."""

    returns: ClassVar[str] = "iso"

    iso_filter: Name = "selfexecutable"
    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    zone_id: Id | None = None
    os_type_id: Id | None = None
    arch: Name | None = None
    bootable: bool | None = None
    is_public: bool | None = None
    is_ready: bool | None = None
    show_unique: bool = False
