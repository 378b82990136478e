"""Which of the hosts that could run a machine comes first."""

from core.model.records import Host, Vm
from core.plans.allocation import arranged
from core.plans.context import Context
from core.plans.placement import load


def ordered(context: Context, hosts: list[Host], account_id: str) -> list[Host]:
    """The hosts as vm.allocation.algorithm says."""

    def machines(host: Host) -> int:
        there = context.inventory.having(Vm, "host", host.id)
        return sum(1 for vm in there if vm.account_id == account_id)

    return arranged(
        context,
        hosts,
        context.settings.text("vm.allocation.algorithm"),
        taken=lambda host: load(context, host),
        owned=machines,
    )
