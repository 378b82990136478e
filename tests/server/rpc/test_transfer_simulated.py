"""Images of a simulated site over loopback: what a client gets, it can send, and get again."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from server.client import Client, open_client
from server.config import EMBEDDED
from tests.server.running import running

pytestmark = pytest.mark.anyio
SMALL = EMBEDDED.read_text().replace("1_073_741_824", "1_048_576").partition("[limits]")[0]
JOB_S = 60.0


async def _settled(client: Client) -> None:
    """Wait until no job is in progress."""
    for job in (await client.call("listAsyncJobs"))["asyncjobs"]:
        await client.wait_job(job["jobid"], JOB_S)


async def _download(client: Client, template_id: str, web: httpx.AsyncClient) -> bytes:
    asked = await client.call("extractTemplate", id=template_id, mode="HTTP_DOWNLOAD")
    ended = await client.wait_job(asked["jobid"], JOB_S)
    answer = await web.get(ended["jobresult"]["template"]["url"])
    assert answer.status_code == 200
    return answer.content


async def _send(client: Client, image: bytes, web: httpx.AsyncClient) -> str:
    """Id of the template that was made of the image."""
    zone = (await client.call("listZones"))["zone"][0]
    wanted: dict[str, Any] = {
        "name": "sent",
        "format": "QCOW2",
        "hypervisor": "KVM",
        "zoneid": zone["id"],
        "isextractable": True,
    }
    params = (await client.call("getUploadParamsForTemplate", **wanted))["getuploadparams"]
    proof = {f"X-{name}": params[name] for name in ("metadata", "signature", "expires")}
    answer = await web.post(params["postURL"], content=image, headers=proof)
    assert answer.status_code == 200, answer.text
    return str(params["id"])


async def test_what_was_downloaded_can_be_sent_and_downloaded_again(tmp_path: Path) -> None:
    """Byte for byte, as with a real image store."""
    async with (
        running(tmp_path, site=SMALL) as server,
        open_client(server.url, server.token) as client,
        httpx.AsyncClient(timeout=JOB_S) as web,
    ):
        await _settled(client)
        (first, *_) = (await client.call("listTemplates", templatefilter="all"))["template"]
        image = await _download(client, first["id"], web)
        assert image
        sent = await _send(client, image, web)
        (shown,) = (await client.call("listTemplates", templatefilter="all", id=sent))["template"]
        assert (shown["isready"], shown["size"]) == (True, first["size"])
        assert await _download(client, sent, web) == image
