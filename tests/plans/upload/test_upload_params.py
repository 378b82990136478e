"""getUploadParamsForVolume, -Template and -Iso, and what is done when bytes come."""

from hashlib import sha256
from typing import Any, cast

import msgspec
import pytest

from core.driver_words import ImageInfo
from core.model import errors
from core.model.commands.command import Command
from core.model.commands.image.iso import GetUploadParamsForIso
from core.model.commands.internal import TakeUpload
from core.model.commands.template import GetUploadParamsForTemplate
from core.model.commands.volume import GetUploadParamsForVolume
from core.model.errors import ForebayError
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, StoreRef, Template, UploadTicket, Volume, Zone
from core.model.states import AllocationState, TemplateState, VolumeState
from core.plans.context import GIB
from core.plans.operation import FetchImage, RemoveImage
from core.plans.table import PLANS
from core.plans.upload.ticket import expires, metadata
from tests.refusal import refusal
from tests.small_zone import ADMIN, NOW_S, SmallZone

VOLUME = GetUploadParamsForVolume(name="mine", format="QCOW2", zone_id="z1")
ISO = GetUploadParamsForIso(name="mine", format="iso", zone_id="z1", bootable=False)
TEMPLATE = GetUploadParamsForTemplate(name="mine", format="QCOW2", hypervisor="KVM", zone_id="z1")


@pytest.fixture
def zone() -> SmallZone:
    """The small zone."""
    return SmallZone()


def params(zone: SmallZone, command: Command) -> dict[str, str]:
    """What the command answers."""
    claim = zone.claim(command)
    assert claim.answer is not None
    return cast("dict[str, str]", claim.answer["getuploadparams"])


def volume(**fields: str) -> GetUploadParamsForVolume:
    """The command for a volume with other parameters."""
    return msgspec.structs.replace(VOLUME, **fields)


def template(**fields: str) -> GetUploadParamsForTemplate:
    """The command for a template with other parameters."""
    return msgspec.structs.replace(TEMPLATE, **fields)


def iso(**fields: Any) -> GetUploadParamsForIso:
    """The command for an ISO with other parameters."""
    return msgspec.structs.replace(ISO, **fields)


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (volume(format="DOC"), errors.Invalid, ""),
        (volume(format="VHD"), errors.Invalid, "zone/z1"),
        (volume(checksum="{SHA-256}00"), errors.Invalid, ""),
        (volume(zone_id="none"), errors.NotFound, "zone/none"),
        (volume(disk_offering_id="small"), errors.Invalid, "disk_offering/small"),
        (volume(image_store_uuid="none"), errors.NotFound, "image_store/none"),
        (template(format="VHD"), errors.Invalid, ""),
        (template(hypervisor="DOS"), errors.Invalid, ""),
        (template(checksum="xyz"), errors.Invalid, ""),
        (template(zone_id="none"), errors.NotFound, "zone/none"),
        (template(os_type_id="none"), errors.NotFound, "ostype/none"),
        (template(template_type="SYSTEM"), errors.Invalid, ""),
        (iso(format="QCOW2"), errors.Invalid, ""),
        (iso(checksum="xyz"), errors.Invalid, ""),
        (iso(zone_id="none"), errors.NotFound, "zone/none"),
        (iso(os_type_id="none"), errors.NotFound, "ostype/none"),
        (iso(bootable=True), errors.Invalid, ""),
        (iso(name="systemvm template"), errors.Invalid, ""),
    ],
)
def test_what_nobody_could_use_is_refused(
    zone: SmallZone, command: Command, kind: type[ForebayError], object: str
) -> None:
    """All with 431, before anything is sent."""
    with refusal(kind, 431, object):
        zone.check(command)


@pytest.mark.parametrize("command", [VOLUME, TEMPLATE, ISO])
def test_a_disabled_zone_takes_uploads_of_administrators_only(
    zone: SmallZone, command: Command
) -> None:
    """Users are refused with 531."""
    place = zone.inventory.get(Zone, "z1")
    zone.add(msgspec.structs.replace(place, allocation_state=AllocationState.DISABLED))
    with refusal(errors.Denied, 531, "zone/z1"):
        zone.check(command)
    zone.check(command, ADMIN)


@pytest.mark.parametrize("command", [VOLUME, TEMPLATE, ISO])
def test_an_image_store_must_take_it(zone: SmallZone, command: Command) -> None:
    """Read-only ones don't."""
    zone.add(msgspec.structs.replace(zone.inventory.get(ImageStore, "s1"), readonly=True))
    with refusal(errors.NoCapacity, 530, "zone/z1"):
        zone.check(command)


@pytest.mark.parametrize(
    ("command", "resource"),
    [
        (VOLUME, "volume"),
        (VOLUME, "secondary_storage"),
        (TEMPLATE, "template"),
        (TEMPLATE, "secondary_storage"),
        (ISO, "template"),
        (ISO, "secondary_storage"),
    ],
)
def test_limits_refuse_with_the_number_of_synchronous_commands(
    zone: SmallZone, command: Command, resource: str
) -> None:
    """535, unlike uploadVolume."""
    zone.limit("alice", resource, 0)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(command)


