"""Commands about hosts and their hypervisors."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from core.model.commands.command import Command, Id, ListCommand, Mode, Name, Role, Text, Url


class AddHost(Command, frozen=True, kw_only=True):
    """Add a host to a cluster; its hypervisor is asked at once what it has."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT
    returns: ClassVar[str] = "host"

    zone_id: Id
    pod_id: Id
    url: Url
    hypervisor: Name
    cluster_id: Id | None = None
    cluster_name: Name | None = None
    name: Name | None = None
    allocation_state: Name | None = None
    host_tags: Text | None = None
    storage_access_groups: Text | None = None


class UpdateHost(Command, frozen=True, kw_only=True):
    """Change a host's name, tags (they replace all tags), note or use; only what is given changes.

    allocationstate: Enable or Disable; a Disabled host takes no more machines.
    """

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "host"

    id: Id
    name: Name | None = None
    allocation_state: Name | None = None
    host_tags: Text | None = None
    annotation: Text | None = None


class ReconnectHost(Command, frozen=True, kw_only=True):
    """Ask a host anew what it has; one that answers is Up."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "host"

    id: Id


class DeleteHost(Command, frozen=True, kw_only=True):
    """Forget a host that is in maintenance.

    forced: in every state, its machines are stopped. forcedestroylocalstorage: also the volumes on
    its local storage, and the machines whose root disks are there, are destroyed for good.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT

    id: Id
    forced: bool = False
    force_destroy_local_storage: bool = False


class PrepareHostForMaintenance(Command, frozen=True, kw_only=True):
    """Let all machines leave a host, so that it can be switched off."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "host"

    id: Id


class CancelHostMaintenance(Command, frozen=True, kw_only=True):
    """Let a host be used again, or stop its preparation for maintenance in the middle."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "host"

    id: Id


class ListHosts(ListCommand, frozen=True, kw_only=True):
    """List hosts; with a machine, those of its cluster and whether they have room for it."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "host"

    id: Id | None = None
    name: Name | None = None
    type: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    virtual_machine_id: Id | None = None
    state: Name | None = None
    resource_state: Name | None = None
    hypervisor: Name | None = None
    ha_host: bool | None = None
    arch: Name | None = None
    management_server_id: Id | None = None
    out_of_band_management_enabled: bool | None = None
    out_of_band_management_power_state: Name | None = None
    storage_access_group: Name | None = None
    details: tuple[Literal["all", "capacity", "events", "stats", "version", "min"], ...] = ()


class ListHypervisors(Command, frozen=True, kw_only=True):
    """List the hypervisors that there are; of a zone, those of its clusters."""

    mode: ClassVar[Mode] = Mode.QUERY
    returns: ClassVar[str] = "hypervisor"

    zone_id: Id | None = None


class ListHypervisorCapabilities(ListCommand, frozen=True, kw_only=True):
    """List what versions of hypervisors can do."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "hypervisorCapabilities"

    id: Id | None = None
    hypervisor: Name | None = None


class UpdateHypervisorCapabilities(Command, frozen=True, kw_only=True):
    """Say what a version of a hypervisor can do, by its id or its name and version.

    maxdatavolumeslimit is about each machine; only what is given changes.
    """

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "hypervisorCapabilities"

    id: Id | None = None
    hypervisor: Name | None = None
    hypervisor_version: Name | None = None
    max_data_volumes_limit: Annotated[int, Meta(ge=0, le=254)] | None = None
    storage_motion_enabled: bool | None = None
