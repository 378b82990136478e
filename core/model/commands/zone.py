"""Commands about zones, pods, clusters and system VMs."""

from typing import ClassVar

from core.model.commands.command import Id, ListCommand, Name, Role


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


class ListSystemVms(ListCommand, frozen=True, kw_only=True):
    """List the system VMs that carry copies between image stores."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "systemvm"

    id: Id | None = None
    name: Name | None = None
    state: Name | None = None
    system_vm_type: Name | None = None
    zone_id: Id | None = None
