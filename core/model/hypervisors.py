"""What each hypervisor can do: the administrator's guide's matrix, one row each.

Source: the guide ("Hypervisor Support for Primary Storage", "Working With Volumes", "Working with
Volume Snapshots") and semantics sections 6.1, 6.2, 8.1 and 8.2. Pool types have their own table in
pool_types.py.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from core.model.pool_types import DiskFormat, PoolType


class Hypervisor(StrEnum):
    """CloudStack's names of hypervisors; NONE is that of an ISO, which any of them reads."""

    KVM = "KVM"
    XENSERVER = "XenServer"
    VMWARE = "VMware"
    HYPERV = "Hyperv"
    LXC = "LXC"
    OVM = "Ovm"
    SIMULATOR = "Simulator"
    NONE = "None"


ANY = "Any"
"""What a pool of a whole zone has for its hypervisor when it is for all of them."""


class Resize(StrEnum):
    """How a hypervisor changes the size of a volume."""

    NEVER = "never"
    STOPPED = "stopped"
    LIVE = "live"


class HypervisorRow(msgspec.Struct, frozen=True, kw_only=True):
    """One hypervisor's abilities.

    format: of disks and templates. pools: the pool types that it can use; overprovisioned: those of
    them that may hold more than they have room for. local_pool: the type of the pool that is made
    of a host's own disks. data_volumes: version to the most data disks of a machine.
    snapshot: volumes can be snapshotted; incremental: only what changed is backed up; packed:
    snapshots are packed into one archive only when someone downloads them; revert: a volume can be
    again as a snapshot has it; pauses: a machine stands still while a snapshot of it is taken.
    resize, shrink: whether and when. migrates: running machines move between hosts that share their
    storage; carries: and take disks along. scales: they get more processors and memory while they
    run. storage_motion: the oldest version that moves a running
    machine together with its disks ("" is none); live_volume_motion: and that moves one disk while
    its machine stays; offline_motion: disks of stopped machines can be moved.
    zone_wide: may use pools of a whole zone. root_size: a machine can be deployed with another root
    size than its template's. vm_snapshot: machines can be snapshotted; quiesce: with tools in the
    guest that bring its file systems to rest. volume_statistics: reports
    sizes and rates of volumes. agent: hosts are added one by one, and can have several local
    storages.
    """

    format: DiskFormat
    pools: frozenset[PoolType]
    overprovisioned: frozenset[PoolType] = frozenset()
    local_pool: PoolType | None = None
    data_volumes: Mapping[str, int]
    snapshot: bool = False
    incremental: bool = False
    packed: bool = False
    one_snapshot_per_vm: bool = False
    revert: bool = False
    pauses: bool = False
    resize: Resize = Resize.NEVER
    shrink: bool = False
    migrates: bool = False
    carries: bool = False
    scales: bool = False
    storage_motion: str = ""
    live_volume_motion: bool = False
    offline_motion: bool = False
    zone_wide: bool = True
    root_size: bool = False
    vm_snapshot: bool = False
    quiesce: bool = False
    volume_statistics: bool = False
    agent: bool = False


_P = PoolType
_XENSERVER_VERSIONS = {
    "default": 6,
    **dict.fromkeys(("6.0", "6.0.2", "6.1.0", "6.2.0", "6.5.0", "7.0.0"), 13),
    **dict.fromkeys(("7.2.0", "7.3.0", "7.4.0", "7.5.0"), 13),
    **dict.fromkeys(("7.1.1", "7.1.2", "7.6.0", "8.0.0", "8.1.0", "8.2.0", "8.2.1"), 253),
    "8.3.0": 254,
    "8.4.0": 240,
}
_VMWARE_VERSIONS = {"default": 13, **dict.fromkeys(("6.0", "6.5", "6.7", "7.0", "8.0"), 59)}

