"""Looks whether storage fills up, and tells administrators."""

from core.actors.rounds.round import ITSELF, Means
from core.model import errors
from core.plans.alert.watch import due
from core.plans.context import Context


class CapacityAlerts:
    """Looks at all places, every capacity.check.period."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def pause_s(self) -> float:
        """Seconds until the next look."""
        return self._means.settings.number("capacity.check.period") / 1000

    async def run(self) -> None:
        """Record the alerts that begin and those that are over."""
        means = self._means
        now_s = means.runtime.now()
        context = Context(means.inventory, means.settings, ITSELF, now_s, means.random)
        effects = due(context)
        if not effects:
            return
        try:
            means.ledger.record(effects, "capacity alerts")
        except errors.Unavailable:
            return
