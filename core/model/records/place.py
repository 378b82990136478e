"""Where things are: zones, pods, clusters, hosts, and the machines that serve secondary storage."""

from core.model.hypervisors import Hypervisor
from core.model.records.record import Detailed, Record
from core.model.states import AllocationState, HostState, ResourceState, SystemVmState


class Zone(Detailed, frozen=True, kw_only=True):
    """A data centre; while it is Disabled only root administrators create things in it.

    Networking is not Forebay's: its fields are kept for those who ask for them.
    """

    name: str
    local_storage_enabled: bool = False
    network_type: str = "Basic"
    dns1: str = ""
    dns2: str = ""
    internal_dns1: str = ""
    internal_dns2: str = ""
    ip6_dns1: str = ""
    ip6_dns2: str = ""
    domain: str = ""
    guest_cidr: str = ""
    access_groups: tuple[str, ...] = ()
    allocation_state: AllocationState = AllocationState.ENABLED
    sort_key: int = 0


class Pod(Record, frozen=True, kw_only=True):
    """A rack or group of racks in a zone; its addresses are kept for those who ask for them."""

    name: str
    zone_id: str
    gateway: str = ""
    netmask: str = ""
    start_ip: str = ""
    end_ip: str = ""
    access_groups: tuple[str, ...] = ()
    allocation_state: AllocationState = AllocationState.ENABLED


class Cluster(Record, frozen=True, kw_only=True):
    """Hosts of one hypervisor that share storage."""

    name: str
    zone_id: str
    pod_id: str
    hypervisor: Hypervisor
    access_groups: tuple[str, ...] = ()
    allocation_state: AllocationState = AllocationState.ENABLED


class Host(Record, frozen=True, kw_only=True):
    """A machine that runs virtual machines.

    state: whether it answers. resource_state: whether it may be used. access_groups: its own
    storage access groups, place_groups: those of its cluster, pod and zone.
    """

    name: str
    url: str
    zone_id: str
    pod_id: str
    cluster_id: str
    hypervisor: Hypervisor
    version: str = ""
    cpus: int = 0
    memory_bytes: int = 0
    tags: tuple[str, ...] = ()
    annotation: str = ""
    access_groups: tuple[str, ...] = ()
    place_groups: tuple[str, ...] = ()
    state: HostState = HostState.CREATING
    resource_state: ResourceState = ResourceState.ENABLED
    job_id: str = ""


class HypervisorCapability(Record, frozen=True, kw_only=True):
    """What an administrator has said of a version of a hypervisor; its id is `<name>/<version>`.

    data_volumes: the most data volumes of a machine. storage_motion: whether running machines take
    disks along. None is as the table of hypervisors has it.
    """

    data_volumes: int | None = None
    storage_motion: bool | None = None


class SystemVm(Record, frozen=True, kw_only=True):
    """A secondary storage VM: it carries copies between the image stores of its zone."""

    name: str
    zone_id: str
    state: SystemVmState = SystemVmState.RUNNING
