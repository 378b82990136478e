"""Scenes of uploads and of links to download."""

from collections.abc import AsyncGenerator

from core.driver_words import ByteStream
from core.model.commands.command import Command
from core.model.commands.image.iso import ExtractIso, GetUploadParamsForIso
from core.model.commands.internal import RemoveLink, TakeUpload
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.snapshot import CreateSnapshot, ExtractSnapshot
from core.model.commands.template import ExtractTemplate, GetUploadParamsForTemplate
from core.model.commands.volume import (
    AttachVolume,
    DeleteVolume,
    ExtractVolume,
    GetUploadParamsForVolume,
)
from sim.disk.image_file import QCOW2_HEADER, QCOW2_MAGIC
from sim.spec import GIB, MIB
from tests.simulation.image_scenes import disc
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage, upload
from tests.simulation.volume_scenes import detached

CHUNK_BYTES = 1 << 18


async def uploaded(stage: Stage) -> str:
    """An Uploaded volume; answers its id."""
    await stage.do(CreateDiskOffering(name="any size", customized=True))
    volume: str = await stage.do(upload())
    return volume


async def _upload(stage: Stage) -> Command:
    await stage.do(CreateDiskOffering(name="any size", customized=True))
    return upload()


async def _attach(stage: Stage) -> Command:
    await stage.machine()
    volume = await uploaded(stage)
    return AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"])


async def _delete(stage: Stage) -> Command:
    return DeleteVolume(id=await uploaded(stage))


def extract(volume: str) -> ExtractVolume:
    """A command extractVolume."""
    return ExtractVolume(id=volume, zone_id="z1", extract_mode="HTTP_DOWNLOAD")


async def _extract_volume(stage: Stage) -> Command:
    return extract(await detached(stage))


async def _extract_template(stage: Stage) -> Command:
    return ExtractTemplate(id=stage.ids["template"], extract_mode="HTTP_DOWNLOAD")


async def _extract_iso(stage: Stage) -> Command:
    return ExtractIso(id=await disc(stage), extract_mode="HTTP_DOWNLOAD")


async def _extract_snapshot(stage: Stage) -> Command:
    await stage.machine()
    snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["data"]))
    return ExtractSnapshot(id=snapshot, zone_id="z1")


async def _remove_link(stage: Stage) -> Command:
    return RemoveLink(id=await stage.do(extract(await detached(stage))))


async def _delete_extracted(stage: Stage) -> Command:
    volume = await detached(stage)
    await stage.do(extract(volume))
    return DeleteVolume(id=volume)


async def sent(data: bytes) -> AsyncGenerator[bytes, None]:
    """The bytes in some chunks."""
    for start in range(0, len(data), CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES]


def image(size_bytes: int = GIB) -> bytes:
    """The beginning of a QCOW2 image, which is enough for a simulated store."""
    return QCOW2_HEADER.pack(QCOW2_MAGIC, 2, 0, 0, 16, size_bytes) + bytes(MIB)


def arriving(stage: Stage, ticket_id: str, data: bytes) -> None:
    """Let the bytes be on their way."""
    source = ByteStream(total_bytes=len(data), chunks=sent(data))
    stage.plane.streams.arrive(ticket_id, source)


async def volume_params(stage: Stage) -> dict[str, str]:
    """Leave to upload a volume."""
    await stage.do(CreateDiskOffering(name="any size", customized=True))
    command = GetUploadParamsForVolume(name="sent", format="QCOW2", zone_id="z1")
    params: dict[str, str] = await stage.do(command)
    return params


async def template_params(stage: Stage) -> dict[str, str]:
    """Leave to upload a template."""
    command = GetUploadParamsForTemplate(
        name="sent", format="QCOW2", hypervisor="KVM", zone_id="z1"
    )
    params: dict[str, str] = await stage.do(command)
    return params


async def iso_params(stage: Stage) -> dict[str, str]:
    """Leave to upload an ISO."""
    command = GetUploadParamsForIso(name="sent", format="ISO", zone_id="z1", bootable=False)
    params: dict[str, str] = await stage.do(command)
    return params


async def _take_volume(stage: Stage) -> Command:
    params = await volume_params(stage)
    arriving(stage, params["id"], image())
    return TakeUpload(id=params["id"])


async def _take_template(stage: Stage) -> Command:
    params = await template_params(stage)
    arriving(stage, params["id"], image())
    return TakeUpload(id=params["id"])


async def _take_iso(stage: Stage) -> Command:
    params = await iso_params(stage)
    arriving(stage, params["id"], bytes(MIB))
    return TakeUpload(id=params["id"])


SCENES: dict[str, Scene] = {
    "uploadVolume": Scene(_upload),
    "attachVolume, Uploaded": Scene(_attach, frozenset({"volume", "store_ref"})),
    "deleteVolume, Uploaded": Scene(_delete),
    "deleteVolume, extracted": Scene(_delete_extracted),
    "extractVolume": Scene(_extract_volume),
    "extractTemplate": Scene(_extract_template, reaches_out=False),
    "extractIso": Scene(_extract_iso, reaches_out=False),
    "extractSnapshot": Scene(_extract_snapshot, reaches_out=False),
    "takeUpload, volume": Scene(
        _take_volume, frozenset({"volume", "upload_ticket"}), survives=False
    ),
    "takeUpload, template": Scene(
        _take_template, frozenset({"template", "upload_ticket"}), survives=False
    ),
    "takeUpload, ISO": Scene(_take_iso, frozenset({"template", "upload_ticket"}), survives=False),
    "removeLink": Scene(_remove_link),
}
