"""Which of the hosts that could run a machine comes first."""

from core.model.records import Host, Vm
from core.plans.allocation import arranged
from core.plans.context import Context
from core.plans.placement import load


def ordered(context: Context, hosts: list[Host], account_id: str) -> list[Host]:
    """The hosts as vm.allocation.algorithm says."""
    machines = context.inventory.having(Vm, "account", account_id)
    return arranged(
        context,
        hosts,
        context.settings.text("vm.allocation.algorithm"),
        taken=lambda host: load(context, host),
        owned=(vm.host_id for vm in machines),
    )
