"""Bytes of images on their way out of the zone: who shows a link's secret may download."""

from typing import NamedTuple

from core.actors.fabric import Fabric
from core.driver_words import ByteStream
from core.model import errors
from core.model.inventory import Inventory
from core.model.records import Extraction
from core.runtime import Runtime


class OpenedLink(NamedTuple):
    """A link, and the bytes of the file that it leads to."""

    link: Extraction
    source: ByteStream


class Streams:
    """The way of bytes past the jobs."""

    def __init__(self, runtime: Runtime, inventory: Inventory, fabric: Fabric) -> None:
        self._runtime = runtime
        self._inventory = inventory
        self._fabric = fabric

    async def download(self, secret: str) -> OpenedLink:
        """What the link with that secret leads to.

        Raises NotFound (404) for unknown, expired and broken links alike, and Unavailable (503)
        when the image store does not answer.
        """
        for link in self._inventory.having(Extraction, "secret", secret):
            if link.expires_s > self._runtime.now():
                return OpenedLink(link, await self._opened(link))
        raise _nothing()

    async def _opened(self, link: Extraction) -> ByteStream:
        try:
            return await self._fabric.image_store(link.store_id).read(link.path)
        except errors.NotFound:
            raise _nothing() from None
        except errors.ForebayError as refusal:
            raise errors.Unavailable(
                refusal.message, object="link", hint="try again later", number=503
            ) from refusal


def _nothing() -> errors.NotFound:
    return errors.NotFound(
        "there is no such link, or it has expired",
        object="link",
        hint="ask for a new one with extractVolume, extractSnapshot or extractTemplate",
        number=404,
    )
