"""createTemplate: of a volume that nobody uses, or of a snapshot (semantics section 2.12)."""

from typing import NamedTuple

from msgspec.structs import replace

from core.model import errors
from core.model.commands.template import CreateTemplate
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import DiskOffering, Snapshot, Template, Vm, Volume
from core.model.states import SnapshotState, VmState, VolumeState
from core.plans.admission import (
    require_in_service,
    require_state,
    require_volume_state,
    vm_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.operation import DiskAt, RemoveImage, Source, StoreImage
from core.plans.placement import choose_store
from core.plans.quota import require_quota
from core.plans.snapshot.hypervisor import hypervisor_of
from core.plans.snapshot_source import snapshot_source, snapshot_zones
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step
from core.plans.template.fetching import SIZES, new_ref
from core.plans.template.naming import check_described, described, named, owner_of


class Origin(NamedTuple):
    """What a template is made of; `size_bytes` is what its guest will see."""

    zone_id: str
    size_bytes: int
    hypervisor: Hypervisor
    template_id: str
    locks: tuple[str, ...]


def check(context: Context, command: CreateTemplate) -> None:
    """Refuse what is in use, not on storage, or nothing that a template is made of."""
    check_described(context, command)
    if (command.volume_id is None) == (command.snapshot_id is None):
        raise errors.Invalid(
            "either volumeid or snapshotid is needed",
            hint="listVolumes and listSnapshots name them",
        )
    if command.volume_id is not None:
        _check_volume(context, command, context.get(Volume, command.volume_id))
    else:
        _check_snapshot(context, command, context.get(Snapshot, command.snapshot_id or ""))
    if _origin(context, command).hypervisor is Hypervisor.LXC:
        raise errors.Unsupported(
            "LXC makes no templates of volumes or snapshots",
            object=f"{'volume' if command.volume_id else 'snapshot'}/{_source_id(command)}",
            hint="register a RAW image instead",
            number=431,
        )


def _source_id(command: CreateTemplate) -> str:
    return command.volume_id or command.snapshot_id or ""


def _check_volume(context: Context, command: CreateTemplate, volume: Volume) -> None:
    if command.zone_id is not None:
        raise errors.Invalid(
            "zoneid goes only with snapshotid",
            object=f"volume/{volume.id}",
            hint="leave zoneid out: the template comes into the volume's zone",
        )
    vm = vm_of(context, volume)
    if vm is not None and vm.state not in (VmState.STOPPED, VmState.DESTROYED):
        raise errors.Conflict(
            f"the volume's machine is {vm.state}",
            object=f"vm/{vm.id}",
            hint="stop the machine or detach the volume, or take a snapshot and use that",
            number=530,
        )
    require_volume_state(volume, VolumeState.READY, doing="making a template")
    require_in_service(context, volume)
    _require_plain(context, volume.disk_offering_id, f"volume/{volume.id}")


def _check_snapshot(context: Context, command: CreateTemplate, snapshot: Snapshot) -> None:
    require_state(snapshot, SnapshotState.BACKED_UP, doing="making a template")
    if command.zone_id not in (None, *snapshot_zones(context, snapshot)):
        raise errors.Invalid(
            "the snapshot is in another zone",
            object=f"snapshot/{snapshot.id}",
            hint="leave zoneid out, or copySnapshot to that zone first",
        )
    snapshot_source(context, snapshot)
    _require_plain(context, snapshot.disk_offering_id, f"snapshot/{snapshot.id}")


def _require_plain(context: Context, offering_id: str, subject: str) -> None:
    offering = context.inventory.find(DiskOffering, offering_id)
    if offering is not None and offering.encrypt:
        raise errors.Unsupported(
            "no template is made of an encrypted volume",
            object=subject,
            hint="copy the data to a volume of another disk offering",
            number=431,
        )


def _origin(context: Context, command: CreateTemplate) -> Origin:
    """What it is made of. Raises NotFound, and Invalid when no hypervisor is known."""
    if command.volume_id is not None:
        volume = context.get(Volume, command.volume_id)
        vm = context.inventory.find(Vm, volume.vm_id)
        known = vm.hypervisor if vm is not None else hypervisor_of(context, volume)
        hypervisor = _known(known, f"volume/{volume.id}")
        locks = volume_locks(volume)
        return Origin(volume.zone_id, volume.size_bytes, hypervisor, volume.template_id, locks)
    snapshot = context.get(Snapshot, command.snapshot_id or "")
    taken_of = context.inventory.find(Volume, snapshot.volume_id)
    known = Hypervisor(snapshot.hypervisor) if snapshot.hypervisor in HYPERVISORS else None
    if known is None and taken_of is not None:
        known = hypervisor_of(context, taken_of)
    return Origin(
        command.zone_id or snapshot.zone_id,
        snapshot.size_bytes,
        _known(known, f"snapshot/{snapshot.id}"),
        taken_of.template_id if taken_of is not None else "",
        (f"snapshot/{snapshot.id}",),
    )


def _known(hypervisor: Hypervisor | None, subject: str) -> Hypervisor:
    if hypervisor is None:
        raise errors.Invalid(
            "nothing says for which hypervisor the disk is",
            object=subject,
            hint="attach the volume to a machine once",
        )
    return hypervisor


def quota(context: Context, command: CreateTemplate) -> None:
    """The account pays a template, and room for the whole volume until its size is known."""
    size = _origin(context, command).size_bytes
    require_quota(context, owner_of(context, command), template=1, secondary_storage=size)


def claim(context: Context, command: CreateTemplate) -> Claim:
    """Record the template, and keep what it is made of from being used."""
    origin = _origin(context, command)
    template = named(
        context,
        command,
        zone_id=origin.zone_id,
        format=HYPERVISORS[origin.hypervisor].format,
        hypervisor=origin.hypervisor,
    )
    template = replace(
        template,
        size_bytes=origin.size_bytes,
        source_id=origin.template_id,
        **described(command),
    )
    return Claim(
        kind="template", id=template.id, effects=(Add(record=template),), locks=origin.locks
    )


def plan(context: Context, command: CreateTemplate, template_id: str) -> Plan:
    """Copy the disk or snapshot to the image store that has most room."""
    template = context.inventory.get(Template, template_id)
    return Plan(steps=(_storing(context, template, _bytes_at(context, command, template)),))


def _bytes_at(context: Context, command: CreateTemplate, template: Template) -> Source:
    if command.volume_id is not None:
        volume = context.inventory.get(Volume, command.volume_id)
        return DiskAt(pool_id=volume.pool_id, name=volume.id)
    snapshot = context.inventory.get(Snapshot, command.snapshot_id or "")
    return snapshot_source(context, snapshot, template.zone_id)


def _storing(context: Context, template: Template, source: Source) -> Step:
    store = choose_store(context, template.zone_id, template.size_bytes)
    ref = new_ref(context, template, store, template.format)
    # Files of VMware lie unpacked on image stores, but the template is an OVA for all that.
    packed = HYPERVISORS[template.hypervisor].packed
    learnt = SIZES if packed else {**SIZES, "format": "format"}

    def changed(event: str, learn: dict[str, str]) -> Change:
        return Change(kind="template", id=template.id, event=event, learn=learn)

    return Step(
        name=f"copy the disk to {store.name}",
        actor=f"image_store/{store.id}",
        do=StoreImage(path=ref.path, source=source),
        undo=RemoveImage(path=ref.path),
        begin=(changed("CreateRequested", {}), Add(record=ref)),
        commit=(
            changed("OperationSucceeded", learnt),
            Change(
                kind="store_ref",
                id=ref.id,
                event="OperationSuccessed",
                learn={**SIZES, "format": "format"},
            ),
        ),
        revert=(changed("OperationFailed", {}), Drop(kind="store_ref", id=ref.id)),
        bytes=template.size_bytes,
    )


def give_up(context: Context, template_id: str) -> tuple[Effect, ...]:
    """A template that could not be made is forgotten."""
    return (Drop(kind="template", id=template_id),)
