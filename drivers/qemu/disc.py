"""The CD-ROM drive of a running VM: what is in it, and how that is changed.

The drive is always there, mostly empty. A disc's node is named after its file, read-only, so that
any number of VMs can have the same one.
"""

import msgspec

from core.driver_words import Address
from core.model import errors
from drivers.qemu.block import CONTROLLER, Device, Options, node_name
from drivers.qemu.qmp import Monitor

DRIVE = "cdrom"
NODE = "c"
SCSI_ID = 3
BOOT_INDEX = 1000  # after every disk


class Named(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """A block node."""

    node_name: str = ""


def node_options(iso: Address) -> Options:
    """How QEMU opens a disc."""
    return {
        "driver": "raw",
        "node-name": node_name(iso.location, NODE),
        "read-only": True,
        "file": {
            "driver": "file",
            "filename": iso.location,
            "read-only": True,
            "locking": "on",
        },
    }


def device_options(iso: Address | None) -> Options:
    """The drive, with a disc in it or none."""
    options: Options = {
        "driver": "scsi-cd",
        "id": DRIVE,
        "bus": f"{CONTROLLER}.0",
        "scsi-id": SCSI_ID,
        "bootindex": BOOT_INDEX,
    }
    return options if iso is None else {**options, "drive": node_name(iso.location, NODE)}


async def inside(monitor: Monitor) -> str:
    """The file of the disc in the drive, "" when there is none."""
    for device in await monitor.query("query-block", list[Device]):
        if device.qdev == DRIVE and device.inserted is not None:
            return device.inserted.file
    return ""


async def insert(monitor: Monitor, iso: Address, subject: str) -> None:
    """Put the disc into the drive; it may be in there. Raises Conflict, NotFound (its file)."""
    present = await inside(monitor)
    if present == iso.location:
        await monitor.execute("blockdev-close-tray", {"id": DRIVE})
        return
    if present:
        hint = "take that one out first"
        raise errors.Conflict("another disc is in the drive", object=subject, hint=hint)
    await _sweep(monitor)
    await monitor.execute("blockdev-add", node_options(iso))
    await monitor.execute("blockdev-open-tray", {"id": DRIVE, "force": True})
    node = node_name(iso.location, NODE)
    await monitor.execute("blockdev-insert-medium", {"id": DRIVE, "node-name": node})
    await monitor.execute("blockdev-close-tray", {"id": DRIVE})


async def eject(monitor: Monitor) -> None:
    """Take the disc out of the drive, whether the guest has locked it or not."""
    if await inside(monitor):
        await monitor.execute("blockdev-open-tray", {"id": DRIVE, "force": True})
        await monitor.execute("blockdev-remove-medium", {"id": DRIVE})
        await monitor.execute("blockdev-close-tray", {"id": DRIVE})
    await _sweep(monitor)


async def _sweep(monitor: Monitor) -> None:
    """Close each disc that is not in the drive; leftovers of interrupted calls."""
    used = node_name(await inside(monitor), NODE)
    nodes = await monitor.query("query-named-block-nodes", list[Named], {"flat": True})
    for node in nodes:
        if node.node_name.startswith(NODE) and node.node_name != used:
            await monitor.execute("blockdev-del", {"node-name": node.node_name})
