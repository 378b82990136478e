"""The disks of a running VM as QEMU itself reports them: block nodes, and the slots they are in.

A disk's node is named after its file, and the filter that a running copy puts over it likewise, so
that whoever comes after a crash of the control plane knows both again.
"""

from hashlib import blake2s

import msgspec

from core.driver_words import Address, AttachedDisk
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers.qemu import qemu_img
from drivers.qemu.qmp import Monitor

NODE, FILTER = "d", "f"
SLOT = "slot"
CONTROLLER = "scsi"
UNPLUG_TIMEOUT_S = 10.0
SERIAL_MAX = 36

Options = dict[str, object]


class ImageFacts(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What QEMU says of the image of a node."""

    virtual_size: int


class Node(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A block node."""

    node_name: str = ""
    file: str = ""
    drv: str = ""
    image: ImageFacts


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device with a medium."""

    qdev: str = ""
    inserted: Node | None = None


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A disk in a slot; `copying` says that a copy of it is running."""

    device_id: int
    node_name: str
    address: Address
    size_bytes: int
    copying: bool


def node_name(location: str, kind: str = NODE) -> str:
    """QEMU's name, of 31 letters at most, of the node of the file at `location`."""
    return kind + blake2s(location.encode(), digest_size=14).hexdigest()


def node_options(address: Address) -> Options:
    """How QEMU opens a disk: its format named, locked, and without any backing file."""
    driver = qemu_img.driver_of(address.format)
    options: Options = {
        "driver": driver,
        "node-name": node_name(address.location),
        "discard": "unmap",
        "file": {"driver": "file", "filename": address.location, "locking": "on"},
    }
    if address.format is DiskFormat.QCOW2:
        options["backing"] = None
    return options


def device_options(disk: AttachedDisk, *, durable: bool) -> Options:
    """A SCSI disk, which needs no help of the guest to be unplugged.

    The VM pauses on an I/O error instead of seeing it, and goes on when the host is next asked.
    `durable` makes each write last before the guest is told of it.
    """
    return {
        "driver": "scsi-hd",
        "id": f"{SLOT}{disk.device_id}",
        "bus": f"{CONTROLLER}.0",
        "scsi-id": disk.device_id,
        "drive": node_name(disk.address.location),
        "serial": disk.name[-SERIAL_MAX:],
        "bootindex": disk.device_id,
        "write-cache": "off" if durable else "on",
        "werror": "stop",
        "rerror": "stop",
    }


async def slots(monitor: Monitor) -> dict[int, Slot]:
    """The VM's disks by slot."""
    devices = await monitor.query("query-block", list[Device])
    nodes = await _nodes(monitor)
    found: dict[int, Slot] = {}
    for device in devices:
        if device.inserted is None or not device.qdev.startswith(SLOT):
            continue
        shown = device.inserted.node_name
        node = nodes[NODE + shown[1:]]
        number = int(device.qdev.removeprefix(SLOT))
        found[number] = Slot(
            device_id=number,
            node_name=node.node_name,
            address=_address(node),
            size_bytes=node.image.virtual_size,
            copying=FILTER + shown[1:] in nodes,
        )
    return dict(sorted(found.items()))


async def require_slot(monitor: Monitor, device_id: int, subject: str) -> Slot:
    """The disk in a slot. Raises NotFound."""
    slot = (await slots(monitor)).get(device_id)
    if slot is None:
        hint = "list the VM's disks"
        raise errors.NotFound(f"no disk in slot {device_id}", object=subject, hint=hint)
    return slot


async def plug(monitor: Monitor, disk: AttachedDisk, *, durable: bool) -> None:
    """Open the disk and put it into its free slot. Raises Busy (open elsewhere), NotFound."""
    await monitor.execute("blockdev-add", node_options(disk.address))
    try:
        await monitor.execute("device_add", device_options(disk, durable=durable))
    except errors.ForebayError:
        await sweep(monitor)
        raise


async def unplug(monitor: Monitor, slot: Slot, subject: str) -> None:
    """Take the disk out of its slot and close it. Raises Unavailable when QEMU keeps it."""
    device = f"{SLOT}{slot.device_id}"
    await monitor.execute("device_del", {"id": device})
    if not await monitor.wait_event("DEVICE_DELETED", "device", device, UNPLUG_TIMEOUT_S):
        hint = "try again, or stop the VM first"
        raise errors.Unavailable("the disk did not come out", object=subject, hint=hint)
    await monitor.execute("blockdev-del", {"node-name": slot.node_name})


async def sweep(monitor: Monitor) -> None:
    """Close each disk that is in no slot and in no running copy; leftovers of interrupted calls."""
    used = {slot.node_name for slot in (await slots(monitor)).values()}
    for name in await _nodes(monitor):
        if name.startswith(NODE) and name not in used:
            try:
                await monitor.execute("blockdev-del", {"node-name": name})
            except errors.Busy:
                continue


async def _nodes(monitor: Monitor) -> dict[str, Node]:
    """Our nodes by name; QEMU's own names begin with "#"."""
    found = await monitor.query("query-named-block-nodes", list[Node], {"flat": True})
    return {node.node_name: node for node in found if node.node_name[:1] in (NODE, FILTER)}


def _address(node: Node) -> Address:
    return Address(protocol="file", location=node.file, format=DiskFormat(node.drv.upper()))
