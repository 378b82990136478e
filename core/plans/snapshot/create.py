"""createSnapshot."""

from datetime import UTC, datetime

import msgspec

from core.model.commands.internal import BackUpSnapshot
from core.model.commands.snapshot import CreateSnapshot
from core.model.pool_types import POOLS
from core.model.records import Account, Host, Pool, Snapshot, SnapshotPolicy, Vm, Volume
from core.model.states import SnapshotState
from core.plans.admission import running_vm_of, vm_of, volume_locks
from core.plans.context import Context
from core.plans.operation import CancelJobs, RunJobs, errand
from core.plans.quota import require_quota
from core.plans.snapshot.copies import copying
from core.plans.snapshot.hypervisor import hypervisor_of
from core.plans.snapshot.location import PRIMARY, location_of
from core.plans.snapshot.take import (
    backing_up,
    live_copy,
    take,
    target_of,
)
from core.plans.step import Add, Claim, Drop, Effect, Plan, Step, change
from core.plans.tagging import named, tagged, tags_on

NAME_MAX = 255


def _policy(context: Context, command: CreateSnapshot) -> SnapshotPolicy | None:
    if command.policy_id is None:
        return None
    return context.inventory.find(SnapshotPolicy, command.policy_id)


def quota(context: Context, command: CreateSnapshot) -> None:
    """The account pays one snapshot, and room for the volume's whole size at first."""
    volume = context.get(Volume, command.volume_id)
    owner = context.inventory.get(Account, volume.account_id)
    pool = context.inventory.get(Pool, volume.pool_id)
    stays = location_of(context, command.location_type, pool) == PRIMARY
    room = {"primary_storage" if stays else "secondary_storage": volume.size_bytes}
    require_quota(context, owner, snapshot=1, **room)


def claim(context: Context, command: CreateSnapshot) -> Claim:
    """Record the snapshot as Allocated; its job waits in the queue of the machine's host."""
    volume = context.get(Volume, command.volume_id)
    vm = vm_of(context, volume)
    policy = _policy(context, command)
    snapshot = _snapshot(context, command, volume, policy)
    effects: list[Effect] = [Add(record=snapshot)]
    tags = named(command.tags) or (tags_on(context, policy.id) if policy is not None else {})
    effects.extend(tagged(context, "snapshot", snapshot.id, snapshot, tags))
    if policy is not None:
        effects.append(change(policy, running_job_id=context.job_id))
    host_id = (vm.host_id or vm.last_host_id) if vm is not None else ""
    return Claim(
        kind="snapshot",
        id=snapshot.id,
        effects=tuple(effects),
        slot=f"host/{host_id}" if host_id else "",
        locks=volume_locks(volume),
    )


def _snapshot(
    context: Context, command: CreateSnapshot, volume: Volume, policy: SnapshotPolicy | None
) -> Snapshot:
    pool = context.inventory.get(Pool, volume.pool_id)
    return Snapshot(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name or _default_name(context, volume, vm_of(context, volume)),
        account_id=volume.account_id,
        domain_id=volume.domain_id,
        zone_id=volume.zone_id,
        volume_id=volume.id,
        volume_name=volume.name,
        volume_type=volume.type,
        size_bytes=volume.size_bytes,
        disk_offering_id=volume.disk_offering_id,
        hypervisor=hypervisor_of(context, volume) or "",
        type=policy.interval if policy is not None else "MANUAL",
        policy_id=policy.id if policy is not None else "",
        location=location_of(context, command.location_type, pool),
        job_id=context.job_id,
    )


def _default_name(context: Context, volume: Volume, vm: Vm | None) -> str:
    at = datetime.fromtimestamp(context.now_s, UTC)
    machine = vm.name if vm is not None else "detached"
    return f"{machine}_{volume.name}_{at:%Y%m%d%H%M%S}"[:NAME_MAX]


def plan(context: Context, command: CreateSnapshot, snapshot_id: str) -> Plan:
    """Straight to the image store where the hypervisor must copy, else by way of the pool."""
    snapshot = context.inventory.get(Snapshot, snapshot_id)
    volume = context.inventory.get(Volume, command.volume_id)
    if snapshot.size_bytes == volume.size_bytes:
        return Plan(steps=_steps(context, command, snapshot, volume))
    resized = Step(
        name="note that the volume was resized meanwhile",
        commit=(change(snapshot, size_bytes=volume.size_bytes),),
    )
    snapshot = msgspec.structs.replace(snapshot, size_bytes=volume.size_bytes)
    return Plan(steps=(resized, *_steps(context, command, snapshot, volume)))


def _steps(
    context: Context, command: CreateSnapshot, snapshot: Snapshot, volume: Volume
) -> tuple[Step, ...]:
    pool = context.inventory.get(Pool, volume.pool_id)
    if snapshot.location == PRIMARY:
        return (take(snapshot, volume, pool, keep=True),)
    policy = _policy(context, command)
    zone_ids = policy.zone_ids if policy is not None else command.zone_ids
    vm = running_vm_of(context, volume)
    if vm is not None and not POOLS[pool.type].storage_snapshots:
        host = context.inventory.get(Host, vm.host_id)
        copied = live_copy(snapshot, volume, target_of(context, snapshot, volume), host)
        return (copied, *copying(snapshot, zone_ids))
    taken = take(snapshot, volume, pool, keep=False)
    if command.async_backup:
        return (taken, _later(snapshot, zone_ids))
    backed_up = backing_up(context, snapshot, volume, pool)
    return (taken, *backed_up, *copying(snapshot, zone_ids))


def _later(snapshot: Snapshot, zone_ids: tuple[str, ...]) -> Step:
    """Another job backs it up; this one ends when that one has begun, or fails with it."""
    asked = errand(BackUpSnapshot(id=snapshot.id, zone_ids=zone_ids))
    return Step(
        name="have it backed up",
        actor="jobs",
        do=RunJobs(errands=(asked,), detached=True),
        undo=CancelJobs(count=1),
    )


def give_up(context: Context, snapshot_id: str) -> tuple[Effect, ...]:
    """One that never began is forgotten; one that failed on its way stays in Error."""
    snapshot = context.inventory.find(Snapshot, snapshot_id)
    if snapshot is None or snapshot.state is not SnapshotState.ALLOCATED:
        return ()
    return (Drop(kind="snapshot", id=snapshot_id),)
