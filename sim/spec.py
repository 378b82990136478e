"""A simulated site as TOML or code describes it, and what goes wrong there."""

from enum import StrEnum

import msgspec

from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat, PoolType
from sim.guest import WritePattern

GIB = 1 << 30
MIB = 1 << 20


class LocalStorageSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A folder of a host; the last part of its path names the pool that is there."""

    uuid: str
    path: str


class HostSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host; `nic_bytes_per_s` is one direction of its storage network card (10 Gbit/s, 94 %)."""

    name: str
    cpus: int = 64
    memory_bytes: int = 512 * GIB
    nic_bytes_per_s: float = 1.175e9
    hypervisor: Hypervisor = Hypervisor.KVM
    version: str = "default"
    local_storage: tuple[LocalStorageSpec, ...] = ()


class PoolSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A primary pool; `host` names the only host that reaches it, "" means all do.

    Of a LINSTOR pool: `satellites` names the hosts whose nodes take part (none is all), `replicas`
    on how many of them each byte lies: the first ones, which need no network for it as the others
    do.
    `parent` names the datastore cluster that the pool is in.
    """

    name: str
    type: PoolType = PoolType.NFS
    capacity_bytes: int = 100_000 * GIB
    read_bytes_per_s: float = 2e9
    write_bytes_per_s: float = 1.5e9
    latency_s: float = 0.001
    host: str = ""
    satellites: tuple[str, ...] = ()
    replicas: int = 1
    parent: str = ""


class StoreSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secondary image store."""

    name: str
    capacity_bytes: int = 100_000 * GIB
    read_bytes_per_s: float = 1.25e9
    write_bytes_per_s: float = 1.25e9
    latency_s: float = 0.001


class DataDiskSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another disk in an OVA archive."""

    size_bytes: int = 1 * GIB
    written_bytes: int = 0


class TemplateSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An image that can be fetched at `sim://templates/<name>`.

    `flaw` makes it one that every store refuses, and says why: "backing file", "data file" or
    "garbage". data_disks: the other disks of an OVA, whose first one is the root disk.
    """

    name: str
    size_bytes: int = 8 * GIB
    written_bytes: int = 1 * GIB
    format: DiskFormat = DiskFormat.QCOW2
    flaw: str = ""
    data_disks: tuple[DataDiskSpec, ...] = ()


class SiteSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole site.

    `exact`: every block of every disk is known (stamps of `block_bytes`); without it disks are
    amounts only, for very large sites. `timing` names a profile of sim.timing.
    `report_progress`: long calls report as they go, 20 times but at most every `progress_s`
    seconds, not only at both ends.
    """

    hosts: tuple[HostSpec, ...] = ()
    pools: tuple[PoolSpec, ...] = ()
    stores: tuple[StoreSpec, ...] = ()
    templates: tuple[TemplateSpec, ...] = ()
    web_bytes_per_s: float = 1.25e8
    writes: WritePattern = WritePattern()
    exact: bool = True
    block_bytes: int = 1 * MIB
    timing: str = "realistic"
    report_progress: bool = False
    progress_s: float = 10.0


class FaultKind(StrEnum):
    """What goes wrong: the first four at a time, the others at a call of a driver."""

    DOWN = "down"
    SLOW = "slow"
    FULL = "full"
    BREAK = "break"
    REFUSE = "refuse"
    LOST = "lost"
    LATE = "late"
    CORRUPT = "corrupt"


TIMED = frozenset({FaultKind.DOWN, FaultKind.SLOW, FaultKind.FULL, FaultKind.BREAK})


class FaultSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong, at `where` ("host/<name>", "pool/<name>" or "store/<name>").

    down: it answers nothing; the guests of a host die, copies from or to storage stand still.
    slow: its links have `factor` of their width. full: a pool or store has no room left.
    break: copies under way over its links fail.
    refuse: a call fails before anything happened. lost: a call does its work, then its answer is
    lost. late: its answer comes `for_s` later. corrupt: the next copy made there has wrong bytes.

    The first four happen `at_s` seconds after the start and last `for_s` (0: for ever). The others
    happen at calls of the driver's method `action` ("": any), from the `call`-th on, `times` times.
    """

    where: str
    what: FaultKind
    at_s: float = 0.0
    for_s: float = 0.0
    factor: float = 0.1
    action: str = ""
    call: int = 1
    times: int = 1
