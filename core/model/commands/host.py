"""Commands about hosts."""

from typing import ClassVar

from core.model.commands.command import Command, Id, ListCommand, Mode, Name, Role, Url


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
