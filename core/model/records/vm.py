"""Virtual machines and what they are made from."""

from core.model.hypervisors import DiskFormat, Hypervisor
from core.model.records.record import Record
from core.model.states import (
    TemplateState,
    VmState,
)


class Vm(Record, frozen=True, kw_only=True):
    """A virtual machine; `host_id` is where it runs or, when stopped, ran last (`last_host_id`)."""

    name: str
    account_id: str
    domain_id: str
    zone_id: str
    service_offering_id: str
    template_id: str
    hypervisor: Hypervisor
    cpus: int
    memory_bytes: int
    host_id: str = ""
    last_host_id: str = ""
    state: VmState = VmState.STOPPED
    job_id: str = ""


class Template(Record, frozen=True, kw_only=True):
    """An image from which root disks are made; where it lies say its StoreRefs.

    `failure` says why it could not be fetched.
    """

    name: str
    display_text: str
    account_id: str
    domain_id: str
    zone_id: str
    url: str
    format: DiskFormat
    hypervisor: Hypervisor
    checksum: str = ""
    public: bool = False
    featured: bool = False
    extractable: bool = False
    size_bytes: int = 0
    physical_bytes: int = 0
    state: TemplateState = TemplateState.NOT_DOWNLOADED
    failure: str = ""
    job_id: str = ""
