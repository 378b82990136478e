"""Images over loopback: POST of an upload, GET of a link, with good manners and without."""

import gzip
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from server.client import Client, open_client
from tests.server.running import Running, running, wait_until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which("qemu-img") is None, reason="not installed: qemu-img"),
]

MIB = 1 << 20
SITE = """
kind = "real"
[[pods]]
name = "pod1"
[[clusters]]
name = "cluster1"
pod = "pod1"
[[image_stores]]
name = "store1"
url = "file://{folder}/store"
[[disk_offerings]]
name = "any size"
customized = true
"""


class Zone:
    """A server over a folder as its image store, a client, and a QCOW2 image to send."""

    def __init__(self, server: Running, client: Client, folder: Path) -> None:
        self.server = server
        self.client = client
        self.store = folder / "store"
        self.image = (folder / "image.qcow2").read_bytes()
        self.zone_id = ""

    async def params(self, **asked: Any) -> dict[str, str]:
        """What getUploadParamsForVolume answers."""
        answer = await self.client.call(
            "getUploadParamsForVolume",
            name="mine",
            format="QCOW2",
            zoneid=self.zone_id,
            **asked,
        )
        params: dict[str, str] = answer["getuploadparams"]
        assert params["postURL"].startswith(self.server.url)
        return params

    async def template_params(self) -> dict[str, str]:
        """What getUploadParamsForTemplate answers, for one that may be downloaded."""
        answer = await self.client.call(
            "getUploadParamsForTemplate",
            name="mine",
            format="QCOW2",
            hypervisor="KVM",
            zoneid=self.zone_id,
            isextractable=True,
        )
        params: dict[str, str] = answer["getuploadparams"]
        return params

    async def link(self) -> str:
        """Send the image as a template, and answer the link that leads to it."""
        params = await self.template_params()
        async with web() as client:
            await client.post(params["postURL"], content=self.image, headers=proof(params))
        return await self.link_of(params["id"])

    async def link_of(self, template_id: str) -> str:
        """The link that leads to a template."""
        asked = await self.client.call("extractTemplate", id=template_id, mode="HTTP_DOWNLOAD")
        url: str = (await self.client.wait_job(asked["jobid"], 20))["jobresult"]["template"]["url"]
        return url

    async def volume(self) -> dict[str, Any]:
        """The volume that was to come."""
        answer = await self.client.call("listVolumes", name="mine")
        volume: dict[str, Any] = answer["volume"][0]
        return volume

    def files(self) -> list[Path]:
        """All files of the image store."""
        return [path for path in self.store.rglob("*") if path.is_file()]


@asynccontextmanager
async def zone(folder: Path, limits: str = "") -> AsyncGenerator[Zone]:
    """The whole of it."""
    (folder / "store").mkdir()
    image = folder / "image.qcow2"
    subprocess.run(  # noqa: ASYNC221
        ["qemu-img", "create", "-q", "-f", "qcow2", str(image), "1G"],
        check=True,
    )
    with image.open("ab") as file:
        file.write(os.urandom(3 * MIB))
    async with (
        running(folder, site=SITE.format(folder=folder), limits=limits) as server,
        open_client(server.url, server.token) as client,
    ):
        made = Zone(server, client, folder)
        made.zone_id = (await client.call("listZones"))["zone"][0]["id"]
        yield made


def proof(params: dict[str, str]) -> dict[str, str]:
    """The headers that show the leave to send."""
    return {f"X-{name}": params[name] for name in ("signature", "metadata", "expires")}


def begun(made: Zone, params: dict[str, str]) -> bytes:
    """The beginning of a POST: its head, and a mebibyte of the image."""
    path = params["postURL"].removeprefix(made.server.url)
    head = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{made.server.port}"]
    head += [f"{name}: {value}" for name, value in proof(params).items()]
    head += [f"Content-Length: {len(made.image)}", "", ""]
    return "\r\n".join(head).encode() + made.image[:MIB]


def web(**options: Any) -> httpx.AsyncClient:
    """A client without a token."""
    return httpx.AsyncClient(timeout=20, **options)


async def pieces(data: bytes, piece_bytes: int = 1000) -> AsyncIterator[bytes]:
    """The bytes in odd pieces, of unknown length."""
    for start in range(0, len(data), piece_bytes):
        yield data[start : start + piece_bytes]


