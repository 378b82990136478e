"""The guide's stories of volumes that are uploaded from a URL, on the simulated zone."""

from typing import cast

import msgspec
import pytest

from core.model import errors
from core.model.commands.job import QueryAsyncJobResult
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.volume import (
    AttachVolume,
    DetachVolume,
    UploadVolume,
)
from core.model.records import Job, StoreRef, Volume
from core.model.states import JobStatus
from core.views.history.job import JobView
from sim.spec import GIB, MIB
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, play, upload
from tests.simulation.transfers import begin, the_volume
from tests.simulation.upload_scenes import (
    uploaded,
)


def test_a_user_uploads_a_volume_and_attaches_it() -> None:
    """While it comes it is UploadOp, then Uploaded; its first attach brings it to the pool."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            await stage.do(CreateDiskOffering(name="any size", customized=True))
            await begin(stage, upload())
            await stage.runtime.sleep(0.5)
            view = await the_volume(stage)
            assert (view.state, view.status) == ("UploadOp", "Upload in progress")
            await stage.settle()
            view = await the_volume(stage)
            assert (view.state, view.status, view.size) == ("Uploaded", "Uploaded", GIB)
            assert (view.storageid, view.hypervisor) == (None, "KVM")
            machine = stage.ids["vm"]
            await stage.do(AttachVolume(id=view.id, virtual_machine_id=machine))
            view = await the_volume(stage)
            assert (view.state, view.status, view.vmname) == ("Ready", None, "vm")
            assert list(stage.inventory.having(StoreRef, "of", view.id)) == []
            assert findings(stage.inventory, stage.world) == []
            await stage.do(DetachVolume(id=view.id))
            await stage.do(AttachVolume(id=view.id, virtual_machine_id=machine))

    play(body)


def test_an_uploaded_volume_moves_from_secondary_to_primary_storage() -> None:
    """The account pays secondary storage until the first attach, and primary from then on."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()

            def used() -> tuple[int, int]:
                total = stage.inventory.total
                return (
                    total("account.secondary_bytes", "admin"),
                    total("account.primary_bytes", "admin"),
                )

            secondary, primary = used()
            volume = await uploaded(stage)
            taken = stage.inventory.get(Volume, volume).uploaded_bytes
            assert taken
            assert used() == (secondary + taken, primary)
            await stage.do(AttachVolume(id=volume, virtual_machine_id=stage.ids["vm"]))
            assert used() == (secondary, primary + GIB)

    play(body)


def test_the_job_of_an_upload_shows_how_far_it_is_and_can_be_cancelled() -> None:
    """A cancelled upload leaves neither a volume nor an image."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(CreateDiskOffering(name="any size", customized=True))
            job = await begin(stage, upload())
            await stage.runtime.sleep(2.5)
            answer = await stage.plane.submit(QueryAsyncJobResult(job_id=job), stage.caller)
            assert isinstance(answer, dict)
            (shown,) = cast("list[JobView]", list(answer.values()))
            assert (shown.stepname, shown.total_bytes) == ("fetch the volume into s1", 400 * MIB)
            await stage.plane.cancel_job(job, stage.caller)
            await stage.settle()
            assert stage.inventory.get(Job, job).status is JobStatus.CANCELLED
            assert not any(volume.name == "mine" for volume in stage.inventory.all(Volume))
            assert findings(stage.inventory, stage.world) == []

    play(body)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (
            UploadVolume(
                name="mine",
                url="sim://templates/data.qcow2",
                format="QCOW2",
                zone_id="z1",
                checksum="{SHA-256}" + "0" * 64,
            ),
            errors.Integrity.code,
        ),
        (
            UploadVolume(
                name="mine", url="sim://templates/none.qcow2", format="QCOW2", zone_id="z1"
            ),
            errors.NotFound.code,
        ),
    ],
)
def test_an_upload_that_fails_leaves_nothing(command: UploadVolume, code: str) -> None:
    """Its job says why."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(CreateDiskOffering(name="any size", customized=True))
            job = await stage.attempt(command)
            assert job.failure is not None
            assert job.failure.code == code
            assert list(stage.inventory.all(Volume)) == []
            assert findings(stage.inventory, stage.world) == []

    play(body)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zip"])
def test_a_compressed_volume_is_uploaded(ending: str) -> None:
    """It has the size that it has when it is decompressed."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(CreateDiskOffering(name="any size", customized=True))
            command = upload()
            await stage.do(msgspec.structs.replace(command, url=command.url + ending))
            view = await the_volume(stage)
            assert (view.state, view.size) == ("Uploaded", GIB)
            assert findings(stage.inventory, stage.world) == []

    play(body)
