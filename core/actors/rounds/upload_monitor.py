"""Gives up uploads that never began, and removes what came of uploads that failed."""

from core.actors.rounds.round import Means, owner_of
from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command
from core.model.commands.volume import DeleteVolume
from core.model.records import Job, Template, UploadTicket, Volume
from core.model.states import TemplateState
from core.plans.step import Drop, Effect, change
from core.plans.template.delete import deletion
from core.plans.upload.ticket import is_awaited

FAILED = frozenset({TemplateState.UPLOAD_ERROR, TemplateState.ABANDONED})


class UploadMonitor:
    """Looks every upload.monitoring.interval.

    What has not begun when its ticket expires is abandoned. What failed, or was abandoned, goes
    when it is older than expunge.delay.
    """

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("upload.monitoring.interval")

    async def run(self) -> None:
        """Abandon at once; begin a job for each removal."""
        gone = [effect for ticket in self._expired() for effect in self._abandoned(ticket)]
        if gone:
            self._means.ledger.record(gone, "upload monitor")
        for command, owner in self._due():
            try:
                await self._means.submit(command, owner)
            except errors.ForebayError:
                continue

    def _expired(self) -> list[UploadTicket]:
        """Tickets that are good no more, and with which nothing is under way."""
        inventory, now_s = self._means.inventory, self._means.runtime.now()
        return [
            ticket
            for ticket in inventory.all(UploadTicket)
            if ticket.expires_s <= now_s and not inventory.has(Job, "instance", ticket.of_id)
        ]

    def _abandoned(self, ticket: UploadTicket) -> tuple[Effect, ...]:
        find = self._means.inventory.find
        subject = find(Volume, ticket.of_id) or find(Template, ticket.of_id)
        used_up = Drop(kind="upload_ticket", id=ticket.id)
        if subject is None or not is_awaited(subject):
            return (used_up,)
        return (change(subject, "OperationTimeout"), used_up)

    def _due(self) -> list[tuple[Command, Caller]]:
        """What failed long enough ago, and who asks for its removal."""
        inventory, settings = self._means.inventory, self._means.settings
        if not settings.flag("storage.cleanup.enabled"):
            return []
        before_s = self._means.runtime.now() - settings.number("expunge.delay")
        volumes = [
            (DeleteVolume(id=volume.id), owner_of(volume))
            for volume in inventory.having(Volume, "upload", "failed")
            if volume.created_s <= before_s
        ]
        templates = [
            (deletion(template), owner_of(template))
            for template in inventory.all(Template)
            if template.state in FAILED and template.created_s <= before_s
        ]
        return [*volumes, *templates]