@pytest.mark.parametrize("form", ["form", "bare", "pieces"])
async def test_a_volume_is_posted(tmp_path: Path, form: str) -> None:
    """As a browser's form, or as bare bytes, with a length or without."""
    async with zone(tmp_path) as made, web() as client:
        checksum = f"{{SHA-256}}{sha256(made.image).hexdigest()}"
        params = await made.params(checksum=checksum)
        url, headers = params["postURL"], proof(params)
        if form == "form":
            files = {"name": (None, b"a field"), "file": ("image.qcow2", made.image)}
            answer = await client.post(url, files=files, headers=headers)
        elif form == "bare":
            answer = await client.post(url, content=made.image, headers=headers)
        else:
            answer = await client.post(url, content=pieces(made.image), headers=headers)
        assert answer.status_code == 200, answer.text
        volume = await made.volume()
        assert (volume["state"], volume["size"]) == ("Uploaded", 1 << 30)
        (file,) = made.files()
        assert file.read_bytes() == made.image


@pytest.mark.parametrize("form", [True, False])
async def test_a_compressed_image_is_posted(tmp_path: Path, form: bool) -> None:
    """The name of the file says how, in the form or in Content-Disposition."""
    async with zone(tmp_path) as made, web() as client:
        small = gzip.compress(made.image, 1)
        params = await made.params(checksum=f"{{SHA-256}}{sha256(small).hexdigest()}")
        url, headers = params["postURL"], proof(params)
        if form:
            answer = await client.post(
                url, files={"file": ("image.qcow2.gz", small)}, headers=headers
            )
        else:
            headers["Content-Disposition"] = 'attachment; filename="image.qcow2.gz"'
            answer = await client.post(url, content=pieces(small), headers=headers)
        assert answer.status_code == 200, answer.text
        (file,) = made.files()
        assert file.read_bytes() == made.image


async def test_a_template_is_posted_and_downloaded_again(tmp_path: Path) -> None:
    """Byte for byte, by GET and with its length by HEAD; a wrong link leads nowhere."""
    async with zone(tmp_path) as made, web() as client:
        params = await made.template_params()
        sent = await client.post(params["postURL"], content=made.image, headers=proof(params))
        assert sent.status_code == 200, sent.text
        asked = await made.client.call("extractTemplate", id=params["id"], mode="HTTP_DOWNLOAD")
        job = await made.client.wait_job(asked["jobid"], 20)
        url = job["jobresult"]["template"]["url"]
        answer = await client.get(url)
        assert answer.content == made.image
        assert answer.headers["content-length"] == str(len(made.image))
        assert answer.headers["content-disposition"].endswith('.qcow2"')
        head = await client.head(url)
        assert (head.headers["content-length"], head.content) == (str(len(made.image)), b"")
        wrong = url.replace("/downloads/", "/downloads/0")
        assert (await client.get(wrong)).status_code == 404


async def test_a_download_that_broke_off_is_taken_up_again(tmp_path: Path) -> None:
    """A range is answered with 206, unless the image is another one by now."""
    async with zone(tmp_path) as made, web() as client:
        url = await made.link()
        whole = await client.get(url)
        etag = whole.headers["etag"]
        assert whole.headers["accept-ranges"] == "bytes"
        total, middle = len(made.image), len(made.image) // 2
        rest = await client.get(url, headers={"Range": f"bytes={middle}-", "If-Range": etag})
        assert (rest.status_code, rest.content) == (206, made.image[middle:])
        assert rest.headers["content-range"] == f"bytes {middle}-{total - 1}/{total}"
        assert (rest.headers["etag"], int(rest.headers["content-length"])) == (etag, total - middle)
        last = await client.get(url, headers={"Range": "bytes=-10"})
        assert (last.status_code, last.content) == (206, made.image[-10:])
        other = await client.get(url, headers={"Range": "bytes=-10", "If-Range": '"another"'})
        assert (other.status_code, len(other.content)) == (200, total)


async def test_a_range_outside_the_image_is_refused(tmp_path: Path) -> None:
    """With 416 and the length that there is; HEAD tells of the whole whatever is asked."""
    async with zone(tmp_path) as made, web() as client:
        url, total = await made.link(), len(made.image)
        answer = await client.get(url, headers={"Range": f"bytes={total}-"})
        assert (answer.status_code, answer.content) == (416, b"")
        assert answer.headers["content-range"] == f"bytes */{total}"
        head = await client.head(url, headers={"Range": "bytes=0-1"})
        assert (head.status_code, head.headers["content-length"]) == (200, str(total))
        assert head.headers["accept-ranges"] == "bytes"


