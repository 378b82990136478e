"""uploadVolume."""

from core.model.commands.volume import UploadVolume
from core.model.records import Account, StoreRef, Volume
from core.plans.admission import require_local_storage, require_open_zone
from core.plans.checksum import require_checksum
from core.plans.context import Context
from core.plans.operation import FetchImage, RemoveImage
from core.plans.quota import require_room_for
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step, change
from core.plans.volume.incoming import (
    home_of,
    named_format,
    new_ref,
    numbered,
    offering_for,
    require_image_url,
    require_upload_quota,
    size_limit_bytes,
    store_for,
)

COMMAND_NUMBER = 530
"""CloudStack refuses inside uploadVolume's job, where a limit is a general failure."""


def check(context: Context, command: UploadVolume) -> None:
    """Refuse what no machine of the zone could use (semantics section 9.2)."""
    zone_id = context.zone(command.zone_id).id
    require_open_zone(context, zone_id)
    format = named_format(command.format)
    home_of(context, format, zone_id)
    require_image_url(command.url, format)
    require_checksum(command.checksum)
    offering = offering_for(context, command.disk_offering_id, zone_id)
    require_local_storage(context, zone_id, offering)
    store_for(context, command.image_store_uuid, zone_id)


def quota(context: Context, command: UploadVolume) -> None:
    """The account pays a volume, and secondary storage as soon as its size is known."""
    offering = offering_for(context, command.disk_offering_id, command.zone_id)
    require_upload_quota(context, _owner(context, command), offering, number=COMMAND_NUMBER)


def _owner(context: Context, command: UploadVolume) -> Account:
    return context.owner(command.account, command.domain_id, command.project_id)


def claim(context: Context, command: UploadVolume) -> Claim:
    """Record the volume as Allocated; its size is known when it has come."""
    owner = _owner(context, command)
    offering = offering_for(context, command.disk_offering_id, command.zone_id)
    format = named_format(command.format)
    volume = Volume(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        account_id=owner.id,
        domain_id=owner.domain_id,
        zone_id=command.zone_id,
        type="DATADISK",
        size_bytes=0,
        disk_offering_id=offering.id,
        format=format,
        hypervisor=home_of(context, format, command.zone_id),
        url=command.url,
        checksum=command.checksum or "",
    )
    return Claim(
        kind="volume",
        id=volume.id,
        effects=(Add(record=volume),),
        locks=(f"volume/{volume.id}",),
    )


def plan(context: Context, command: UploadVolume, volume_id: str) -> Plan:
    """Fetch it into an image store; it is looked at before anything uses it."""
    volume = context.inventory.get(Volume, volume_id)
    owner = context.inventory.get(Account, volume.account_id)
    store = store_for(context, command.image_store_uuid, volume.zone_id)
    ref = new_ref(context, volume, store)
    step = Step(
        name=f"fetch the volume into {store.name}",
        actor=f"image_store/{store.id}",
        do=FetchImage(
            path=ref.path,
            url=volume.url,
            format=volume.format,
            checksum=volume.checksum,
            size_limit_bytes=size_limit_bytes(context, owner),
        ),
        undo=RemoveImage(path=ref.path),
        begin=(change(volume, "UploadRequested"), Add(record=ref)),
        commit=come(volume, ref),
        revert=(change(volume, "OperationFailed"), Drop(kind="store_ref", id=ref.id)),
    )
    return Plan(steps=(step,))


def outcome(context: Context, command: UploadVolume, volume_id: str, came: object) -> None:
    """Refuse (530) what passes the owner's limit together with what has come meanwhile."""
    volume = context.inventory.get(Volume, volume_id)
    owner = context.inventory.get(Account, volume.account_id)
    with numbered(COMMAND_NUMBER):
        require_room_for(context, owner, came)


def come(volume: Volume, ref: StoreRef) -> tuple[Effect, Effect]:
    """What is known when the image has come: it is whole, and so large."""
    return (
        Change(
            kind="volume",
            id=volume.id,
            event="OperationSucceeded",
            learn={"size_bytes": "size_bytes", "uploaded_bytes": "physical_bytes"},
        ),
        Change(
            kind="store_ref",
            id=ref.id,
            event="OperationSuccessed",
            learn={
                "size_bytes": "size_bytes",
                "physical_bytes": "physical_bytes",
                "checksum": "checksum",
            },
        ),
    )


def give_up(context: Context, volume_id: str) -> tuple[Effect, ...]:
    """A volume that did not come is forgotten; its job tells why."""
    return (Drop(kind="volume", id=volume_id),)
