"""System VMs as callers see them."""

from core.model.commands.command import Command
from core.model.commands.system_vm import ListSystemVms
from core.model.inventory import Inventory
from core.model.records import SystemVm, Zone
from core.plans.context import Context
from core.views.listing import Listing
from core.views.view import View, date, name_of

TYPE = "secondarystoragevm"


class SystemVmView(View, frozen=True, kw_only=True):
    """CloudStack's systemvm object."""

    id: str
    name: str
    systemvmtype: str
    state: str
    zoneid: str
    zonename: str | None = None
    created: str | None = None


def system_vm_view(inventory: Inventory, vm: SystemVm) -> SystemVmView:
    """The system VM; there are none but those of secondary storage."""
    return SystemVmView(
        id=vm.id,
        name=vm.name,
        systemvmtype=TYPE,
        state=str(vm.state),
        zoneid=vm.zone_id,
        zonename=name_of(inventory, Zone, vm.zone_id),
        created=date(vm.created_s),
    )


def _is_of_type(context: Context, vm: SystemVm, type: str) -> bool:
    return type.lower() == TYPE


LISTINGS: dict[type[Command], Listing] = {
    ListSystemVms: Listing(
        SystemVm,
        system_vm_view,
        {"zone_id": "zone"},
        {"name": "name", "state": "state"},
        {"system_vm_type": _is_of_type},
    ),
}
