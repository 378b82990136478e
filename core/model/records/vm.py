"""Virtual machines, what they are made from, and how they were at moments."""

from collections.abc import Mapping

from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records.record import Detailed, Record
from core.model.states import TemplateState, VmSnapshotState, VmState


class Template(Detailed, frozen=True, kw_only=True):
    """An image from which root disks are made, or an ISO; where it lies say its StoreRefs.

    zone_id: where it came to first; copies in other zones are StoreRefs only. hypervisor: an ISO
    has none. source_id: the template of the disk that it was made from. shared_with: accounts that
    may use it besides its owner's. cross_zones: it was meant for every zone. copies: its images
    beside the first, which count as much. data_disks: sizes of the other disks in its OVA; each is
    a template of type DATADISK, which has it as `parent_id` and its place there as `disk_number`,
    the first is 1. bits, arch: of its guest's processor. `failure` says why
    it could not be fetched.
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
    source_id: str = ""
    shared_with: tuple[str, ...] = ()
    type: str = "USER"
    os_type_id: str = ""
    bits: int = 64
    arch: str = "x86_64"
    bootable: bool = True
    password_enabled: bool = False
    ssh_key_enabled: bool = False
    requires_hvm: bool = True
    dynamically_scalable: bool = False
    cross_zones: bool = False
    copies: int = 0
    data_disks: tuple[int, ...] = ()
    parent_id: str = ""
    disk_number: int = 0
    tag: str = ""
    sort_key: int = 0
    state: TemplateState = TemplateState.NOT_DOWNLOADED
    failure: str = ""
    job_id: str = ""


class Vm(Detailed, frozen=True, kw_only=True):
    """A virtual machine; `host_id` is where it runs or, when stopped, ran last (`last_host_id`).

    target_host_id: where it is migrating to. stopped_s: when its last run ended. iso_id: the ISO
    in its drive; source_iso_id: the one that it was deployed from, with a blank root disk.
    dynamic_scaling: it shall grow while it runs, where all else admits that; cpus_max,
    memory_max_bytes: to how much, since it last started, 0 is not at all. user_data: in Base64,
    for whoever asks for it.
    """

    name: str
    account_id: str
    domain_id: str
    zone_id: str
    service_offering_id: str
    template_id: str
    iso_id: str = ""
    source_iso_id: str = ""
    hypervisor: Hypervisor
    cpus: int
    memory_bytes: int
    display_name: str = ""
    group: str = ""
    user_data: str = ""
    host_id: str = ""
    last_host_id: str = ""
    target_host_id: str = ""
    stopped_s: float = 0.0
    destroyed_s: float = 0.0
    delete_protection: bool = False
    display: bool = True
    dynamic_scaling: bool = True
    cpus_max: int = 0
    memory_max_bytes: int = 0
    state: VmState = VmState.STOPPED
    job_id: str = ""


class VmSnapshot(Record, frozen=True, kw_only=True):
    """All disks of a machine at one moment, with its memory if that was wanted (`memory`).

    disks: the sizes of its volumes then, by id; each has it inside. current: the machine goes on
    from it. pool_id: where the root disk is, and in it the `memory_bytes`.
    """

    name: str
    description: str
    account_id: str
    domain_id: str
    zone_id: str
    vm_id: str
    memory: bool = False
    current: bool = False
    parent_id: str = ""
    disks: Mapping[str, int] = {}
    pool_id: str = ""
    memory_bytes: int = 0
    state: VmSnapshotState = VmSnapshotState.ALLOCATED
    job_id: str = ""
