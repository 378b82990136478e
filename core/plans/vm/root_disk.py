"""The root disk that a new machine is asked to have: of a template, a snapshot or a volume."""

from typing import NamedTuple

from core.model import errors
from core.model.commands.vm import DeployVirtualMachine
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import DiskOffering, Pool, ServiceOffering, Snapshot, Template, Volume
from core.model.states import SnapshotState, VolumeState
from core.plans.admission import (
    promised_iops,
    require_in_service,
    require_local_storage,
    require_size,
    require_state,
    require_volume_state,
)
from core.plans.context import GIB, Context
from core.plans.disk import hypervisor_on
from core.plans.hypervisor import named_hypervisor
from core.plans.iso.disc import iso_at
from core.plans.snapshot_source import snapshot_source, snapshot_zones
from core.plans.template.access import is_iso, visible
from core.plans.vm.data_disks import size_of
from core.plans.vm.scaling.shape import whole
from core.plans.vm.template import require_downloaded


class Origin(NamedTuple):
    """What the root disk is made of, or the volume that it is; what is named names it in errors.

    iso_id: it is blank, and the machine boots from this disc.
    """

    named: str
    size_bytes: int
    hypervisor: str
    template_id: str = ""
    snapshot_id: str = ""
    iso_id: str = ""
    volume: Volume | None = None


class RootDisk(NamedTuple):
    """A root disk to be recorded, or an existing one (`origin.volume`) to be attached."""

    origin: Origin
    offering: DiskOffering
    size_bytes: int
    min_iops: int
    max_iops: int

    @property
    def hypervisor(self) -> Hypervisor:
        """The hypervisor of the machine."""
        return Hypervisor(self.origin.hypervisor)


def root_disk(context: Context, command: DeployVirtualMachine) -> RootDisk:
    """What is asked for. Raises Invalid, NotFound, Conflict, Unavailable."""
    iso = _iso(context, command)
    if iso is not None:
        return _blank(context, command, iso)
    offering = _offering(context, command)
    require_local_storage(context, context.zone(command.zone_id).id, offering)
    origin = _origin(context, command)
    _require_hypervisor(command, origin)
    if origin.volume is not None:
        volume = origin.volume
        return RootDisk(origin, offering, 0, volume.min_iops, volume.max_iops)
    size_bytes = _size_bytes(context, command, origin, offering)
    iops = (whole(command.details, "minIops"), whole(command.details, "maxIops"))
    return RootDisk(origin, offering, size_bytes, *promised_iops(offering, *iops))


def _iso(context: Context, command: DeployVirtualMachine) -> Template | None:
    """The ISO that templateid names, if it names one."""
    named = context.inventory.find(Template, command.template_id or "")
    others = (command.volume_id, command.snapshot_id)
    if named is None or not is_iso(named) or others != (None, None):
        return None
    return visible(context, named.id, iso=True)


def _blank(context: Context, command: DeployVirtualMachine, iso: Template) -> RootDisk:
    """A blank disk of the disk offering named, for what is installed from the ISO."""
    zone_id = context.zone(command.zone_id).id
    iso_at(context, iso, zone_id)
    reason, hint = "", "leave rootdisksize and overridediskofferingid out"
    if not iso.bootable:
        reason, hint = "the ISO is not bootable", "name one that is"
    elif command.hypervisor is None:
        reason, hint = "nothing says for which hypervisor the machine is", "give hypervisor"
    elif command.disk_offering_id is None:
        reason = "the root disk of a machine that boots from an ISO needs a disk offering"
        hint = "give diskofferingid, and size where that is customized"
    elif command.override_disk_offering_id is not None or command.root_disk_size is not None:
        reason = "diskofferingid and size say what the root disk is"
    elif context.service_offering(command.service_offering_id, zone_id).disk_strict:
        reason = "the service offering fixes its root disk's offering"
        hint = "name a service offering that does not"
    if reason:
        raise errors.Invalid(reason, object=f"template/{iso.id}", hint=hint)
    offering = context.disk_offering(command.disk_offering_id or "", zone_id)
    require_local_storage(context, zone_id, offering)
    size_bytes = size_of(context, offering, command.size)
    require_size(context, size_bytes)
    hypervisor = named_hypervisor(command.hypervisor or "")
    origin = Origin(f"template/{iso.id}", 0, hypervisor, iso_id=iso.id)
    iops = (whole(command.details, "minIops"), whole(command.details, "maxIops"))
    return RootDisk(origin, offering, size_bytes, *promised_iops(offering, *iops))


def _origin(context: Context, command: DeployVirtualMachine) -> Origin:
    named = (command.template_id, command.volume_id, command.snapshot_id)
    if sum(each is not None for each in named) != 1:
        raise errors.Invalid(
            "exactly one of templateid, volumeid and snapshotid is needed",
            hint="listTemplates, listVolumes and listSnapshots name them",
        )
    if command.template_id is not None:
        template = visible(context, command.template_id)
        _require_bootable(template)
        require_downloaded(context, template, context.zone(command.zone_id).id)
        return Origin(
            f"template/{template.id}", template.size_bytes, template.hypervisor, template.id
        )
    if command.snapshot_id is not None:
        return _from_snapshot(context, command, context.get(Snapshot, command.snapshot_id))
    return _from_volume(context, command, context.get(Volume, command.volume_id or ""))


