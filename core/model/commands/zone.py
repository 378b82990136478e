"""Commands about zones, pods, clusters and system VMs."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from core.model.commands.command import (
    Command,
    Id,
    ListCommand,
    Name,
    Role,
    ShowIcon,
    Tags,
    Text,
)

Address = Annotated[str, Meta(min_length=1, max_length=255)]


class CreateZone(Command, frozen=True, kw_only=True):
    """Create a zone; what concerns networks is only kept."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "zone"

    name: Name
    dns1: Address
    internal_dns1: Address
    network_type: Name
    dns2: Address | None = None
    internal_dns2: Address | None = None
    ip6_dns1: Address | None = None
    ip6_dns2: Address | None = None
    guest_cidr_address: Address | None = None
    domain: Address | None = None
    allocation_state: Name | None = None
    local_storage_enabled: bool = False
    storage_access_groups: Text | None = None


class UpdateZone(Command, frozen=True, kw_only=True):
    """Change a zone; only what is given changes."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "zone"

    id: Id
    name: Name | None = None
    dns1: Address | None = None
    dns2: Address | None = None
    internal_dns1: Address | None = None
    internal_dns2: Address | None = None
    ip6_dns1: Address | None = None
    ip6_dns2: Address | None = None
    guest_cidr_address: Address | None = None
    domain: Address | None = None
    allocation_state: Name | None = None
    local_storage_enabled: bool | None = None
    details: Mapping[Name, Text] | None = None
    sort_key: int | None = None


class DeleteZone(Command, frozen=True, kw_only=True):
    """Forget a zone that holds nothing."""

    role: ClassVar[Role] = Role.ADMIN

    id: Id


class ListZones(ListCommand, frozen=True, kw_only=True):
    """List zones; only root administrators see Disabled ones. domainid: those of one domain."""

    returns: ClassVar[str] = "zone"

    id: Id | None = None
    ids: tuple[Id, ...] = ()
    name: Name | None = None
    domain_id: Id | None = None
    tags: Tags = ()
    network_type: Name | None = None
    available: bool | None = None
    show_capacities: bool = False
    show_icon: ShowIcon = False
    storage_access_group: Name | None = None


class CreatePod(Command, frozen=True, kw_only=True):
    """Create a pod in a zone; its addresses are only kept."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "pod"

    name: Name
    zone_id: Id
    gateway: Address | None = None
    netmask: Address | None = None
    start_ip: Address | None = None
    end_ip: Address | None = None
    allocation_state: Name | None = None
    storage_access_groups: Text | None = None


class UpdatePod(Command, frozen=True, kw_only=True):
    """Change a pod; only what is given changes."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "pod"

    id: Id
    name: Name | None = None
    gateway: Address | None = None
    netmask: Address | None = None
    start_ip: Address | None = None
    end_ip: Address | None = None
    allocation_state: Name | None = None


class DeletePod(Command, frozen=True, kw_only=True):
    """Forget a pod that holds nothing."""

    role: ClassVar[Role] = Role.ADMIN

    id: Id


class ListPods(ListCommand, frozen=True, kw_only=True):
    """List pods."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "pod"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    allocation_state: Name | None = None
    show_capacities: bool = False
    storage_access_group: Name | None = None


class AddCluster(Command, frozen=True, kw_only=True):
    """Create a cluster of hosts of one hypervisor."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "cluster"

    cluster_name: Name
    zone_id: Id
    pod_id: Id
    hypervisor: Name
    cluster_type: Name
    allocation_state: Name | None = None
    storage_access_groups: Text | None = None


class UpdateCluster(Command, frozen=True, kw_only=True):
    """Change a cluster; only what is given changes, its hypervisor only while it has no hosts."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "cluster"

    id: Id
    cluster_name: Name | None = None
    hypervisor: Name | None = None
    cluster_type: Name | None = None
    allocation_state: Name | None = None


class DeleteCluster(Command, frozen=True, kw_only=True):
    """Forget a cluster that holds nothing."""

    role: ClassVar[Role] = Role.ADMIN

    id: Id


class ListClusters(ListCommand, frozen=True, kw_only=True):
    """List clusters."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "cluster"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    hypervisor: Name | None = None
    cluster_type: Name | None = None
    managed_state: Name | None = None
    arch: Name | None = None
    allocation_state: Name | None = None
    show_capacities: bool = False
    storage_access_group: Name | None = None


class ListSystemVms(ListCommand, frozen=True, kw_only=True):
    """List the system VMs that carry copies between image stores."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "systemvm"

    id: Id | None = None
    name: Name | None = None
    state: Name | None = None
    system_vm_type: Name | None = None
    zone_id: Id | None = None
