"""updateSnapshotPolicy."""

from core.model.commands.snapshot_policy import UpdateSnapshotPolicy
from core.model.records import SnapshotPolicy
from core.model.schedule import next_after, parse_schedule
from core.plans.context import Context
from core.plans.step import Claim, Effect, Plan, change


def check(context: Context, command: UpdateSnapshotPolicy) -> None:
    """Refuse what is not the caller's."""
    context.get(SnapshotPolicy, command.id)


def claim(context: Context, command: UpdateSnapshotPolicy) -> Claim:
    """A hidden policy is never due; one that is shown again is due next from now on."""
    policy = context.get(SnapshotPolicy, command.id)
    effects: tuple[Effect, ...] = ()
    if command.for_display is not None and command.for_display is not policy.display:
        schedule = parse_schedule(policy.interval, policy.schedule)
        due_s = next_after(schedule, policy.timezone, context.now_s) if command.for_display else 0.0
        effects = (change(policy, display=command.for_display, next_s=due_s),)
    return Claim(kind="snapshot_policy", id=policy.id, effects=effects)


def plan(context: Context, command: UpdateSnapshotPolicy, policy_id: str) -> Plan:
    """Nothing is left to do."""
    return Plan(steps=())
