"""reconnectHost: the host is asked what it has, as when it was added."""

from core.model.commands.host import ReconnectHost
from core.model.records import Host
from core.plans.context import Context
from core.plans.host.add import probing
from core.plans.step import Claim, Plan


def check(context: Context, command: ReconnectHost) -> None:
    """Refuse a host that there is not."""
    context.inventory.get(Host, command.id)


def claim(context: Context, command: ReconnectHost) -> Claim:
    """Lock the host."""
    return Claim(kind="host", id=command.id, locks=(f"host/{command.id}",))


def plan(context: Context, command: ReconnectHost, host_id: str) -> Plan:
    """One step; its local storage becomes pools at the next look at it."""
    return Plan(steps=(probing(host_id),))
