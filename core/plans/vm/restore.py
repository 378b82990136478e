"""restoreVirtualMachine."""

from core.model import errors
from core.model.commands.vm import RestoreVirtualMachine
from core.model.records import Account, DiskOffering, ServiceOffering, Vm, Volume
from core.model.states import VmState
from core.plans.admission import (
    promised_iops,
    require_local_storage,
    require_size,
    require_state,
)
from core.plans.context import GIB, Context
from core.plans.limit.limited_tag import of_disk_offering
from core.plans.quota import require_quota
from core.plans.step import Claim, Plan
from core.plans.template.access import visible
from core.plans.vm.new_root import Wish, replacing, require_replaceable, root_of, unchanged
from core.plans.vm.permission import require_may_expunge
from core.plans.vm.root_disk import require_root_size
from core.plans.vm.scaling.shape import whole


def _wish(context: Context, command: RestoreVirtualMachine, vm: Vm) -> Wish:
    """What is asked for; what is left out stays as it was. Raises Invalid, NotFound, Conflict."""
    same = unchanged(context, vm) if command.template_id is None else None
    template = same.template if same is not None else visible(context, command.template_id or "")
    old = root_of(context, vm)
    offering = _offering(context, command, vm, old)
    size_bytes = _size_bytes(command, old, offering)
    iops = _iops(command, old, offering)
    return Wish(template, offering, size_bytes, *iops, expunge=command.expunge)


def _offering(
    context: Context, command: RestoreVirtualMachine, vm: Vm, old: Volume
) -> DiskOffering:
    if command.disk_offering_id is None:
        return context.inventory.get(DiskOffering, old.disk_offering_id)
    service = context.inventory.find(ServiceOffering, vm.service_offering_id)
    if service is not None and service.disk_strict:
        raise errors.Invalid(
            "the machine's service offering fixes its root disk's offering",
            object=f"service_offering/{service.id}",
            hint="leave diskofferingid out, or change the service offering first",
        )
    return context.disk_offering(command.disk_offering_id, vm.zone_id)


def _iops(command: RestoreVirtualMachine, old: Volume, offering: DiskOffering) -> tuple[int, int]:
    """Operations per second stay unless they or the offering change."""
    asked = (whole(command.details, "minIops"), whole(command.details, "maxIops"))
    if offering.id == old.disk_offering_id and asked == (None, None):
        return old.min_iops, old.max_iops
    return promised_iops(offering, *asked)


def _size_bytes(command: RestoreVirtualMachine, old: Volume, offering: DiskOffering) -> int:
    asked_gib = command.root_disk_size or whole(command.details, "rootdisksize")
    if asked_gib is None:
        named = command.disk_offering_id is not None
        return (offering.size_bytes if named else 0) or old.size_bytes
    if offering.size_bytes:
        raise errors.Invalid(
            "rootdisksize is given, but the offering fixes the size",
            object=f"disk_offering/{offering.id}",
            hint="leave rootdisksize out",
        )
    return asked_gib * GIB


def check(context: Context, command: RestoreVirtualMachine) -> None:
    """Refuse what cannot be restored (semantics section 9.7)."""
    vm = context.get(Vm, command.virtual_machine_id)
    require_state(vm, VmState.RUNNING, VmState.STOPPED, doing="restoring")
    if command.expunge:
        require_may_expunge(context, vm)
    wish = _wish(context, command, vm)
    require_replaceable(context, vm, wish)
    if wish.template is not None and wish.size_bytes not in (
        wish.template.size_bytes,
        root_of(context, vm).size_bytes,
    ):
        require_root_size(vm.hypervisor, f"vm/{vm.id}")
    require_size(context, wish.size_bytes)
    require_local_storage(context, vm.zone_id, wish.offering)


def quota(context: Context, command: RestoreVirtualMachine) -> None:
    """The account pays for a larger disk; the old one counts no longer once it is destroyed."""
    vm = context.get(Vm, command.virtual_machine_id)
    wish, root = _wish(context, command, vm), root_of(context, vm)
    owner = context.inventory.get(Account, vm.account_id)
    tagged = of_disk_offering(context, root, wish.offering, wish.size_bytes)
    more = max(0, wish.size_bytes - root.size_bytes)
    require_quota(context, owner, *tagged, primary_storage=more)


def claim(context: Context, command: RestoreVirtualMachine) -> Claim:
    """Lock the machine and its volumes."""
    vm = context.get(Vm, command.virtual_machine_id)
    volumes = context.inventory.having(Volume, "vm", vm.id)
    locks = (f"vm/{vm.id}", *(f"volume/{volume.id}" for volume in volumes))
    return Claim(kind="vm", id=vm.id, locks=locks)


def plan(context: Context, command: RestoreVirtualMachine, vm_id: str) -> Plan:
    """Replace the root disk; data disks, addresses and whether it runs stay as they are."""
    vm = context.inventory.get(Vm, vm_id)
    return Plan(steps=replacing(context, vm, _wish(context, command, vm)))
