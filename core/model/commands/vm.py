"""Commands about virtual machines."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from core.model.commands.command import (
    Command,
    Count,
    Gib,
    Id,
    Mode,
    Name,
    OwnedListCommand,
    Role,
    Text,
    wire_name,
)


class DataDiskAsked(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=wire_name
):
    """One of several data disks of a new machine; `size` only where the offering has none."""

    disk_offering_id: Id
    size: Gib | None = None
    min_iops: Count | None = None
    max_iops: Count | None = None
    device_id: Count | None = None


class DataDiskOffered(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=wire_name
):
    """The disk offering for a data disk of the template, by that disk's own template."""

    data_disk_template_id: Id
    disk_offering_id: Id


DataDisks = Annotated[tuple[DataDiskAsked, ...], Meta(max_length=64)]
UserData = Annotated[str, Meta(max_length=1 << 21, description="in Base64")]


class DeployVirtualMachine(Command, frozen=True, kw_only=True):
    """Create a virtual machine from a template, a volume or a root disk's snapshot; start it.

    Where templateid is an ISO, the machine boots from that, with a blank root disk of
    diskofferingid and size. datadiskofferinglist: which data disks of a template it gets.
    details: cpuNumber and memory (MiB) of a customized offering; minIops and maxIops of the root
    disk where its offering lets callers choose them; rootdisksize (GiB).
    userdata, keypair, keypairs, keyboard, iothreadsenabled, iodriverpolicy: are kept and shown.
    copyimagetags: it gets the tags of its template.
    """

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    zone_id: Id
    service_offering_id: Id
    template_id: Id | None = None
    volume_id: Id | None = None
    snapshot_id: Id | None = None
    name: Name | None = None
    display_name: Name | None = None
    group: Name | None = None
    display_vm: bool | None = None
    details: Mapping[Name, Text] | None = None
    disk_offering_id: Id | None = None
    size: Gib | None = None
    data_disks_details: DataDisks = ()
    data_disk_offering_list: Annotated[tuple[DataDiskOffered, ...], Meta(max_length=64)] = ()
    root_disk_size: Gib | None = None
    override_disk_offering_id: Id | None = None
    host_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    hypervisor: Name | None = None
    start_vm: bool = True
    custom_id: Id | None = None
    dynamic_scaling_enabled: bool = True
    user_data: UserData | None = None
    key_pair: Text | None = None
    key_pairs: Annotated[tuple[Name, ...], Meta(max_length=64)] = ()
    keyboard: Text | None = None
    io_threads_enabled: bool | None = None
    io_driver_policy: Text | None = None
    copy_image_tags: bool = False
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


class StartVirtualMachine(Command, frozen=True, kw_only=True):
    """Start a stopped virtual machine, creating those of its volumes that are only allocated."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    id: Id
    host_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    consider_last_host: bool | None = None


class StopVirtualMachine(Command, frozen=True, kw_only=True):
    """Stop a running virtual machine; its volumes stay as they are."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    id: Id
    forced: bool = False


class DestroyVirtualMachine(Command, frozen=True, kw_only=True):
    """Stop and destroy a virtual machine; data disks stay unless named in volumeids.

    What is destroyed can be recovered until it is old; with expunge it goes for good at once.
    """

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    id: Id
    expunge: bool = False
    volume_ids: tuple[Id, ...] = ()


class RecoverVirtualMachine(Command, frozen=True, kw_only=True):
    """Take back the destruction of a machine; its data disks stay detached."""

    returns: ClassVar[str] = "virtualmachine"

    id: Id


class ExpungeVirtualMachine(Command, frozen=True, kw_only=True):
    """Remove a destroyed machine and its root disk for good."""

    mode: ClassVar[Mode] = Mode.JOB

    id: Id


class RebootVirtualMachine(Command, frozen=True, kw_only=True):
    """Stop and start a running machine where it is; a volatile one gets a new root disk."""

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    id: Id
    forced: bool = False


class RestoreVirtualMachine(Command, frozen=True, kw_only=True):
    """Give a machine a new root disk from its template or another; the old one is destroyed.

    details: rootdisksize (GiB); minIops and maxIops where the offering lets callers choose them.
    """

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    virtual_machine_id: Id
    template_id: Id | None = None
    disk_offering_id: Id | None = None
    root_disk_size: Gib | None = None
    details: Mapping[Name, Text] | None = None
    expunge: bool = False


class ScaleVirtualMachine(Command, frozen=True, kw_only=True):
    """Give a machine another service offering; its root disk grows with the offering's.

    One that runs only gets more than it has, where enable.dynamic.scale.vm admits it.
    details: cpuNumber and memory (MiB) of a customized offering.
    """

    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "virtualmachine"

    id: Id
    service_offering_id: Id
    details: Mapping[Name, Text] | None = None
    min_iops: Count | None = None
    max_iops: Count | None = None
    auto_migrate: bool = True
    shrink_ok: bool = False


class ChangeServiceForVirtualMachine(ScaleVirtualMachine, frozen=True, kw_only=True):
    """The same as scaleVirtualMachine, for callers that wait for the answer."""

    mode: ClassVar[Mode] = Mode.JOB_WAIT


class UpdateVirtualMachine(Command, frozen=True, kw_only=True):
    """Rename, group, hide or protect a machine; only what is given changes.

    details: take the place of those that it has; cleanup_details: it has none from then on.
    """

    returns: ClassVar[str] = "virtualmachine"

    id: Id
    name: Name | None = None
    display_name: Name | None = None
    group: Name | None = None
    display_vm: bool | None = None
    delete_protection: bool | None = None
    is_dynamically_scalable: bool | None = None
    user_data: UserData | None = None
    details: Mapping[Name, Text] | None = None
    cleanup_details: bool = False


class AssignVirtualMachine(Command, frozen=True, kw_only=True):
    """Give a stopped machine with all its volumes to another account, or to a project."""

    role: ClassVar[Role] = Role.DOMAIN_ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT
    returns: ClassVar[str] = "virtualmachine"

    virtual_machine_id: Id
    account: Name | None = None
    domain_id: Id | None = None
    project_id: Id | None = None


VmDetail = Literal[
    "all",
    "min",
    "group",
    "nics",
    "stats",
    "secgrp",
    "tmpl",
    "servoff",
    "diskoff",
    "backoff",
    "iso",
    "volume",
    "affgrp",
]
"""What listVirtualMachines can be asked to tell."""


class ListVirtualMachines(OwnedListCommand, frozen=True, kw_only=True):
    """List virtual machines. state Present: all that are not destroyed. details: what is told.

    userdata: theirs is shown, too.
    """

    returns: ClassVar[str] = "virtualmachine"

    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    state: Name | None = None
    hypervisor: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    host_id: Id | None = None
    storage_id: Id | None = None
    template_id: Id | None = None
    iso_id: Id | None = None
    service_offering_id: Id | None = None
    ha_enable: bool | None = None
    display_vm: bool | None = None
    details: Annotated[tuple[VmDetail, ...], Meta(max_length=16)] = ()
    user_data: bool = False
    retrieve_only_resource_count: bool = False


class ListVirtualMachinesMetrics(ListVirtualMachines, frozen=True, kw_only=True):
    """List virtual machines with what was last seen of their disks' rates, and sizes in words."""
