"""The data disks that a new machine is asked to have."""

from collections.abc import Iterator
from typing import NamedTuple

from core.model import errors
from core.model.commands.vm import DataDiskAsked, DeployVirtualMachine
from core.model.hypervisors import Hypervisor
from core.model.records import DiskOffering
from core.plans.admission import (
    promised_iops,
    require_custom_size,
    require_local_storage,
    require_size,
)
from core.plans.context import GIB, Context
from core.plans.host.capability import data_volumes
from core.plans.volume.attach import CD_ROM


class DataDisk(NamedTuple):
    """A data disk to be recorded."""

    offering: DiskOffering
    size_bytes: int
    min_iops: int
    max_iops: int
    device_id: int


def _asked(command: DeployVirtualMachine) -> tuple[DataDiskAsked, ...]:
    if command.disk_offering_id is None:
        return command.data_disks_details
    if command.data_disks_details:
        raise errors.Invalid(
            "diskofferingid and datadisksdetails are both given", hint="leave out one of the two"
        )
    return (DataDiskAsked(disk_offering_id=command.disk_offering_id, size=command.size),)


def data_disks(
    context: Context, command: DeployVirtualMachine, hypervisor: Hypervisor
) -> tuple[DataDisk, ...]:
    """What is asked for, in free slots. Raises Invalid, NotFound."""
    asked = _asked(command)
    most = data_volumes(context, hypervisor, "")
    if len(asked) > most:
        raise errors.Invalid(
            f"{len(asked)} data disks are asked for, {hypervisor} admits {most}",
            hint="ask for fewer",
        )
    zone_id = context.zone(command.zone_id).id
    slots = _slots(asked, most + 1)
    return tuple(_disk(context, zone_id, disk, next(slots)) for disk in asked)


def _slots(asked: tuple[DataDiskAsked, ...], highest: int) -> Iterator[int]:
    """The slot asked for, else the lowest that nobody asked for, never the CD-ROM's."""
    named = [disk.device_id for disk in asked if disk.device_id is not None]
    for slot in named:
        if named.count(slot) > 1 or slot in (0, CD_ROM) or slot > highest:
            raise errors.Invalid(
                f"device {slot} is asked for twice, reserved or above {highest}",
                hint="leave deviceid out to get a free one",
            )
    free = (slot for slot in range(1, highest + 1) if slot != CD_ROM and slot not in named)
    return (disk.device_id if disk.device_id is not None else next(free) for disk in asked)


def _disk(context: Context, zone_id: str, asked: DataDiskAsked, device_id: int) -> DataDisk:
    offering = context.disk_offering(asked.disk_offering_id, zone_id)
    require_local_storage(context, zone_id, offering)
    size_bytes = _size_bytes(context, offering, asked.size)
    require_size(context, size_bytes)
    iops = promised_iops(offering, asked.min_iops, asked.max_iops)
    return DataDisk(offering, size_bytes, *iops, device_id)


def _size_bytes(context: Context, offering: DiskOffering, size_gib: int | None) -> int:
    if (size_gib is None) == (not offering.size_bytes):
        raise errors.Invalid(
            "size is given, but the disk offering fixes it"
            if offering.size_bytes
            else "a customized disk offering needs a size",
            object=f"disk_offering/{offering.id}",
            hint="leave size out or use a customized offering"
            if offering.size_bytes
            else "give size in GiB",
        )
    if size_gib is None:
        return offering.size_bytes
    require_custom_size(context, size_gib)
    return size_gib * GIB