HYPERVISORS: dict[Hypervisor, HypervisorRow] = {
    Hypervisor.KVM: HypervisorRow(
        format=DiskFormat.QCOW2,
        pools=frozenset(
            {
                _P.NFS,
                _P.FILESYSTEM,
                _P.SHARED_MOUNT_POINT,
                _P.RBD,
                _P.CLVM,
                _P.POWERFLEX,
                _P.LINSTOR,
                _P.FIBER_CHANNEL,
                _P.ISCSI,
            }
        ),
        overprovisioned=frozenset({_P.NFS, _P.RBD, _P.POWERFLEX, _P.LINSTOR}),
        local_pool=_P.FILESYSTEM,
        data_volumes={"default": 32},
        snapshot=True,
        one_snapshot_per_vm=True,
        revert=True,
        pauses=True,
        resize=Resize.LIVE,
        shrink=True,
        storage_motion="0",
        offline_motion=True,
        root_size=True,
        vm_snapshot=True,
        volume_statistics=True,
        agent=True,
        migrates=True,
        carries=True,
        scales=True,
    ),
    Hypervisor.XENSERVER: HypervisorRow(
        format=DiskFormat.VHD,
        pools=frozenset({_P.NFS, _P.ISCSI_LUN, _P.ISCSI, _P.PRE_SETUP, _P.EXT, _P.LVM}),
        overprovisioned=frozenset({_P.NFS}),
        local_pool=_P.EXT,
        data_volumes=_XENSERVER_VERSIONS,
        snapshot=True,
        incremental=True,
        resize=Resize.STOPPED,
        storage_motion="6.1",
        live_volume_motion=True,
        offline_motion=True,
        zone_wide=False,
        root_size=True,
        vm_snapshot=True,
        quiesce=True,
        migrates=True,
        carries=True,
        scales=True,
    ),
    Hypervisor.VMWARE: HypervisorRow(
        format=DiskFormat.OVA,
        pools=frozenset(
            {_P.NFS, _P.VMFS, _P.PRE_SETUP, _P.VSAN, _P.VVOLS, _P.DATASTORE_CLUSTER, _P.ISCSI}
        ),
        overprovisioned=frozenset({_P.NFS, _P.VMFS, _P.DATASTORE_CLUSTER}),
        local_pool=_P.VMFS,
        data_volumes=_VMWARE_VERSIONS,
        snapshot=True,
        packed=True,
        one_snapshot_per_vm=True,
        resize=Resize.LIVE,
        storage_motion="5.0",
        live_volume_motion=True,
        offline_motion=True,
        root_size=True,
        vm_snapshot=True,
        quiesce=True,
        volume_statistics=True,
        migrates=True,
        carries=True,
        scales=True,
    ),
    Hypervisor.HYPERV: HypervisorRow(
        format=DiskFormat.VHDX,
        pools=frozenset({_P.SMB, _P.FILESYSTEM}),
        local_pool=_P.FILESYSTEM,
        data_volumes={"default": 6, "6.2": 64},
        storage_motion="6.2",
        migrates=True,
    ),
    Hypervisor.LXC: HypervisorRow(
        format=DiskFormat.RAW,
        pools=frozenset({_P.NFS, _P.FILESYSTEM, _P.RBD}),
        local_pool=_P.FILESYSTEM,
        data_volumes={"default": 6},
        agent=True,
    ),
    Hypervisor.OVM: HypervisorRow(
        format=DiskFormat.RAW,
        pools=frozenset({_P.NFS, _P.OCFS2}),
        data_volumes={"default": 6},
        zone_wide=False,
        migrates=True,
    ),
    Hypervisor.SIMULATOR: HypervisorRow(
        format=DiskFormat.QCOW2,
        pools=frozenset(PoolType),
        overprovisioned=frozenset(PoolType),
        local_pool=_P.FILESYSTEM,
        data_volumes={"default": 6},
        snapshot=True,
        revert=True,
        resize=Resize.LIVE,
        storage_motion="0",
        live_volume_motion=True,
        offline_motion=True,
        root_size=True,
        vm_snapshot=True,
        migrates=True,
        carries=True,
        scales=True,
    ),
}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def known_version(hypervisor: Hypervisor, version: str) -> str:
    """The version whose row counts: itself, its parent, else "default" (semantics 8.1)."""
    rows = HYPERVISORS[hypervisor].data_volumes
    while version and version not in rows:
        version = version.rpartition(".")[0]
    return version or "default"


def data_volumes_max(hypervisor: Hypervisor, version: str) -> int:
    """The most data volumes of a machine, as the table has it."""
    return HYPERVISORS[hypervisor].data_volumes[known_version(hypervisor, version)]


def has_storage_motion(hypervisor: Hypervisor, version: str) -> bool:
    """Whether a host of that version moves running machines together with their disks."""
    since = HYPERVISORS[hypervisor].storage_motion
    return bool(since) and (version in ("", "default") or _numbers(version) >= _numbers(since))


def serves(hypervisor: str, wanted: str) -> bool:
    """Whether what is for `hypervisor` is for `wanted` too; "" and ANY are for all of them."""
    return hypervisor in ("", ANY, wanted)


def served_by(hypervisor: str) -> list[HypervisorRow]:
    """The rows of the one that is named; of all for "" and ANY."""
    return [row for name, row in HYPERVISORS.items() if serves(hypervisor, name)]


def is_overprovisioned(type: PoolType, hypervisor: str) -> bool:
    """Whether pools of that type may hold more than they have room for, under that hypervisor."""
    return any(type in row.overprovisioned for row in served_by(hypervisor))
