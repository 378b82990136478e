"""The data disks that a new machine is asked to have."""

from collections.abc import Iterator
from typing import NamedTuple

from core.model import errors
from core.model.commands.vm import DataDiskAsked, DeployVirtualMachine
from core.model.hypervisors import Hypervisor
from core.model.records import DiskOffering, Template
from core.plans.admission import (
    promised_iops,
    require_custom_size,
    require_local_storage,
    require_size,
)
from core.plans.context import GIB, Context
from core.plans.host.capability import data_volumes
from core.plans.vm.template import require_downloaded
from core.plans.volume.attach import CD_ROM


class DataDisk(NamedTuple):
    """A data disk to be recorded; `template_id` is what it is made of, "" is nothing."""

    offering: DiskOffering
    size_bytes: int
    min_iops: int
    max_iops: int
    device_id: int
    template_id: str = ""


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
    asked, offered = _asked(command), command.data_disk_offering_list
    most = data_volumes(context, hypervisor, "")
    if len(asked) + len(offered) > most:
        raise errors.Invalid(
            f"{len(asked) + len(offered)} data disks are asked for, {hypervisor} admits {most}",
            hint="ask for fewer",
        )
    zone_id = context.zone(command.zone_id).id
    slots = _slots(asked, most + 1)
    blank = [_disk(context, zone_id, disk, next(slots)) for disk in asked]
    taken = [disk.device_id for disk in blank]
    free = (slot for slot in range(1, most + 2) if slot != CD_ROM and slot not in taken)
    return (*blank, *_templated(context, command, zone_id, free))


def _templated(
    context: Context, command: DeployVirtualMachine, zone_id: str, slots: Iterator[int]
) -> Iterator[DataDisk]:
    """Those made of the data disks of the template's OVA, as large as their offerings are."""
    for offered in command.data_disk_offering_list:
        child = context.inventory.find(Template, offered.data_disk_template_id)
        if child is None or not child.parent_id or child.parent_id != command.template_id:
            raise errors.Invalid(
                "datadiskofferinglist names what is no data disk of the template",
                object=f"template/{offered.data_disk_template_id}",
                hint="listTemplates shows the template's data disks as childtemplates",
            )
        disk = DataDiskAsked(disk_offering_id=offered.disk_offering_id)
        made = _disk(context, zone_id, disk, next(slots))
        if made.size_bytes < child.size_bytes:
            raise errors.Invalid(
                f"the data disk has {child.size_bytes} bytes, the offering's {made.size_bytes}",
                object=f"disk_offering/{made.offering.id}",
                hint="name a larger disk offering",
            )
        require_downloaded(context, child, zone_id)
        yield made._replace(template_id=child.id)


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
    size_bytes = size_of(context, offering, asked.size)
    require_size(context, size_bytes)
    iops = promised_iops(offering, asked.min_iops, asked.max_iops)
    return DataDisk(offering, size_bytes, *iops, device_id)


def size_of(context: Context, offering: DiskOffering, size_gib: int | None) -> int:
    """A fixed offering's size, or the caller's of a customized one. Raises Invalid."""
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
