"""Whether zones, pods, clusters and hosts take new things, as callers name it."""

from core.model import errors
from core.model.states import AllocationState


def named_allocation_state(name: str | None) -> AllocationState:
    """The state of that name, whatever its case; Enabled when none is given. Raises Invalid."""
    for state in AllocationState:
        if name is None or state.value.lower() == name.lower():
            return state
    raise errors.Invalid(
        f"{name!r} is no allocation state", hint=f"one of {', '.join(AllocationState)}"
    )
