"""Garbage collection of links to download, and of the copies that were made for them."""

from core.actors.rounds.round import ITSELF, Means
from core.model import errors
from core.model.commands.internal import RemoveLink
from core.model.records import Extraction


class LinkCleanup:
    """Removes links that have expired, every extract.url.cleanup.interval."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("extract.url.cleanup.interval")

    async def run(self) -> None:
        """Begin a job for each link that is due; one that is refused waits for the next look."""
        now_s = self._means.runtime.now()
        due = [link for link in self._means.inventory.all(Extraction) if link.expires_s <= now_s]
        for link in due:
            try:
                await self._means.submit(RemoveLink(id=link.id), ITSELF)
            except errors.ForebayError:
                continue
