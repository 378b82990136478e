"""getUploadParamsForVolume."""

from core.model.commands.volume import GetUploadParamsForVolume
from core.model.records import Account, Volume
from core.model.states import VolumeState
from core.plans.admission import require_local_storage, require_open_zone
from core.plans.checksum import require_checksum
from core.plans.context import Context
from core.plans.step import Claim
from core.plans.upload.ticket import issued
from core.plans.volume.incoming import (
    home_of,
    named_format,
    new_ref,
    offering_for,
    require_upload_quota,
    store_for,
)

NUMBER = 535


def check(context: Context, command: GetUploadParamsForVolume) -> None:
    """Refuse what no machine of the zone could use (semantics section 9.2)."""
    zone_id = context.zone(command.zone_id).id
    require_open_zone(context, zone_id)
    home_of(context, named_format(command.format), zone_id)
    require_checksum(command.checksum)
    offering = offering_for(context, command.disk_offering_id, zone_id)
    require_local_storage(context, zone_id, offering)
    store_for(context, command.image_store_uuid, zone_id)


def quota(context: Context, command: GetUploadParamsForVolume) -> None:
    """The account pays a volume, and secondary storage as soon as its size is known."""
    offering = offering_for(context, command.disk_offering_id, command.zone_id)
    require_upload_quota(context, _owner(context, command), offering, number=NUMBER)


def _owner(context: Context, command: GetUploadParamsForVolume) -> Account:
    return context.owner(command.account, command.domain_id, command.project_id)


def claim(context: Context, command: GetUploadParamsForVolume) -> Claim:
    """Record the volume as NotUploaded."""
    owner = _owner(context, command)
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
        disk_offering_id=offering_for(context, command.disk_offering_id, command.zone_id).id,
        format=format,
        hypervisor=home_of(context, format, command.zone_id),
        checksum=command.checksum or "",
        state=VolumeState.NOT_UPLOADED,
    )
    store = store_for(context, command.image_store_uuid, command.zone_id)
    return issued(context, volume, store, new_ref(context, volume, store))
