"""checkVolume."""

from core.model import errors
from core.model.commands.volume import CheckVolume
from core.model.hypervisors import Hypervisor, serves
from core.model.pool_types import DiskFormat
from core.model.records import Pool, Volume
from core.model.states import VmState, VolumeState
from core.plans.admission import (
    require_no_snapshot_in_progress,
    require_state,
    require_volume_state,
    vm_of,
    volume_locks,
)
from core.plans.context import Context
from core.plans.operation import CheckDisk
from core.plans.step import Change, Claim, Plan, Step

REPAIRS = ("leaks", "all")
BEFORE_USE = "volume.check.and.repair.leaks.before.use"


def check(context: Context, command: CheckVolume) -> None:
    """Refuse what cannot be checked: only QCOW2 disks of KVM that nobody has open."""
    volume = context.get(Volume, command.id)
    if command.repair is not None and command.repair not in REPAIRS:
        raise errors.Invalid(
            f"repair={command.repair!r} is unknown",
            object=f"volume/{volume.id}",
            hint=f"one of {', '.join(REPAIRS)}, or leave it out",
        )
    require_volume_state(volume, VolumeState.READY, doing="checking")
    pool = context.inventory.find(Pool, volume.pool_id)
    if not is_checkable(volume, pool):
        raise errors.Unsupported(
            f"a {volume.format} disk cannot be checked",
            object=f"volume/{volume.id}",
            hint="only QCOW2 disks of KVM have a structure to check",
            number=431,
        )
    vm = vm_of(context, volume)
    if vm is not None:
        require_state(vm, VmState.STOPPED, doing="checking a volume")
    require_no_snapshot_in_progress(context, volume)


def claim(context: Context, command: CheckVolume) -> Claim:
    """Lock the volume and its machine."""
    volume = context.get(Volume, command.id)
    return Claim(kind="volume", id=volume.id, locks=volume_locks(volume))


def plan(context: Context, command: CheckVolume, volume_id: str) -> Plan:
    """Look at the disk, mend it if asked, and keep what was found."""
    volume = context.inventory.get(Volume, volume_id)
    learnt = Change(
        kind="volume",
        id=volume.id,
        learn={"check_result": "found", "repair_result": "repaired"},
    )
    return Plan(steps=(_checking(volume, command.repair or "", learnt),))


def _checking(volume: Volume, repair: str, *learnt: Change) -> Step:
    return Step(
        name="check the disk",
        actor=f"pool/{volume.pool_id}",
        do=CheckDisk(name=volume.id, repair=repair),
        commit=learnt,
    )


def mending(context: Context, volume: Volume) -> tuple[Step, ...]:
    """Mend leaks of a closed disk before a machine uses it, where its pool's setting wants that."""
    pool = context.inventory.find(Pool, volume.pool_id)
    if pool is None or not is_checkable(volume, pool):
        return ()
    wanted = context.settings.flag(BEFORE_USE, ("pool", pool.id))
    return (_checking(volume, "leaks"),) if wanted else ()


def is_checkable(volume: Volume, pool: Pool | None) -> bool:
    """Whether the disk has a structure to check: QCOW2 disks of KVM."""
    on_kvm = pool is not None and serves(pool.hypervisor, Hypervisor.KVM)
    return on_kvm and volume.format is DiskFormat.QCOW2
