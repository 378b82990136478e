"""Which of the hosts that could run a machine comes first (CloudStack's FirstFitAllocator)."""

from core.model.records import Host, Vm
from core.plans.context import Context
from core.plans.placement import load

SETTING = "vm.allocation.algorithm"


def ordered(context: Context, hosts: list[Host], account_id: str) -> list[Host]:
    """The hosts as vm.allocation.algorithm says; alike ones by id, never by order in memory."""
    found = sorted(hosts, key=lambda host: host.id)
    algorithm = context.settings.text(SETTING)
    if algorithm == "firstfitleastconsumed":
        found.sort(key=lambda host: load(context, host))
    elif algorithm == "userdispersing":
        found.sort(key=lambda host: _machines_of(context, host, account_id))
    elif not algorithm.endswith("firstfit"):
        context.random.shuffle(found)
    return found


def _machines_of(context: Context, host: Host, account_id: str) -> int:
    machines = context.inventory.having(Vm, "host", host.id)
    return sum(1 for vm in machines if vm.account_id == account_id)
