"""extractVolume."""

from core.model import errors
from core.model.commands.volume import ExtractVolume
from core.model.records import Extraction, Template, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import (
    require_in_service,
    require_volume_state,
    vm_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.extraction.link import (
    COMMAND_NUMBER,
    copy_made,
    known_link,
    new_link,
    own_copy,
    require_allowed,
    require_extractable,
    require_mode,
    require_zone,
)
from core.plans.operation import DiskAt, RemoveImage, StoreImage
from core.plans.placement import choose_store
from core.plans.step import Add, Claim, Drop, Plan, Step, change


def check(context: Context, command: ExtractVolume) -> None:
    """Refuse what may not, or cannot now, be copied (semantics section 2.12)."""
    require_mode(command.extract_mode)
    require_allowed(context)
    volume = context.get(Volume, command.id)
    require_zone(context, "volume", volume.id, volume.zone_id == command.zone_id, command.zone_id)
    if not volume.pool_id:
        raise errors.Conflict(
            f"the volume is {volume.state}, on no pool",
            object=f"volume/{volume.id}",
            hint="attach it to a machine once",
        )
    require_volume_state(volume, VolumeState.READY, doing="extracting")
    vm = vm_of(context, volume)
    if vm is not None and vm.state is not VmState.STOPPED:
        raise errors.Conflict(
            f"the volume's machine is {vm.state}",
            object=f"volume/{volume.id}",
            hint="detach the volume or stop the machine",
            number=COMMAND_NUMBER,
        )
    template = context.inventory.find(Template, volume.template_id)
    if volume.type == "ROOT" and template is not None:
        require_extractable(context, template)
    require_in_service(context, volume)


def claim(context: Context, command: ExtractVolume) -> Claim:
    """The link there is already, or the one that will be; the volume and its machine are locked."""
    volume = context.get(Volume, command.id)
    known = known_link(context, volume.id, volume.zone_id)
    link_id = known.id if known is not None else context.new_id()
    return Claim(kind="extraction", id=link_id, locks=volume_locks(volume))


def plan(context: Context, command: ExtractVolume, link_id: str) -> Plan:
    """Copy the disk to an image store; a link that is good already is answered again."""
    if context.inventory.find(Extraction, link_id) is not None:
        return Plan(steps=())
    volume = context.inventory.get(Volume, command.id)
    store = choose_store(context, volume.zone_id, volume.size_bytes)
    copy = own_copy(context, link_id, volume, store.id, volume.format)
    step = Step(
        name=f"copy the volume to {store.name}",
        actor=f"image_store/{store.id}",
        do=StoreImage(path=copy.path, source=DiskAt(pool_id=volume.pool_id, name=volume.id)),
        undo=RemoveImage(path=copy.path),
        begin=(change(volume, "MigrationRequested"), Add(record=copy)),
        commit=(
            change(volume, "OperationSucceeded"),
            copy_made(copy),
            new_link(context, link_id, volume, copy, volume.zone_id),
        ),
        revert=(change(volume, "OperationFailed"), Drop(kind="store_ref", id=copy.id)),
        bytes=volume.size_bytes,
    )
    return Plan(steps=(step,))
