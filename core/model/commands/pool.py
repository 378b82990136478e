"""Commands about primary storage pools."""

from collections.abc import Mapping
from typing import ClassVar

from core.model.commands.command import (
    Command,
    Count,
    Id,
    ListCommand,
    Mode,
    Name,
    Role,
    Text,
    Url,
)


class CreateStoragePool(Command, frozen=True, kw_only=True):
    """Add a primary storage pool; it is probed at once.

    The URL's scheme tells its type: nfs://server/export, rbd://monitor/pool,
    vmfs://vcenter/datacenter/datastore... scope is CLUSTER, ZONE or, for a host's own disks, HOST.
    provider is DefaultPrimary, SolidFire, PowerFlex or Linstor; details of a LINSTOR pool name its
    resourceGroup. With istagarule, tags is one rule over an offering's tags.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT
    returns: ClassVar[str] = "storagepool"

    zone_id: Id
    name: Name
    url: Url
    scope: Name | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    host_id: Id | None = None
    hypervisor: Name | None = None
    tags: Text | None = None
    is_tag_a_rule: bool = False
    capacity_bytes: Count | None = None
    capacity_iops: Count | None = None
    provider: Name | None = None
    managed: bool | None = None
    details: Mapping[Name, Text] | None = None
    storage_access_groups: Text | None = None


class UpdateStoragePool(Command, frozen=True, kw_only=True):
    """Change a pool; enabled=false keeps new volumes away from it.

    tags replace all tags. capacitybytes and capacityiops are for managed pools. url says where a
    pool in Maintenance is from now on, with all that is on it.
    """

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "storagepool"

    id: Id
    name: Name | None = None
    tags: Text | None = None
    is_tag_a_rule: bool | None = None
    capacity_bytes: Count | None = None
    capacity_iops: Count | None = None
    enabled: bool | None = None
    details: Mapping[Name, Text] | None = None
    url: Url | None = None


class DeleteStoragePool(Command, frozen=True, kw_only=True):
    """Forget a pool that is in Maintenance; forced also removes its destroyed volumes."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT

    id: Id
    forced: bool = False


class ChangeStoragePoolScope(Command, frozen=True, kw_only=True):
    """Let a Disabled pool serve a whole zone instead of a cluster, or the other way round.

    scope is ZONE, or CLUSTER with a clusterid.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "storagepool"

    id: Id
    scope: Name
    cluster_id: Id | None = None


class EnableStorageMaintenance(Command, frozen=True, kw_only=True):
    """Take a pool out of use: no new volumes, and all machines with volumes there are stopped.

    With migrate, an extension, machines whose disks can move to other pools go on running there.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "storagepool"
    envelope: ClassVar[str] = "prepareprimarystorageformaintenanceresponse"

    id: Id
    migrate: bool = False


class CancelStorageMaintenance(Command, frozen=True, kw_only=True):
    """Bring a pool back, and start the machines that ran when its maintenance began."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "storagepool"
    envelope: ClassVar[str] = "cancelprimarystoragemaintenanceresponse"

    id: Id


class SyncStoragePool(Command, frozen=True, kw_only=True):
    """Take over which datastores vCenter has put into a datastore cluster."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB
    returns: ClassVar[str] = "storagepool"

    id: Id


class UpdateStorageCapabilities(Command, frozen=True, kw_only=True):
    """Ask a pool anew what it has and can do: its room, its nodes and replicas."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB_WAIT
    returns: ClassVar[str] = "storagepool"

    id: Id


class ListStoragePools(ListCommand, frozen=True, kw_only=True):
    """List primary storage pools; hostid names a host that reaches them."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "storagepool"

    id: Id | None = None
    name: Name | None = None
    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    host_id: Id | None = None
    ip_address: Name | None = None
    path: Name | None = None
    scope: Name | None = None
    status: Name | None = None
    storage_access_group: Name | None = None
    storage_custom_stats: bool = False


class ListStoragePoolsMetrics(ListStoragePools, frozen=True, kw_only=True):
    """List primary storage pools with their figures and the thresholds that they have passed."""


class FindStoragePoolsForMigration(ListCommand, frozen=True, kw_only=True):
    """List the pools to which a volume could be migrated, those that suit it first."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "storagepool"

    id: Id


class ConfigureStorageAccess(Command, frozen=True, kw_only=True):
    """Give a zone, pod, cluster, host or pool its storage access groups; they replace all others.

    A pool with groups is for hosts only that have one of them: their own, or their place's.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.JOB

    zone_id: Id | None = None
    pod_id: Id | None = None
    cluster_id: Id | None = None
    host_id: Id | None = None
    storage_id: Id | None = None
    storage_access_groups: Text | None = None


class ListStorageAccessGroups(ListCommand, frozen=True, kw_only=True):
    """List the storage access groups, and what has them."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "storageaccessgroup"

    name: Name | None = None


class ListStorageTags(ListCommand, frozen=True, kw_only=True):
    """List the tags of pools."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "storagetag"


class ListStorageProviders(ListCommand, frozen=True, kw_only=True):
    """List the providers of storage; type is primary or image."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "dataStoreProvider"

    type: Name


class ListStoragePoolObjects(ListCommand, frozen=True, kw_only=True):
    """List what lies at a path of a pool, and whose it is; a file's path lists the file."""

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.LOOK
    returns: ClassVar[str] = "datastoreobject"

    id: Id
    path: Text | None = None


class ListStorageOrphans(ListCommand, frozen=True, kw_only=True):
    """Compare a pool or an image store with the records: what only one of them has.

    Files that are safe to delete belong to nothing, and have not changed for a day.
    """

    role: ClassVar[Role] = Role.ADMIN
    mode: ClassVar[Mode] = Mode.LOOK
    returns: ClassVar[str] = "storageorphan"

    storage_id: Id | None = None
    image_store_id: Id | None = None
