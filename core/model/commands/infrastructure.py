"""Commands about zones, pods, clusters and hosts."""

from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import Command, Id, ListCommand, Mode, Name, Role

Url = Annotated[str, Meta(min_length=1, max_length=2048)]


class ListZones(ListCommand, frozen=True, kw_only=True):
    """List zones."""

    returns: ClassVar[str] = "zone"

    id: Id | None = None
    name: Name | None = None


class ListPods(ListCommand, frozen=True, kw_only=True):
    """List pods."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "pod"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None


class ListClusters(ListCommand, frozen=True, kw_only=True):
    """List clusters."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "cluster"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    hypervisor: Name | None = None


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


class ListHosts(ListCommand, frozen=True, kw_only=True):
    """List hosts."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "host"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    state: Name | None = None
    resource_state: Name | None = None
    hypervisor: Name | None = None
