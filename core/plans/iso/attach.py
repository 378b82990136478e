"""attachIso and detachIso."""

from core.model import errors
from core.model.commands.image.iso import AttachIso, DetachIso
from core.model.records import Vm
from core.model.states import VmState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.iso.disc import disc_of, iso_at
from core.plans.operation import EjectIso, InsertIso
from core.plans.step import Claim, Plan, Step, change
from core.plans.template.access import visible


def check(context: Context, command: AttachIso) -> None:
    """Refuse machines that neither run nor rest, and drives with a disc in them."""
    vm = _vm(context, command.virtual_machine_id, doing="attaching an ISO")
    iso_at(context, visible(context, command.id, iso=True), vm.zone_id)
    if vm.iso_id and not command.forced:
        raise errors.Conflict(
            "an ISO is in the machine's drive",
            object=f"vm/{vm.id}",
            hint="detachIso first, or give forced=true to replace it",
        )


def _vm(context: Context, vm_id: str, *, doing: str) -> Vm:
    vm = context.get(Vm, vm_id)
    require_state(vm, VmState.RUNNING, VmState.STOPPED, doing=doing)
    return vm


def claim(context: Context, command: AttachIso) -> Claim:
    """Lock the machine."""
    vm_id = command.virtual_machine_id
    return Claim(kind="vm", id=vm_id, locks=(f"vm/{vm_id}",))


def plan(context: Context, command: AttachIso, vm_id: str) -> Plan:
    """A machine that runs sees it at once, one that rests when it starts.

    It is noted before it is in the drive, so that nobody deletes it meanwhile.
    """
    vm = context.inventory.get(Vm, vm_id)
    attached = change(vm, iso_id=command.id)
    if vm.state is not VmState.RUNNING:
        return Plan(steps=(Step(name="note the ISO", commit=(attached,)),))
    iso = iso_at(context, visible(context, command.id, iso=True), vm.zone_id)
    inserting = Step(
        name="put the ISO into the drive",
        actor=f"host/{vm.host_id}",
        do=InsertIso(vm_id=vm.id, iso=iso),
        undo=EjectIso(vm_id=vm.id),
        begin=(attached,),
        revert=(change(vm, iso_id=""),),
    )
    replaced = (_ejecting(context, vm),) if vm.iso_id else ()
    return Plan(steps=(*replaced, inserting))


def check_detach(context: Context, command: DetachIso) -> None:
    """Refuse machines that neither run nor rest, and empty drives."""
    vm = _vm(context, command.virtual_machine_id, doing="detaching an ISO")
    if not vm.iso_id:
        raise errors.Conflict(
            "no ISO is in the machine's drive",
            object=f"vm/{vm.id}",
            hint="attachIso puts one in",
        )


def claim_detach(context: Context, command: DetachIso) -> Claim:
    """Lock the machine."""
    vm_id = command.virtual_machine_id
    return Claim(kind="vm", id=vm_id, locks=(f"vm/{vm_id}",))


def plan_detach(context: Context, command: DetachIso, vm_id: str) -> Plan:
    """The drive is empty."""
    vm = context.inventory.get(Vm, vm_id)
    if vm.state is VmState.RUNNING:
        return Plan(steps=(_ejecting(context, vm),))
    return Plan(steps=(Step(name="note the empty drive", commit=(change(vm, iso_id=""),)),))


def _ejecting(context: Context, vm: Vm) -> Step:
    iso = disc_of(context, vm)
    return Step(
        name="take the ISO out of the drive",
        actor=f"host/{vm.host_id}",
        do=EjectIso(vm_id=vm.id),
        undo=InsertIso(vm_id=vm.id, iso=iso) if iso is not None else None,
        commit=(change(vm, iso_id=""),),
        revert=(change(vm, iso_id=vm.iso_id),),
    )
