"""Where things are: zones, pods, clusters and hosts."""

from core.model.hypervisors import Hypervisor
from core.model.records.record import Record
from core.model.states import (
    HostState,
)


class Zone(Record, frozen=True, kw_only=True):
    """A data centre."""

    name: str
    local_storage_enabled: bool = False


class Pod(Record, frozen=True, kw_only=True):
    """A rack or group of racks in a zone."""

    name: str
    zone_id: str


class Cluster(Record, frozen=True, kw_only=True):
    """Hosts of one hypervisor that share storage."""

    name: str
    zone_id: str
    pod_id: str
    hypervisor: Hypervisor


class Host(Record, frozen=True, kw_only=True):
    """A machine that runs virtual machines."""

    name: str
    url: str
    zone_id: str
    pod_id: str
    cluster_id: str
    hypervisor: Hypervisor
    version: str = ""
    cpus: int = 0
    memory_bytes: int = 0
    state: HostState = HostState.CREATING
