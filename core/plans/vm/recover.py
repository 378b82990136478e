"""recoverVirtualMachine."""

from core.model.commands.vm import RecoverVirtualMachine
from core.model.records import Account, Vm, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.limit.limited_tag import of_vm, of_volumes
from core.plans.quota import require_quota
from core.plans.step import Claim, change
from core.plans.vm.permission import require_may_expunge


def _destroyed_roots(context: Context, vm: Vm) -> list[Volume]:
    return [
        volume
        for volume in context.inventory.having(Volume, "vm", vm.id)
        if volume.type == "ROOT" and volume.state is VolumeState.DESTROY
    ]


def check(context: Context, command: RecoverVirtualMachine) -> None:
    """Refuse what cannot be recovered (semantics section 9.8)."""
    vm = context.get(Vm, command.id)
    require_may_expunge(context, vm)
    require_state(vm, VmState.DESTROYED, doing="recovering")
    roots = _destroyed_roots(context, vm)
    require_quota(
        context,
        context.inventory.get(Account, vm.account_id),
        of_vm(context, vm),
        *of_volumes(context, *roots),
        vm=1,
        cpu=vm.cpus,
        memory=vm.memory_bytes,
        volume=len(roots),
        primary_storage=sum(volume.size_bytes for volume in roots),
    )


def claim(context: Context, command: RecoverVirtualMachine) -> Claim:
    """The machine is Stopped again, with its root disk; data disks are not attached again."""
    vm = context.get(Vm, command.id)
    roots = _destroyed_roots(context, vm)
    disks = (change(volume, "RecoverRequested", destroyed_s=0.0) for volume in roots)
    stopped = change(vm, "RecoveryRequested", destroyed_s=0.0)
    return Claim(kind="vm", id=vm.id, effects=(stopped, *disks))
