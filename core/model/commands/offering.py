"""Commands about disk and service offerings."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import (
    Command,
    Count,
    Gib,
    Id,
    Name,
    OwnedListCommand,
    Role,
    Text,
)

Cpus = Annotated[int, Meta(ge=1, le=4096)]
Mhz = Annotated[int, Meta(ge=1, le=1 << 20, description="MHz")]
Details = Mapping[Name, Text]
Mib = Annotated[int, Meta(ge=1, le=1 << 31, description="MiB")]


class _Rates(Command, frozen=True, kw_only=True):
    """Throttles of a disk: bytes or operations a second, bursts, and seconds that these last."""

    bytes_read_rate: Count | None = None
    bytes_read_rate_max: Count | None = None
    bytes_read_rate_max_length: Count | None = None
    bytes_write_rate: Count | None = None
    bytes_write_rate_max: Count | None = None
    bytes_write_rate_max_length: Count | None = None
    iops_read_rate: Count | None = None
    iops_read_rate_max: Count | None = None
    iops_read_rate_max_length: Count | None = None
    iops_write_rate: Count | None = None
    iops_write_rate_max: Count | None = None
    iops_write_rate_max_length: Count | None = None


class CreateDiskOffering(_Rates, frozen=True, kw_only=True):
    """Create a disk offering: a fixed disksize (GiB), or customized."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "diskoffering"

    name: Name
    display_text: Text | None = None
    disk_size: Annotated[int, Meta(ge=0, le=1 << 30, description="GiB; 0 is customized")] | None = (
        None
    )
    customized: bool = False
    storage_type: Name = "shared"
    provisioning_type: Name = "thin"
    tags: Text | None = None
    min_iops: Count | None = None
    max_iops: Count | None = None
    customized_iops: bool | None = None
    hypervisor_snapshot_reserve: Count | None = None
    cache_mode: Name | None = None
    disk_size_strictness: bool = False
    encrypt: bool = False
    display_offering: bool = True
    details: Details | None = None
    domain_id: tuple[Id, ...] = ()
    zone_id: tuple[Id, ...] = ()


class UpdateDiskOffering(_Rates, frozen=True, kw_only=True):
    """Change what is not given to volumes when they are made: names, tags, places, throttles."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "diskoffering"

    id: Id
    name: Name | None = None
    display_text: Text | None = None
    tags: Text | None = None
    cache_mode: Name | None = None
    display_offering: bool | None = None
    sort_key: int | None = None
    state: Name | None = None
    domain_id: tuple[Id, ...] | None = None
    zone_id: tuple[Id, ...] | None = None


class DeleteDiskOffering(Command, frozen=True, kw_only=True):
    """Offer it no longer; volumes that have it keep it."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN

    id: Id


class ListDiskOfferings(OwnedListCommand, frozen=True, kw_only=True):
    """List the disk offerings that the caller may use."""

    returns: ClassVar[str] = "diskoffering"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    volume_id: Id | None = None
    storage_id: Id | None = None
    virtual_machine_id: Id | None = None
    storage_type: Name | None = None
    encrypt: bool | None = None
    state: Name | None = None


class CreateServiceOffering(_Rates, frozen=True, kw_only=True):
    """Create a service offering: processors, memory (MiB) and the kind of root disk."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "serviceoffering"

    name: Name
    display_text: Text | None = None
    cpu_number: Cpus = 1
    cpu_speed: Mhz = 1000
    memory: Mib = 512
    customized: bool = False
    min_cpu_number: Cpus | None = None
    max_cpu_number: Cpus | None = None
    min_memory: Mib | None = None
    max_memory: Mib | None = None
    storage_type: Name = "shared"
    provisioning_type: Name = "thin"
    tags: Text | None = None
    host_tags: Text | None = None
    root_disk_size: Gib | None = None
    disk_offering_id: Id | None = None
    disk_offering_strictness: bool = False
    min_iops: Count | None = None
    max_iops: Count | None = None
    customized_iops: bool | None = None
    hypervisor_snapshot_reserve: Count | None = None
    cache_mode: Name | None = None
    encrypt_root: bool = False
    offer_ha: bool = False
    limit_cpu_use: bool = False
    network_rate: Annotated[int, Meta(ge=-1, le=1 << 31, description="Mbit/s")] | None = None
    purge_resources: bool = False
    is_volatile: bool = False
    dynamic_scaling_enabled: bool = True
    service_offering_details: Details | None = None
    domain_id: tuple[Id, ...] = ()
    zone_id: tuple[Id, ...] = ()


class UpdateServiceOffering(Command, frozen=True, kw_only=True):
    """Change what is not given to machines when they are made: names, tags, places."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    returns: ClassVar[str] = "serviceoffering"

    id: Id
    name: Name | None = None
    display_text: Text | None = None
    storage_tags: Text | None = None
    host_tags: Text | None = None
    sort_key: int | None = None
    state: Name | None = None
    domain_id: tuple[Id, ...] | None = None
    zone_id: tuple[Id, ...] | None = None


class DeleteServiceOffering(Command, frozen=True, kw_only=True):
    """Offer it no longer; machines that have it keep it."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN

    id: Id


class ListServiceOfferings(OwnedListCommand, frozen=True, kw_only=True):
    """List the service offerings that the caller may use."""

    returns: ClassVar[str] = "serviceoffering"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    storage_type: Name | None = None
    encrypt_root: bool | None = None
    state: Name | None = None
