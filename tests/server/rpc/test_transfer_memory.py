"""A large image goes through the server in a small amount of memory, up and down."""

import os
import shutil
import tracemalloc
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from tests.server.rpc.test_transfer import MIB, proof, web, zone

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(shutil.which("qemu-img") is None, reason="not installed: qemu-img"),
]

IMAGE_BYTES = 128 * MIB
MEMORY_BYTES = 16 * MIB
"""What server and client together may take at any moment, for all their chunks and buffers."""


class Peak:
    """The most memory that was taken at once beyond what was taken before."""

    def __init__(self) -> None:
        self.most_bytes = 0


@contextmanager
def measured() -> Generator[Peak]:
    """Measures what Python allocates until the block ends."""
    peak = Peak()
    tracemalloc.start()
    try:
        before_bytes, _ = tracemalloc.get_traced_memory()
        yield peak
        _, most_bytes = tracemalloc.get_traced_memory()
        peak.most_bytes = most_bytes - before_bytes
    finally:
        tracemalloc.stop()


async def chunks_of(path: Path) -> AsyncIterator[bytes]:
    """The file, a quarter of a mebibyte at a time."""
    with path.open("rb") as file:
        while chunk := file.read(MIB // 4):
            yield chunk


async def digest(chunks: AsyncIterator[bytes]) -> str:
    """The checksum of all chunks."""
    summed = sha256()
    async for chunk in chunks:
        summed.update(chunk)
    return summed.hexdigest()


async def test_a_large_image_takes_little_memory_on_its_way(tmp_path: Path) -> None:
    """Neither the whole of it nor a large part is ever held, on its way up or down."""
    async with zone(tmp_path) as made, web() as client:
        image = tmp_path / "image.qcow2"
        os.truncate(image, IMAGE_BYTES)
        made.image = b""
        params = await made.template_params()
        with measured() as upward:
            sent = await client.post(
                params["postURL"],
                content=chunks_of(image),
                headers={**proof(params), "Content-Length": str(IMAGE_BYTES)},
            )
        assert sent.status_code == 200, sent.text
        url = await made.link_of(params["id"])
        with measured() as downward:
            async with client.stream("GET", url) as answer:
                came = await digest(answer.aiter_raw())
        assert came == await digest(chunks_of(image))
        assert max(upward.most_bytes, downward.most_bytes) < MEMORY_BYTES
