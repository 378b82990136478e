"""A job while it runs: what is not worth journaling, because it is gone with the process anyway."""

from core.actors.turn import Turn
from core.model.access import Caller
from core.model.commands.command import Command
from core.plans.step import Plan
from core.runtime import Event, Scope


class JobRun:
    """The live side of a Job record.

    plan: the plan it goes by, once it has begun. waits_for: what a step of it waits for, in words.
    committed: it is past the point of no return. in_doubt: whether the step had its effect is not
    known, after a restart or a cancellation that was not answered.
    """

    __slots__ = (
        "began_s",
        "caller",
        "command",
        "committed",
        "done_bytes",
        "ended",
        "in_doubt",
        "job_id",
        "plan",
        "scope",
        "ticked_s",
        "total_bytes",
        "turn",
        "waits_for",
    )

    def __init__(
        self,
        job_id: str,
        command: Command,
        caller: Caller,
        ended: Event,
        turn: Turn,
    ) -> None:
        self.job_id = job_id
        self.command = command
        self.caller = caller
        self.ended = ended
        self.turn = turn
        self.plan: Plan | None = None
        self.scope: Scope | None = None
        self.committed = False
        self.in_doubt = False
        self.waits_for = ""
        self.done_bytes = 0
        self.total_bytes = 0
        self.began_s = 0.0
        self.ticked_s = 0.0

    def doubt(self) -> None:
        """Nobody can say whether the step had its effect."""
        self.in_doubt = True

    def step_name(self, step: int) -> str:
        """What it does at that step."""
        known = self.plan is not None and 0 <= step < len(self.plan.steps)
        return self.plan.steps[step].name if self.plan is not None and known else ""

    def share_done(self, step: int) -> float:
        """How much of its plan's bytes is copied when it is at that step, 0 to 1."""
        steps = self.plan.steps if self.plan is not None else ()
        total = sum(each.bytes for each in steps)
        if not total or not 0 <= step < len(steps):
            return 0.0
        now = min(self.done_bytes, steps[step].bytes)
        return (sum(each.bytes for each in steps[:step]) + now) / total

    def eta_s(self, now_s: float, done_bytes: int) -> float | None:
        """Seconds until the step's bytes are copied at the rate so far; None when unknown."""
        if not done_bytes or now_s <= self.began_s:
            return None
        rate = done_bytes / (now_s - self.began_s)
        return (self.total_bytes - done_bytes) / rate