@pytest.mark.parametrize(
    ("command", "kind", "state"),
    [
        (VOLUME, Volume, VolumeState.NOT_UPLOADED),
        (TEMPLATE, Template, TemplateState.NOT_UPLOADED),
        (ISO, Template, TemplateState.NOT_UPLOADED),
    ],
)
def test_the_answer_says_where_to_post_and_how_to_prove_it(
    zone: SmallZone, command: Command, kind: type[Volume | Template], state: str
) -> None:
    """Only the hash of the signature is recorded."""
    told = params(zone, command)
    assert set(told) == {"id", "postURL", "metadata", "expires", "signature"}
    assert zone.inventory.get(kind, told["id"]).state == state
    ticket = zone.inventory.get(UploadTicket, told["id"])
    assert told["postURL"] == f"http://127.0.0.1:8250/upload/{ticket.id}"
    assert ticket.signature_sha256 == sha256(told["signature"].encode()).hexdigest()
    assert told["signature"] not in str(ticket)
    assert (told["metadata"], told["expires"]) == (metadata(ticket), expires(ticket))
    assert ticket.expires_s == NOW_S + 3600
    assert told["expires"] == "2026-01-01T01:00:00.000+00:00"


def test_a_ticket_is_good_as_long_as_the_setting_says(zone: SmallZone) -> None:
    """upload.operation.timeout counts minutes."""
    zone.set("upload.operation.timeout", 5)
    ticket = zone.inventory.get(UploadTicket, params(zone, VOLUME)["id"])
    assert ticket.expires_s == NOW_S + 300


@pytest.mark.parametrize(
    ("command", "kind", "states"),
    [
        (VOLUME, Volume, ("UploadInProgress", "UploadError")),
        (TEMPLATE, Template, ("UPLOAD_IN_PROGRESS", "UPLOAD_ERROR")),
        (ISO, Template, ("UPLOAD_IN_PROGRESS", "UPLOAD_ERROR")),
    ],
)
def test_what_comes_is_taken_into_the_image_store(
    zone: SmallZone, command: Command, kind: type[Volume | Template], states: tuple[str, str]
) -> None:
    """The ticket is used up at once; a failure leaves the error, and no image."""
    upload_id = params(zone, command)["id"]
    (step,) = zone.plan(TakeUpload(id=upload_id)).steps
    assert step.actor == "image_store/s1"
    assert isinstance(step.do, FetchImage)
    assert (step.do.upload_id, step.undo) == (upload_id, RemoveImage(path=step.do.path))
    zone.apply(step.begin)
    assert zone.inventory.find(UploadTicket, upload_id) is None
    assert zone.inventory.get(kind, upload_id).state == states[0]
    zone.apply(step.revert)
    assert zone.inventory.get(kind, upload_id).state == states[1]
    assert list(zone.inventory.having(StoreRef, "of", upload_id)) == []


@pytest.mark.parametrize(
    ("command", "setting", "most_gib"),
    [
        (VOLUME, "storage.max.volume.upload.size", 2),
        (TEMPLATE, "max.template.iso.size", 2),
        (ISO, "max.template.iso.size", 2),
    ],
)
def test_no_more_may_come_than_a_setting_and_the_limits_admit(
    zone: SmallZone, command: Command, setting: str, most_gib: int
) -> None:
    """The lesser of the two."""
    zone.set(setting, most_gib)
    upload_id = params(zone, command)["id"]
    (step,) = zone.plan(TakeUpload(id=upload_id)).steps
    assert isinstance(step.do, FetchImage)
    assert step.do.size_limit_bytes == most_gib * GIB
    zone.limit("alice", "secondary_storage", 1)
    (step,) = zone.plan(TakeUpload(id=upload_id)).steps
    assert isinstance(step.do, FetchImage)
    assert step.do.size_limit_bytes == GIB


@pytest.mark.parametrize("command", [VOLUME, TEMPLATE, ISO])
def test_what_has_come_must_still_be_within_the_limit(zone: SmallZone, command: Command) -> None:
    """Others may have come meanwhile, which were told the same room."""
    upload = TakeUpload(id=params(zone, command)["id"])
    zone.limit("alice", "secondary_storage", 1)
    check = PLANS[TakeUpload].outcome
    assert check is not None
    left = GIB - zone.inventory.total("account.secondary_bytes", "alice")
    came = ImageInfo(path="p", size_bytes=9 * GIB, physical_bytes=left, format=DiskFormat.QCOW2)
    check(zone.context(), upload, upload.id, came)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        more = msgspec.structs.replace(came, physical_bytes=left + 1)
        check(zone.context(), upload, upload.id, more)


def test_an_upload_that_is_not_awaited_is_refused(zone: SmallZone) -> None:
    """Without a ticket, and when the volume has gone another way."""
    with refusal(errors.NotFound, 431, "upload_ticket/none"):
        zone.check(TakeUpload(id="none"))
    upload_id = params(zone, VOLUME)["id"]
    known = zone.inventory.get(Volume, upload_id)
    zone.add(msgspec.structs.replace(known, state=VolumeState.UPLOAD_ABANDONED))
    with refusal(errors.Conflict, 431, f"volume/{upload_id}"):
        zone.check(TakeUpload(id=upload_id))
