"""Commands about volumes."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from core.model.commands.command import (
    Command,
    Count,
    Gib,
    Id,
    ListCommand,
    Mode,
    Name,
    OwnedListCommand,
    Role,
    Text,
    Url,
)


class CreateVolume(Command, frozen=True, kw_only=True):
    """Create a data volume from a snapshot, or as a record until it is first attached."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    name: Name | None = None
    zone_id: Id | None = None
    disk_offering_id: Id | None = None
    snapshot_id: Id | None = None
    size: Gib | None = None
    min_iops: Count | None = None
    max_iops: Count | None = None
    virtual_machine_id: Id | None = None
    display_volume: bool | None = None
    custom_id: Id | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class AttachVolume(Command, frozen=True, kw_only=True):
    """Attach a volume to a virtual machine; an Allocated volume is created near it first."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id
    virtual_machine_id: Id
    device_id: Count | None = None


class DetachVolume(Command, frozen=True, kw_only=True):
    """Detach a volume, named by its id or by virtual machine and device."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id | None = None
    device_id: Count | None = None
    virtual_machine_id: Id | None = None


class ResizeVolume(Command, frozen=True, kw_only=True):
    """Set the size of a volume, by size (GiB) or by a new disk offering."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id
    size: Gib | None = None
    disk_offering_id: Id | None = None
    shrink_ok: bool = False
    min_iops: Count | None = None
    max_iops: Count | None = None
    auto_migrate: bool = False


class ChangeOfferingForVolume(Command, frozen=True, kw_only=True):
    """Give a volume another disk offering; it is moved and resized if that is needed."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id
    disk_offering_id: Id
    size: Gib | None = None
    min_iops: Count | None = None
    max_iops: Count | None = None
    auto_migrate: bool = False
    shrink_ok: bool = False


class MigrateVolume(Command, frozen=True, kw_only=True):
    """Move a volume to another pool, live when its virtual machine runs and livemigrate is true."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    volume_id: Id
    storage_id: Id
    live_migrate: bool = False
    new_disk_offering_id: Id | None = None


class DeleteVolume(Command, frozen=True, kw_only=True):
    """Delete a detached volume at once and for good; its snapshots stay."""

    mode: ClassVar[Mode] = Mode.JOB_WAIT

    id: Id


class DestroyVolume(Command, frozen=True, kw_only=True):
    """Put a detached volume aside until it is recovered or cleaned up, or expunge it at once."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id
    expunge: bool = False


class RecoverVolume(Command, frozen=True, kw_only=True):
    """Take back the destruction of a volume that was not expunged yet."""

    returns: ClassVar[str] = "volume"

    id: Id


class UpdateVolume(Command, frozen=True, kw_only=True):
    """Rename or protect a volume; a root administrator may also correct its record."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id | None = None
    name: Name | None = None
    delete_protection: bool | None = None
    display_volume: bool | None = None
    state: Name | None = None
    storage_id: Id | None = None
    path: Text | None = None
    chain_info: Text | None = None
    custom_id: Id | None = None


class AssignVolume(Command, frozen=True, kw_only=True):
    """Give a detached volume to another account, or to a project."""

    returns: ClassVar[str] = "volume"

    volume_id: Id
    account_id: Id | None = None
    project_id: Id | None = None


class CheckVolume(Command, frozen=True, kw_only=True):
    """Check the QCOW2 structure of a volume that no guest has open; repair: leaks or all."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"
    envelope: ClassVar[str] = "checkandrepairvolumeresponse"

    id: Id
    repair: Name | None = None


class UploadVolume(Command, frozen=True, kw_only=True):
    """Bring a data volume from a URL into secondary storage, to be attached later.

    format is that of the image and of a hypervisor of the zone (QCOW2, VHD, OVA...), and the URL
    ends like it. checksum is an MD5, or another with its name: {SHA-256} and the hex digits.
    """

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    name: Name
    url: Url
    format: Name
    zone_id: Id
    checksum: Text | None = None
    image_store_uuid: Id | None = None
    disk_offering_id: Id | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class ExtractVolume(Command, frozen=True, kw_only=True):
    """Copy a volume to secondary storage and answer a link under which it can be downloaded.

    mode is HTTP_DOWNLOAD.
    """

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    id: Id
    zone_id: Id
    extract_mode: Name = msgspec.field(name="mode")
    url: Url | None = None


class GetUploadParamsForVolume(Command, frozen=True, kw_only=True):
    """Answer where and with which signature the bytes of a new data volume can be POSTed."""

    returns: ClassVar[str] = "getuploadparams"
    envelope: ClassVar[str] = "postuploadvolumeresponse"

    name: Name
    format: Name
    zone_id: Id
    checksum: Text | None = None
    image_store_uuid: Id | None = None
    disk_offering_id: Id | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class ListVolumes(OwnedListCommand, frozen=True, kw_only=True):
    """List volumes."""

    returns: ClassVar[str] = "volume"

    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    type: Name | None = None
    state: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    host_id: Id | None = None
    storage_id: Id | None = None
    virtual_machine_id: Id | None = None
    disk_offering_id: Id | None = None
    service_offering_id: Id | None = None
    display_volume: bool | None = None
    is_encrypted: bool | None = None
    list_system_vms: bool = False
    retrieve_only_resource_count: bool = False


class ListVolumesMetrics(ListVolumes, frozen=True, kw_only=True):
    """List volumes with what was last seen of their sizes and rates."""


class ListVolumesUsageHistory(OwnedListCommand, frozen=True, kw_only=True):
    """List what machines did with their volumes, sample by sample (vm.disk.stats.interval)."""

    returns: ClassVar[str] = "volume"

    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    start_date: Text | None = None
    end_date: Text | None = None


class ListVolumesForImport(ListCommand, frozen=True, kw_only=True):
    """List the images on a pool of KVM's that could become volumes: those of no record."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.LOOK
    returns: ClassVar[str] = "volumeforimport"

    storage_id: Id
    path: Text | None = None


class ImportVolume(Command, frozen=True, kw_only=True):
    """Let an image on a pool become a data volume; its bytes stay as they are."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "volume"

    path: Annotated[Text, Meta(min_length=1, description="as listVolumesForImport shows it")]
    storage_id: Id
    name: Name | None = None
    disk_offering_id: Id | None = None
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class UnmanageVolume(Command, frozen=True, kw_only=True):
    """Forget a detached volume, and leave its image on the pool, to be imported again."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "success"

    id: Id
