"""What administrators offer."""

from core.model.records.record import Record


class DiskOffering(Record, frozen=True, kw_only=True):
    """What kind of disk a volume is; `size_bytes` 0 means customized."""

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


class ServiceOffering(Record, frozen=True, kw_only=True):
    """What kind of virtual machine; `disk_offering_id` holds what concerns its root disk."""

    name: str
    display_text: str
    cpus: int
    cpu_mhz: int
    memory_bytes: int
    disk_offering_id: str
    offer_ha: bool = False
    volatile: bool = False
