"""The guide's stories of images that users send themselves, on the simulated zone."""

from collections.abc import AsyncGenerator, Callable

import msgspec
import pytest

from core.driver_words import ByteStream
from core.model import errors
from core.model.commands.command import Role
from core.model.commands.image.iso import AttachIso
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.model.commands.vm import StopVirtualMachine
from core.model.commands.volume import (
    AttachVolume,
    DeleteVolume,
    DetachVolume,
)
from core.model.records import Account, Job, Template, UploadTicket, Volume
from core.model.states import JobStatus, TemplateState
from core.streams import Proof
from sim.spec import GIB, MIB
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, play, upload
from tests.simulation.transfers import begin, extracted, fetched, the_volume
from tests.simulation.upload_scenes import (
    arriving,
    extract,
    image,
    iso_params,
    sent,
    template_params,
    volume_params,
)


def proof(params: dict[str, str]) -> Proof:
    """What the client shows."""
    return Proof(
        signature=params["signature"], metadata=params["metadata"], expires=params["expires"]
    )


def stream(data: bytes) -> ByteStream:
    """The bytes on their way."""
    return ByteStream(total_bytes=len(data), chunks=sent(data))


async def broken(data: bytes) -> AsyncGenerator[bytes, None]:
    """The beginning of the bytes; then the connection breaks off."""
    yield data[: len(data) // 2]
    raise errors.Integrity("the connection broke off", object="body", hint="send it again")


def test_a_volume_that_is_sent_can_be_attached() -> None:
    """NotUploaded, then Uploaded; its first attach brings it to the pool."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            params = await volume_params(stage)
            assert (await the_volume(stage, "sent")).state == "NotUploaded"
            await stage.plane.streams.upload(params["id"], proof(params), stream(image()))
            view = await the_volume(stage, "sent")
            assert (view.state, view.size) == ("Uploaded", GIB)
            assert findings(stage.inventory, stage.world) == []
            await stage.do(AttachVolume(id=view.id, virtual_machine_id=stage.ids["vm"]))
            assert (await the_volume(stage, "sent")).state == "Ready"
            with pytest.raises(errors.Denied):
                await stage.plane.streams.upload(params["id"], proof(params), stream(image()))

    play(body)


def test_a_template_that_is_sent_is_ready() -> None:
    """A machine can be made of it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            params = await template_params(stage)
            await stage.plane.streams.upload(params["id"], proof(params), stream(image()))
            template = stage.inventory.get(Template, params["id"])
            assert (template.state, template.size_bytes) == (TemplateState.DOWNLOADED, GIB)
            stage.ids["template"] = template.id
            await stage.machine()
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_an_iso_that_is_sent_is_ready() -> None:
    """A machine can have it in its drive."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            params = await iso_params(stage)
            await stage.plane.streams.upload(params["id"], proof(params), stream(bytes(MIB)))
            iso = stage.inventory.get(Template, params["id"])
            assert (iso.state, iso.size_bytes) == (TemplateState.DOWNLOADED, MIB)
            await stage.do(AttachIso(id=iso.id, virtual_machine_id=stage.ids["vm"]))
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_what_is_downloaded_can_be_sent_back() -> None:
    """The new volume holds the same bytes."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(DetachVolume(id=stage.ids["data"]))
            data = await fetched(stage, await extracted(stage, extract(stage.ids["data"])))
            params = await volume_params(stage)
            await stage.plane.streams.upload(params["id"], proof(params), stream(data))
            again = stage.inventory.get(Volume, params["id"])
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            await stage.do(AttachVolume(id=again.id, virtual_machine_id=stage.ids["vm"]))
            contents = [
                disk.content
                for pool in stage.world.pools.values()
                for name, disk in pool.disks.items()
                if name in (again.id, stage.ids["data"])
            ]
            assert len(contents) == 2
            assert contents[0].same_as(contents[1])
            assert contents[0].written_bytes

    play(body)


@pytest.mark.parametrize("wrong", ["signature", "metadata", "expires", "ticket", "late"])
def test_without_the_right_proof_nothing_is_taken(wrong: str) -> None:
    """The same answer whatever is wrong; the right one is taken afterwards."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            params = await volume_params(stage)
            shown = {**params, **({wrong: "x"} if wrong in params else {})}
            ticket = "none" if wrong == "ticket" else params["id"]
            if wrong == "late":
                await stage.runtime.sleep(3600.0)
            with pytest.raises(errors.Denied) as caught:
                await stage.plane.streams.upload(ticket, proof(shown), stream(image()))
            assert (caught.value.number, caught.value.object) == (403, "upload")
            if wrong != "late":
                await stage.plane.streams.upload(params["id"], proof(params), stream(image()))

    play(body)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (lambda: ByteStream(total_bytes=0, chunks=broken(image())), "integrity"),
        (lambda: stream(b"no image at all"), "invalid.params"),
        (lambda: stream(image(600 * GIB)), "invalid.params"),
        (lambda: ByteStream(total_bytes=600 * GIB, chunks=sent(image())), "invalid.params"),
    ],
)
def test_an_upload_that_goes_wrong_leaves_its_error(
    source: Callable[[], ByteStream], code: str
) -> None:
    """The volume is UploadError and says why, nothing is left on the store, and it goes in time."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            params = await volume_params(stage)
            with pytest.raises(errors.ForebayError) as caught:
                await stage.plane.streams.upload(params["id"], proof(params), source())
            assert caught.value.code == code
            view = await the_volume(stage, "sent")
            assert view.state == "UploadError"
            assert view.status == f"Upload error: {caught.value.message}"
            assert findings(stage.inventory, stage.world) == []
            await stage.runtime.sleep(86400.0 + 120.0)
            await stage.settle()
            assert list(stage.inventory.all(Volume)) == []

    play(body)


def test_uploads_side_by_side_do_not_pass_the_limit_together() -> None:
    """Each was told the same room; what comes last and finds too little leaves nothing."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(CreateDiskOffering(name="any size", customized=True))
            carol = Account(id="carol", name="carol", domain_id="ROOT", role=Role.USER)
            await stage.plane.found([carol])
            await stage.do(
                UpdateResourceLimit(account="carol", domain_id="ROOT", resource_type=11, max=1)
            )
            command = msgspec.structs.replace(upload(), account="carol", domain_id="ROOT")
            jobs = [await begin(stage, command) for _ in range(9)]
            await stage.settle()
            ended = [stage.inventory.get(Job, job) for job in jobs]
            codes = {job.failure.code for job in ended if job.failure is not None}
            assert codes == {errors.QuotaExceeded.code}
            used = stage.inventory.total("account.secondary_bytes", "carol")
            assert 0 < used <= GIB
            assert {job.status for job in ended} == {JobStatus.SUCCEEDED, JobStatus.FAILED}
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_an_upload_that_never_begins_is_abandoned() -> None:
    """When upload.operation.timeout is over; a user may delete it then."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            params, template = await volume_params(stage), await template_params(stage)
            with pytest.raises(errors.Conflict):
                await stage.plane.submit(DeleteVolume(id=params["id"]), stage.caller)
            await stage.runtime.sleep(3700.0)
            assert (await the_volume(stage, "sent")).state == "UploadAbandoned"
            assert stage.inventory.get(Template, template["id"]).state == TemplateState.ABANDONED
            assert stage.inventory.count(UploadTicket) == 0
            await stage.do(DeleteVolume(id=params["id"]))

    play(body)


def test_what_never_came_is_forgotten() -> None:
    """Volumes, templates and ISOs that were abandoned go when they are older than expunge.delay."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            before = stage.inventory.count(Template)
            for asked in (volume_params, template_params, iso_params):
                await asked(stage)
            await stage.runtime.sleep(3700.0)
            assert stage.inventory.count(Template) == before + 2
            await stage.runtime.sleep(86400.0)
            assert stage.inventory.count(Template) == before
            assert all(volume.name != "sent" for volume in stage.inventory.all(Volume))

    play(body)


def test_an_upload_that_takes_too_long_is_given_up() -> None:
    """A client that sends nothing more does not keep it for longer than the timeout."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            params = await volume_params(stage)

            async def slow() -> AsyncGenerator[bytes, None]:
                yield image()[:1000]
                await stage.runtime.sleep(1e6)

            source = ByteStream(total_bytes=0, chunks=slow())
            with pytest.raises(errors.Deadline):
                await stage.plane.streams.upload(params["id"], proof(params), source)
            assert (await the_volume(stage, "sent")).state == "UploadError"

    play(body)


def test_one_upload_has_one_sender() -> None:
    """A second one is refused while the first one sends."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            params = await volume_params(stage)
            arriving(stage, params["id"], image())
            with pytest.raises(errors.Conflict):
                await stage.plane.streams.upload(params["id"], proof(params), stream(image()))

    play(body)
