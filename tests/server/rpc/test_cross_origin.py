"""What pages of other origins are told before, and when, they send and take images."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.server.running import PLAIN, running

pytestmark = pytest.mark.anyio

PAGE = "https://console.example"
ALLOWED = f'{PLAIN}\n[listen]\norigins = ["{PAGE}"]'
DOWNLOAD, UPLOAD = "/downloads/secret/image.qcow2", "/upload/ticket"
PATHS = pytest.mark.parametrize(("path", "method"), [(DOWNLOAD, "GET"), (UPLOAD, "POST")])


@asynccontextmanager
async def browser(
    folder: Path, *, site: str = ALLOWED, origin: str = PAGE
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client that calls from a page of that origin."""
    async with (
        running(folder, site=site) as server,
        httpx.AsyncClient(base_url=server.url, headers={"Origin": origin}) as client,
    ):
        yield client


async def asked_before(client: httpx.AsyncClient, path: str, method: str) -> httpx.Response:
    """What the server says to a browser that asks before it calls."""
    headers = {
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "x-signature, x-metadata, x-expires, range",
    }
    return await client.options(path, headers=headers)


@PATHS
async def test_a_page_of_an_allowed_origin_may_call(tmp_path: Path, path: str, method: str) -> None:
    """With the one method, and the headers that the server reads; refusals can be read too."""
    async with browser(tmp_path) as client:
        before = await asked_before(client, path, method)
        assert before.status_code == 200, before.text
        assert before.headers["access-control-allow-origin"] == PAGE
        assert before.headers["access-control-allow-methods"] == method
        assert "X-signature" in before.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in before.headers
        answer = await client.request(method, path)
        assert answer.status_code in (403, 404)
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert "ETag" in answer.headers["access-control-expose-headers"]


@PATHS
@pytest.mark.parametrize(
    ("site", "origin"), [(PLAIN, PAGE), (ALLOWED, "https://other.example"), (ALLOWED, "null")]
)
async def test_pages_of_other_origins_may_not_call(
    tmp_path: Path, path: str, method: str, site: str, origin: str
) -> None:
    """None may unless the site file names it."""
    async with browser(tmp_path, site=site, origin=origin) as client:
        before = await asked_before(client, path, method)
        assert before.status_code == 400
        assert "access-control-allow-origin" not in before.headers
        answer = await client.request(method, path)
        assert answer.status_code == 403
        assert answer.json()["object"] == "header/origin"
        assert "access-control-allow-origin" not in answer.headers


async def test_only_images_are_open_to_other_origins(tmp_path: Path) -> None:
    """Calls of commands are not, whatever the origin; nor are other methods on images."""
    async with browser(tmp_path) as client:
        assert (await asked_before(client, "/rpc/v1", "POST")).status_code == 405
        assert (await asked_before(client, UPLOAD, "DELETE")).status_code == 400
        assert (await client.get(UPLOAD)).status_code == 405


async def test_what_is_allowed_can_be_asked_without_a_page(tmp_path: Path) -> None:
    """OPTIONS without an origin is no upload."""
    async with running(tmp_path) as server, httpx.AsyncClient(base_url=server.url) as client:
        answer = await client.options(UPLOAD)
        assert (answer.status_code, answer.headers["allow"]) == (204, "POST, OPTIONS")
