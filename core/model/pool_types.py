"""What each type of primary storage pool is and can do, one row each.

Source: the administrator's guide and semantics sections 2.12 (URLs) and 8.3.
"""

from enum import StrEnum

import msgspec


class DiskFormat(StrEnum):
    """Formats of disks and images."""

    QCOW2 = "QCOW2"
    RAW = "RAW"
    VHD = "VHD"
    VHDX = "VHDX"
    VMDK = "VMDK"
    OVA = "OVA"
    ISO = "ISO"


class PoolType(StrEnum):
    """CloudStack's names of pool types."""

    NFS = "NetworkFilesystem"
    FILESYSTEM = "Filesystem"
    SHARED_MOUNT_POINT = "SharedMountPoint"
    RBD = "RBD"
    ISCSI = "Iscsi"
    ISCSI_LUN = "IscsiLUN"
    LVM = "LVM"
    CLVM = "CLVM"
    EXT = "EXT"
    OCFS2 = "OCFS2"
    VMFS = "VMFS"
    PRE_SETUP = "PreSetup"
    VSAN = "vSAN"
    VVOLS = "vVols"
    DATASTORE_CLUSTER = "DatastoreCluster"
    SMB = "SMB"
    POWERFLEX = "PowerFlex"
    LINSTOR = "Linstor"
    FIBER_CHANNEL = "FiberChannel"


class PoolRow(msgspec.Struct, frozen=True, kw_only=True):
    """One pool type's abilities.

    schemes: of its URLs. formats: that it keeps, the first where nothing else is wanted.
    managed: a storage system that makes a volume of its own for each volume.
    rates: the storage itself keeps the operations per second that a volume was promised.
    storage_snapshots: the storage itself fixes a disk's content even while a guest writes to it;
    where it is false a running guest's disk is snapshotted by its hypervisor.
    group_snapshots: and that of several disks at one moment.
    keeps_snapshots: the primary snapshot stays after it was backed up.
    live_motion: its disks move between pools of the type while a KVM guest runs.
    imports: images that lie there can become volumes of KVM's.
    """

    shared: bool = True
    schemes: tuple[str, ...]
    formats: tuple[DiskFormat, ...]
    managed: bool = False
    rates: bool = False
    storage_snapshots: bool = False
    group_snapshots: bool = False
    keeps_snapshots: bool = False
    live_motion: bool = False
    imports: bool = False


_FILES = (
    DiskFormat.QCOW2,
    DiskFormat.RAW,
    DiskFormat.VHD,
    DiskFormat.VMDK,
    DiskFormat.OVA,
)
_BLOCKS = (DiskFormat.RAW,)
_VSPHERE = (DiskFormat.OVA, DiskFormat.VMDK)

POOLS: dict[PoolType, PoolRow] = {
    PoolType.NFS: PoolRow(schemes=("nfs",), formats=_FILES, imports=True),
    PoolType.FILESYSTEM: PoolRow(
        shared=False, schemes=("file",), formats=(*_FILES, DiskFormat.VHDX), imports=True
    ),
    PoolType.SHARED_MOUNT_POINT: PoolRow(
        schemes=("sharedmountpoint",), formats=_FILES, imports=True
    ),
    PoolType.RBD: PoolRow(
        schemes=("rbd",),
        formats=_BLOCKS,
        storage_snapshots=True,
        keeps_snapshots=True,
        imports=True,
    ),
    PoolType.ISCSI: PoolRow(
        schemes=("solidfire",),
        formats=(DiskFormat.RAW, DiskFormat.VHD, DiskFormat.OVA),
        managed=True,
        rates=True,
        storage_snapshots=True,
        keeps_snapshots=True,
    ),
    PoolType.ISCSI_LUN: PoolRow(schemes=("iscsi",), formats=(DiskFormat.VHD,)),
    PoolType.LVM: PoolRow(shared=False, schemes=("lvm",), formats=(DiskFormat.VHD,)),
    PoolType.CLVM: PoolRow(schemes=("clvm",), formats=_BLOCKS, storage_snapshots=True),
    PoolType.EXT: PoolRow(shared=False, schemes=("ext",), formats=(DiskFormat.VHD,)),
    PoolType.OCFS2: PoolRow(schemes=("ocfs2",), formats=_BLOCKS),
    PoolType.VMFS: PoolRow(schemes=("vmfs",), formats=_VSPHERE),
    PoolType.PRE_SETUP: PoolRow(schemes=("presetup",), formats=(DiskFormat.VHD, *_VSPHERE)),
    PoolType.VSAN: PoolRow(schemes=("vsan",), formats=_VSPHERE),
    PoolType.VVOLS: PoolRow(schemes=("vvols",), formats=_VSPHERE),
    PoolType.DATASTORE_CLUSTER: PoolRow(schemes=("datastorecluster",), formats=_VSPHERE),
    PoolType.SMB: PoolRow(schemes=("smb", "cifs"), formats=(DiskFormat.VHDX, DiskFormat.VHD)),
    PoolType.POWERFLEX: PoolRow(
        schemes=("powerflex",),
        formats=_BLOCKS,
        rates=True,
        storage_snapshots=True,
        live_motion=True,
    ),
    PoolType.LINSTOR: PoolRow(
        schemes=("linstor", "http", "https"),
        formats=_BLOCKS,
        rates=True,
        storage_snapshots=True,
        group_snapshots=True,
    ),
    PoolType.FIBER_CHANNEL: PoolRow(
        schemes=("fiberchannel",), formats=_BLOCKS, storage_snapshots=True
    ),
}