async def test_a_reader_may_leave_in_the_middle(tmp_path: Path) -> None:
    """The link stays good."""
    async with zone(tmp_path) as made, web() as client:
        url = await made.link()
        stream = await made.server.tcp()
        path = url.removeprefix(made.server.url)
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{made.server.port}\r\n\r\n"
        await stream.send_all(request.encode())
        assert (await stream.receive_some(100)).startswith(b"HTTP/1.1 200")
        await stream.aclose()
        assert (await client.get(url)).content == made.image


@pytest.mark.parametrize("name", ["X-signature", "X-metadata", "X-expires"])
async def test_without_the_right_proof_nothing_is_read(tmp_path: Path, name: str) -> None:
    """403; and the ticket is still good."""
    async with zone(tmp_path) as made, web() as client:
        params = await made.params()
        wrong = {**proof(params), name: "wrong"}
        answer = await client.post(params["postURL"], content=b"x", headers=wrong)
        assert (answer.status_code, answer.json()["object"]) == (403, "upload")
        answer = await client.post(params["postURL"], content=made.image, headers=proof(params))
        assert answer.status_code == 200
        again = await client.post(params["postURL"], content=b"x", headers=proof(params))
        assert again.status_code == 403


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"no image at all", "", 400),
        (b"", "", 400),
        (b"x", "multipart/form-data", 415),
        (b"--b\r\nno: file\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b", 400),
        (b'--b\r\nx: filename="f"\r\n\r\nxyz', "multipart/form-data; boundary=b", 400),
        (b"--b\r\n" + b"y" * 40000, "multipart/form-data; boundary=b", 400),
    ],
)
async def test_what_is_no_image_is_refused(
    tmp_path: Path, body: bytes, content_type: str, status: int
) -> None:
    """The answer says why; nothing stays in the image store."""
    async with zone(tmp_path) as made, web() as client:
        params = await made.params()
        headers = {**proof(params), **({"content-type": content_type} if content_type else {})}
        answer = await client.post(params["postURL"], content=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.json()["message"]
        assert made.files() == []


async def test_a_cut_connection_leaves_an_error_and_no_file(tmp_path: Path) -> None:
    """The volume says so; the user may delete it and try again."""
    async with zone(tmp_path) as made:
        params = await made.params()
        stream = await made.server.tcp()
        await stream.send_all(begun(made, params))
        await wait_until(lambda: len(made.files()) > 0)
        assert (await made.volume())["state"] == "UploadInProgress"
        await stream.aclose()
        with trio.fail_after(10):
            while (await made.volume())["state"] == "UploadInProgress":  # noqa: ASYNC110
                await trio.sleep(0.02)
        volume = await made.volume()
        assert volume["state"] == "UploadError"
        assert "broke off" in volume["status"]
        assert made.files() == []
        await made.client.call("deleteVolume", id=volume["id"])


async def test_a_client_that_stops_sending_is_left(tmp_path: Path) -> None:
    """After `slow_s`, with 408."""
    async with zone(tmp_path, limits="slow_s = 0.3") as made:
        params = await made.params()
        stream = await made.server.tcp()
        await stream.send_all(begun(made, params))
        with trio.fail_after(10):
            assert (await stream.receive_some(100)).startswith(b"HTTP/1.1 408")
        assert (await made.volume())["state"] == "UploadError"


async def test_a_reader_that_takes_nothing_is_left(tmp_path: Path) -> None:
    """After `slow_s` the connection ends, and others are served as before."""
    async with zone(tmp_path, limits="slow_s = 0.3") as made, web() as client:
        made.image += bytes(64 * MIB)
        url = await made.link()
        stream = await made.server.tcp()
        path = url.removeprefix(made.server.url)
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{made.server.port}\r\n\r\n"
        await stream.send_all(request.encode())
        await trio.sleep(1)
        taken = 0
        with trio.fail_after(10), suppress(trio.BrokenResourceError):
            while data := await stream.receive_some(MIB):
                taken += len(data)
        assert taken < len(made.image)
        assert (await client.get(url)).content == made.image
