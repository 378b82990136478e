"""What each hypervisor and pool type can do: the guide's matrices as rows.

Source: the administrator's guide and semantics sections 8.1 to 8.3.
"""

from enum import StrEnum

import msgspec


class DiskFormat(StrEnum):
    """Formats of disks and images."""

    QCOW2 = "QCOW2"
    RAW = "RAW"
    VHD = "VHD"
    VMDK = "VMDK"
    OVA = "OVA"


class Hypervisor(StrEnum):
    """CloudStack's names of hypervisors."""

    KVM = "KVM"
    XENSERVER = "XenServer"
    VMWARE = "VMware"
    HYPERV = "Hyperv"
    LXC = "LXC"
    SIMULATOR = "Simulator"


class HypervisorRow(msgspec.Struct, frozen=True, kw_only=True):
    """One hypervisor's abilities; `data_volumes` maps a version to the most data disks of a VM."""

    format: DiskFormat
    data_volumes: dict[str, int]
    snapshot: bool
    resize: bool
    storage_motion: bool
    one_snapshot_per_vm: bool


class PoolType(StrEnum):
    """CloudStack's names of pool types."""

    NFS = "NetworkFilesystem"
    FILESYSTEM = "Filesystem"
    SHARED_MOUNT_POINT = "SharedMountPoint"
    RBD = "RBD"


class PoolRow(msgspec.Struct, frozen=True, kw_only=True):
    """One pool type's abilities.

    `storage_snapshots`: the storage itself fixes a disk's content even while a guest writes to it;
    where it is false a running guest's disk is snapshotted by its hypervisor.
    `keeps_snapshots`: the primary snapshot stays after it was backed up.
    """

    shared: bool
    overprovisioning: bool
    schemes: tuple[str, ...]
    formats: tuple[DiskFormat, ...]
    storage_snapshots: bool = False
    keeps_snapshots: bool = False


HYPERVISORS: dict[Hypervisor, HypervisorRow] = {
    Hypervisor.KVM: HypervisorRow(
        format=DiskFormat.QCOW2,
        data_volumes={"default": 32},
        snapshot=True,
        resize=True,
        storage_motion=True,
        one_snapshot_per_vm=True,
    ),
    Hypervisor.SIMULATOR: HypervisorRow(
        format=DiskFormat.QCOW2,
        data_volumes={"default": 6},
        snapshot=True,
        resize=True,
        storage_motion=True,
        one_snapshot_per_vm=False,
    ),
}

POOLS: dict[PoolType, PoolRow] = {
    PoolType.NFS: PoolRow(
        shared=True,
        overprovisioning=True,
        schemes=("nfs",),
        formats=(DiskFormat.QCOW2, DiskFormat.RAW),
    ),
    PoolType.FILESYSTEM: PoolRow(
        shared=False,
        overprovisioning=True,
        schemes=("file",),
        formats=(DiskFormat.QCOW2, DiskFormat.RAW),
    ),
    PoolType.SHARED_MOUNT_POINT: PoolRow(
        shared=True,
        overprovisioning=True,
        schemes=("sharedmountpoint",),
        formats=(DiskFormat.QCOW2, DiskFormat.RAW),
    ),
    PoolType.RBD: PoolRow(
        shared=True,
        overprovisioning=True,
        schemes=("rbd",),
        formats=(DiskFormat.RAW,),
        storage_snapshots=True,
        keeps_snapshots=True,
    ),
}
