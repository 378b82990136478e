"""What administrators offer."""

import msgspec

from core.model.records.record import Detailed


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Throttles of a disk: bytes or operations per second, bursts (`_max`) and how long (`_s`)."""

    bytes_read: int = 0
    bytes_read_max: int = 0
    bytes_read_max_s: int = 0
    bytes_write: int = 0
    bytes_write_max: int = 0
    bytes_write_max_s: int = 0
    iops_read: int = 0
    iops_read_max: int = 0
    iops_read_max_s: int = 0
    iops_write: int = 0
    iops_write_max: int = 0
    iops_write_max_s: int = 0


NO_RATES = Rates()


class DiskOffering(Detailed, frozen=True, kw_only=True):
    """What kind of disk a volume is; `size_bytes` 0 means customized.

    service_offering_id: the offering whose root disks this one is for; nobody else sees it.
    domain_ids, zone_ids: where it is offered, none named means everywhere.
    """

    name: str
    display_text: str
    size_bytes: int = 0
    storage_type: str = "shared"
    provisioning_type: str = "thin"
    tags: tuple[str, ...] = ()
    min_iops: int = 0
    max_iops: int = 0
    customized_iops: bool = False
    service_offering_id: str = ""
    rates: Rates = NO_RATES
    snapshot_reserve: int = 0
    cache_mode: str = "none"
    size_strict: bool = False
    encrypt: bool = False
    display: bool = True
    active: bool = True
    sort_key: int = 0
    domain_ids: tuple[str, ...] = ()
    zone_ids: tuple[str, ...] = ()


class ServiceOffering(Detailed, frozen=True, kw_only=True):
    """What kind of virtual machine; `disk_offering_id` holds what concerns its root disk.

    customized: the caller chooses processors and memory, from min to max. disk_strict: the root
    disk keeps its disk offering. limit_cpus, network_rate_mbit, purge: kept for those who ask.
    """

    name: str
    display_text: str
    cpus: int
    cpu_mhz: int
    memory_bytes: int
    disk_offering_id: str
    offer_ha: bool = False
    limit_cpus: bool = False
    network_rate_mbit: int = 0
    purge: bool = False
    volatile: bool = False
    customized: bool = False
    min_cpus: int = 0
    max_cpus: int = 0
    min_memory_bytes: int = 0
    max_memory_bytes: int = 0
    disk_strict: bool = False
    dynamic_scaling: bool = True
    host_tags: tuple[str, ...] = ()
    active: bool = True
    sort_key: int = 0
    domain_ids: tuple[str, ...] = ()
    zone_ids: tuple[str, ...] = ()
