"""What createSnapshot refuses (semantics section 5.1)."""

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.snapshot import CreateSnapshot
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS, DiskFormat
from core.model.records import (
    DiskOffering,
    Job,
    Pool,
    Snapshot,
    SnapshotPolicy,
    Vm,
    Volume,
    Zone,
)
from core.model.states import AllocationState, JobStatus, VmState, VolumeState
from core.plans.admission import (
    SNAPSHOT_IN_PROGRESS,
    require_in_service,
    require_no_vm_snapshot_in_progress,
    require_no_vm_snapshots,
    require_state,
    require_volume_state,
    running_vm_of,
    vm_of,
)
from core.plans.context import Context
from core.plans.snapshot.hypervisor import require_snapshots
from core.plans.snapshot.location import PRIMARY, is_managed, location_of

_LOST = frozenset({VmState.DESTROYED, VmState.EXPUNGING, VmState.ERROR})


def check(context: Context, command: CreateSnapshot) -> None:
    """Refuse what cannot be snapshotted."""
    volume = context.get(Volume, command.volume_id)
    _check_zone(context, volume)
    require_volume_state(volume, VolumeState.READY, doing="a snapshot")
    require_in_service(context, volume)
    require_snapshots(context, volume)
    vm = vm_of(context, volume)
    if vm is not None:
        _check_machine(context, volume, vm)
    _check_format(context, volume)
    _check_location(context, command, volume)
    if command.quiesce_vm:
        raise errors.Invalid(
            "quiescevm is not supported for this volume",
            object=f"volume/{volume.id}",
            hint="leave quiescevm out",
        )


def _check_zone(context: Context, volume: Volume) -> None:
    zone = context.inventory.get(Zone, volume.zone_id)
    disabled = zone.allocation_state is AllocationState.DISABLED
    if disabled and context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "the zone is disabled",
            object=f"zone/{zone.id}",
            hint="ask a root administrator to enable it",
        )


def _check_machine(context: Context, volume: Volume, vm: Vm) -> None:
    if vm.state in _LOST:
        raise errors.Conflict(
            f"the machine of the volume is {vm.state}",
            object=f"vm/{vm.id}",
            hint="detach the volume first, or recover the machine",
            number=530,
        )
    require_no_vm_snapshot_in_progress(context, vm)
    require_no_vm_snapshots(context, vm)
    offering = context.inventory.find(DiskOffering, volume.disk_offering_id)
    if offering is not None and offering.encrypt and vm.state is not VmState.STOPPED:
        raise errors.Unsupported(
            "the volume is encrypted and its machine runs",
            object=f"volume/{volume.id}",
            hint="stop the machine first",
        )
    pool = context.inventory.get(Pool, volume.pool_id)
    running_kvm = vm.hypervisor is Hypervisor.KVM and vm.state is not VmState.STOPPED
    enabled = context.settings.flag("kvm.snapshot.enabled")
    if running_kvm and pool.scope != "HOST" and not enabled:
        raise errors.Conflict(
            "snapshots of running KVM machines are switched off",
            object=f"vm/{vm.id}",
            hint="stop the machine or set kvm.snapshot.enabled",
            number=530,
        )


def _check_format(context: Context, volume: Volume) -> None:
    """A RAW file has no room for a snapshot inside; only what has it open can read it off."""
    pool = context.inventory.get(Pool, volume.pool_id)
    by_storage = POOLS[pool.type].storage_snapshots
    if volume.format is DiskFormat.RAW and not by_storage and not running_vm_of(context, volume):
        raise errors.Unsupported(
            f"a RAW disk on {pool.type} is snapshotted only while its machine runs",
            object=f"volume/{volume.id}",
            hint="start its machine, or migrate it to another pool, where it becomes QCOW2",
        )


def _check_location(context: Context, command: CreateSnapshot, volume: Volume) -> None:
    """Only managed storage lets the caller choose; elsewhere the settings do."""
    pool = context.inventory.get(Pool, volume.pool_id)
    if command.location_type is not None and not is_managed(pool):
        raise errors.Invalid(
            "locationtype goes only with managed storage",
            object=f"volume/{volume.id}",
            hint="leave locationtype out",
        )
    stays = location_of(context, command.location_type, pool) == PRIMARY
    if stays and not POOLS[pool.type].storage_snapshots and running_vm_of(context, volume):
        raise errors.Unsupported(
            "the pool keeps no snapshots of disks in use, and they are not to be backed up",
            object=f"volume/{volume.id}",
            hint="stop the machine or set snapshot.backup.to.secondary",
            number=431,
        )
    if command.zone_ids:
        _check_copies(context, command, volume, stays=stays)


def _check_copies(
    context: Context, command: CreateSnapshot, volume: Volume, *, stays: bool
) -> None:
    if command.policy_id is not None or stays:
        raise errors.Invalid(
            "zoneids goes neither with policyid nor with a snapshot that stays on primary storage",
            object=f"volume/{volume.id}",
            hint="leave zoneids out and use copySnapshot, or name the zones in the policy",
        )
    for zone_id in command.zone_ids:
        context.inventory.get(Zone, zone_id)


def check_policy(context: Context, command: CreateSnapshot) -> None:
    """Refuse another volume's policy, and a second snapshot while its last is being taken."""
    if command.policy_id is None:
        return
    policy = context.get(SnapshotPolicy, command.policy_id)
    if policy.volume_id != command.volume_id:
        raise errors.Invalid(
            "the policy is another volume's",
            object=f"snapshot_policy/{policy.id}",
            hint="listSnapshotPolicies names the policies of a volume",
        )
    job = context.inventory.find(Job, policy.running_job_id)
    if job is not None and job.status is JobStatus.IN_PROGRESS:
        raise errors.Conflict(
            "the policy's last snapshot is still being taken",
            object=f"snapshot_policy/{policy.id}",
            hint=f"wait for job {job.id}",
        )


def check_turn(context: Context, command: CreateSnapshot) -> None:
    """What must hold once its turn has come: others that only wait don't count before.

    KVM and VMware admit one snapshot of a machine at a time.
    """
    volume = context.get(Volume, command.volume_id)
    vm = vm_of(context, volume)
    if vm is None:
        return
    require_state(vm, VmState.RUNNING, VmState.STOPPED, doing="a snapshot", number=530)
    if HYPERVISORS[vm.hypervisor].one_snapshot_per_vm:
        _check_one_at_a_time(context, vm)


def _check_one_at_a_time(context: Context, vm: Vm) -> None:
    for sibling in context.inventory.having(Volume, "vm", vm.id):
        for snapshot in context.inventory.having(Snapshot, "volume", sibling.id):
            if snapshot.state in SNAPSHOT_IN_PROGRESS:
                raise errors.Conflict(
                    f"snapshot {snapshot.id} of the same machine is {snapshot.state}",
                    object=f"vm/{vm.id}",
                    hint=f"wait for job {snapshot.job_id}",
                )