def _require_bootable(template: Template) -> None:
    if template.parent_id:
        raise errors.Invalid(
            "the template is of a data disk",
            object=f"template/{template.id}",
            hint=f"deploy {template.parent_id}, and name this one in datadiskofferinglist",
        )


def _from_snapshot(context: Context, command: DeployVirtualMachine, snapshot: Snapshot) -> Origin:
    require_state(snapshot, SnapshotState.BACKED_UP, doing="deploying")
    if context.zone(command.zone_id).id not in snapshot_zones(context, snapshot):
        raise errors.Invalid(
            "the snapshot is in another zone",
            object=f"snapshot/{snapshot.id}",
            hint="copySnapshot to that zone first",
        )
    snapshot_source(context, snapshot)
    hypervisor = snapshot.hypervisor or (command.hypervisor or "")
    named = f"snapshot/{snapshot.id}"
    return Origin(named, snapshot.size_bytes, hypervisor, snapshot_id=snapshot.id)


def _from_volume(context: Context, command: DeployVirtualMachine, volume: Volume) -> Origin:
    require_volume_state(volume, VolumeState.READY, doing="booting from it")
    owner = context.owner(command.account, command.domain_id, command.project_id)
    reason, hint = "", "detachVolume first"
    if volume.vm_id:
        reason = "the volume is attached"
    elif volume.zone_id != context.zone(command.zone_id).id:
        reason, hint = "the volume is in another zone", "deploy in the volume's zone"
    elif volume.account_id != owner.id:
        reason, hint = "the volume is not the new machine's owner's", "assignVolume first"
    elif command.root_disk_size is not None or command.override_disk_offering_id is not None:
        reason = "a volume keeps its size and offering when a machine boots from it"
        hint = "leave out rootdisksize and overridediskofferingid, and resizeVolume afterwards"
    if reason:
        raise errors.Conflict(reason, object=f"volume/{volume.id}", hint=hint)
    require_in_service(context, volume)
    pool = context.inventory.get(Pool, volume.pool_id)
    hypervisor = hypervisor_on(pool, volume.hypervisor) or (command.hypervisor or "")
    named = f"volume/{volume.id}"
    return Origin(named, volume.size_bytes, hypervisor, volume.template_id, volume=volume)


def _require_hypervisor(command: DeployVirtualMachine, origin: Origin) -> None:
    asked = (command.hypervisor or origin.hypervisor).lower()
    if origin.hypervisor not in set(Hypervisor) or asked != origin.hypervisor.lower():
        raise errors.Invalid(
            f"this is for hypervisor {origin.hypervisor or 'any'}, not {command.hypervisor}",
            object=origin.named,
            hint="give hypervisor as listHypervisors writes it, or leave it out",
        )


def _offering(context: Context, command: DeployVirtualMachine) -> DiskOffering:
    """The root disk's offering: the service offering's, unless another is named."""
    zone_id = context.zone(command.zone_id).id
    service: ServiceOffering = context.service_offering(command.service_offering_id, zone_id)
    if command.override_disk_offering_id is None:
        return context.inventory.get(DiskOffering, service.disk_offering_id)
    if service.disk_strict:
        raise errors.Invalid(
            "the service offering fixes its root disk's offering",
            object=f"service_offering/{service.id}",
            hint="leave overridediskofferingid out",
        )
    return context.disk_offering(command.override_disk_offering_id, zone_id)


def _size_bytes(
    context: Context, command: DeployVirtualMachine, origin: Origin, offering: DiskOffering
) -> int:
    """The offering's size, else the caller's, else the origin's (decision 0028)."""
    asked_gib = command.root_disk_size or whole(command.details, "rootdisksize")
    if asked_gib is not None and offering.size_bytes:
        raise errors.Invalid(
            "rootdisksize is given, but the offering fixes the root disk's size",
            object=f"disk_offering/{offering.id}",
            hint="leave rootdisksize out, or use an offering without a root disk size",
        )
    if asked_gib is not None:
        require_size(context, asked_gib * GIB)
        if asked_gib * GIB != origin.size_bytes:
            require_root_size(origin.hypervisor, origin.named)
    size_bytes = offering.size_bytes or (asked_gib or 0) * GIB or origin.size_bytes
    if size_bytes < origin.size_bytes:
        raise errors.Invalid(
            f"{origin.size_bytes} bytes are needed, the root disk would have {size_bytes}",
            object=origin.named,
            hint="ask for a larger rootdisksize",
        )
    return size_bytes


def require_root_size(hypervisor: str, named: str) -> None:
    """Raise Unsupported where root disks have the size of what they are made of."""
    if not HYPERVISORS[Hypervisor(hypervisor)].root_size:
        raise errors.Unsupported(
            f"{hypervisor} gives root disks no other size than their template's",
            object=named,
            hint="leave rootdisksize out, or use a template of the size that is needed",
            number=431,
        )
