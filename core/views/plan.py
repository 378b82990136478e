"""A plan as dry_run shows it, and its hash."""

from hashlib import sha256

import msgspec

from core.plans.operation import RunJobs
from core.plans.step import Add, Claim, Plan, Step
from core.views.view import View, text


class JobToBegin(View, frozen=True, kw_only=True):
    """A job that a step begins: its command, and the parameters."""

    command: str
    request: object
    bytes: int


class StepView(View, frozen=True, kw_only=True):
    """One step; `final` steps are past the point of no return. jobs: the jobs that it begins."""

    name: str
    actor: str | None = None
    bytes: int
    final: bool
    reversible: bool
    jobs: tuple[JobToBegin, ...] | None = None


class PlanView(View, frozen=True, kw_only=True):
    """What a command would do now; with `hash` in meta.plan it runs only if this still holds."""

    hash: str
    steps: tuple[StepView, ...]
    creates: tuple[str, ...]
    bytes: int
    locks: tuple[str, ...]
    slot: str | None = None


def plan_view(claim: Claim, plan: Plan) -> PlanView:
    """The plan of a command whose claim this is."""
    added = [effect.record for effect in claim.effects if isinstance(effect, Add)]
    steps = tuple(
        StepView(
            name=step.name,
            actor=text(step.actor),
            bytes=step.bytes,
            final=step.final,
            reversible=not step.final,
            jobs=_jobs(step),
        )
        for step in plan.steps
    )
    return PlanView(
        hash=plan_hash(claim, plan),
        steps=steps,
        creates=tuple(sorted(str(record.__struct_config__.tag) for record in added)),
        bytes=sum(step.bytes for step in plan.steps),
        locks=claim.locks,
        slot=text(claim.slot),
    )


def _jobs(step: Step) -> tuple[JobToBegin, ...] | None:
    if not isinstance(step.do, RunJobs):
        return None
    return tuple(
        JobToBegin(
            command=each.command, request=msgspec.json.decode(each.request), bytes=each.bytes
        )
        for each in step.do.errands
    )


def plan_hash(claim: Claim, plan: Plan) -> str:
    """Digest of what the plan does; ids drawn for new objects and the time don't count."""
    shape = [
        (
            step.name,
            step.actor,
            type(step.do).__name__,
            step.bytes,
            step.final,
            len(step.begin),
            len(step.commit),
        )
        for step in plan.steps
    ]
    return sha256(msgspec.json.encode((claim.kind, shape))).hexdigest()[:32]
