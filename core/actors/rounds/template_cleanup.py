"""Garbage collection of templates on pools: marked when first found unused, removed when again."""

from core.actors.rounds.round import ITSELF, Means
from core.model import errors
from core.model.commands.internal import EvictTemplate
from core.model.records import PoolTemplate
from core.model.states import RefState
from core.plans.context import Context
from core.plans.step import change
from core.plans.template.seed import is_needed


class TemplateCleanup:
    """Looks at every copy of a template, every storage.cleanup.interval."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("storage.cleanup.interval")

    async def run(self) -> None:
        """Begin a job for each copy that was unused at the last look and still is."""
        settings = self._means.settings
        if not settings.flag("storage.cleanup.enabled"):
            return
        if not settings.flag("storage.template.cleanup.enabled"):
            return
        for copy in self._marked_before():
            try:
                await self._means.submit(EvictTemplate(id=copy.id), ITSELF)
            except errors.ForebayError:
                continue

    def _marked_before(self) -> list[PoolTemplate]:
        """Copies to be removed; marks those newly unused, and unmarks those in use again."""
        means = self._means
        context = Context(
            means.inventory, means.settings, ITSELF, means.runtime.now(), means.random
        )
        ready = [copy for copy in means.inventory.all(PoolTemplate) if copy.state is RefState.READY]
        unused = {copy.id: not is_needed(context, copy) for copy in ready}
        changed = [
            change(copy, unused=unused[copy.id])
            for copy in ready
            if copy.unused is not unused[copy.id]
        ]
        if changed:
            means.ledger.record(changed, "garbage collection")
        return [copy for copy in ready if copy.unused and unused[copy.id]]
