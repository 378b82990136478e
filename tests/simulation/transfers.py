"""Images on their way in and out, as the stories of them look at them."""

from contextlib import aclosing
from typing import cast

from core.model.commands.command import Command
from core.model.commands.volume import ListVolumes, UploadVolume
from core.views.extraction import ExtractView
from core.views.volume import VolumeView
from tests.simulation.stage import Stage


async def the_volume(stage: Stage, name: str = "mine") -> VolumeView:
    """The volume of that name as listVolumes shows it."""
    answer = await stage.plane.submit(ListVolumes(name=name), stage.caller)
    assert isinstance(answer, dict)
    (view,) = cast("list[VolumeView]", answer["volume"])
    return view


async def begin(stage: Stage, command: UploadVolume) -> str:
    """Begin an upload; answers the id of its job."""
    answer = await stage.plane.submit(command, stage.caller)
    assert isinstance(answer, dict)
    return str(answer["jobid"])


async def extracted(stage: Stage, command: Command) -> ExtractView:
    """The link that a command answers when its job has ended."""
    answer = await stage.plane.submit(command, stage.caller)
    assert isinstance(answer, dict)
    job = await stage.plane.wait_job(str(answer["jobid"]), stage.caller, 7200.0)
    assert job.jobstatus == 1, job
    (view,) = cast("dict[str, ExtractView]", job.jobresult).values()
    return view


async def fetched(stage: Stage, view: ExtractView) -> bytes:
    """All bytes that the link leads to."""
    opened = await stage.plane.streams.download(view.url.split("/")[-2])
    total_bytes = opened.file.total_bytes
    async with aclosing(opened.file.chunks(0, total_bytes)) as chunks:
        data = b"".join([chunk async for chunk in chunks])
    assert len(data) == total_bytes
    return data
