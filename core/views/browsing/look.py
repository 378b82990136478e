"""What a command asks of storage itself, and how the answer is put in words."""

from collections.abc import Callable
from typing import Any, NamedTuple

from core.plans.context import Context
from core.plans.operation import InspectFiles, ListObjects
from core.views.listing import Answer


class Look(NamedTuple):
    """ask: the actor, and what it is asked. answer: from the command and what it answered."""

    ask: Callable[[Context, Any], tuple[str, ListObjects | InspectFiles]]
    answer: Callable[[Context, Any, Any], Answer]
    timeout_s: float = 15.0
