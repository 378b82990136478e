"""createSnapshotPolicy."""

import msgspec

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.snapshot_policy import CreateSnapshotPolicy
from core.model.records import Account, DiskOffering, SnapshotPolicy, Volume, Zone
from core.model.schedule import interval_named, next_after, parse_schedule
from core.model.states import VolumeState
from core.model.time_zone import zone_name
from core.plans.admission import require_volume_state
from core.plans.context import Context
from core.plans.quota import limit_of
from core.plans.snapshot.hypervisor import require_snapshots
from core.plans.step import Add, Claim
from core.plans.tagging import named, tagged, untagged


def check(context: Context, command: CreateSnapshotPolicy) -> None:
    """Refuse what cannot be snapshotted, or not so often (semantics section 5.6)."""
    volume = context.get(Volume, command.volume_id)
    require_volume_state(volume, VolumeState.READY, doing="a snapshot policy")
    require_snapshots(context, volume)
    offering = context.inventory.find(DiskOffering, volume.disk_offering_id)
    if offering is not None and offering.encrypt:
        raise errors.Invalid(
            "the volume is encrypted",
            object=f"volume/{volume.id}",
            hint="take its snapshots by hand while it is detached or its machine is stopped",
        )
    parse_schedule(command.interval_type, command.schedule)
    for zone_id in command.zone_ids:
        context.inventory.get(Zone, zone_id)
    _check_number(context, command, volume)


def _check_number(context: Context, command: CreateSnapshotPolicy, volume: Volume) -> None:
    """At least one, at most snapshot.max.<interval>, and no more than the account may have."""
    setting = interval_named(command.interval_type).setting
    most = context.settings.whole(setting)
    if not 0 < command.max_snaps <= most:
        raise errors.Invalid(
            f"1 to {most} snapshots can be kept, not {command.max_snaps}",
            object=f"setting/{setting}",
            hint=f"ask for fewer, or raise {setting}" if most else f"raise {setting} above 0",
        )
    owner = context.inventory.get(Account, volume.account_id)
    limit = limit_of(context, owner, "snapshot")
    if context.caller.role is not Role.ADMIN and 0 <= limit < command.max_snaps:
        raise errors.Invalid(
            f"the account may have {limit} snapshots, not {command.max_snaps}",
            object=f"account/{owner.id}",
            hint="ask for fewer",
        )


def claim(context: Context, command: CreateSnapshotPolicy) -> Claim:
    """Record the policy, or let it be as asked from now on if there is one of that interval."""
    volume = context.get(Volume, command.volume_id)
    schedule = parse_schedule(command.interval_type, command.schedule)
    zone = zone_name(command.timezone)
    policy = SnapshotPolicy(
        id=context.new_id(),
        created_s=context.now_s,
        volume_id=volume.id,
        account_id=volume.account_id,
        domain_id=volume.domain_id,
        interval=schedule.interval,
        schedule=command.schedule,
        timezone=zone,
        max_snaps=command.max_snaps,
        next_s=next_after(schedule, zone, context.now_s) if command.for_display else 0.0,
        display=command.for_display,
        zone_ids=command.zone_ids,
    )
    for known in context.inventory.having(SnapshotPolicy, "volume", volume.id):
        if known.interval == policy.interval:
            policy = msgspec.structs.replace(
                policy,
                id=known.id,
                rev=known.rev + 1,
                created_s=known.created_s,
                running_job_id=known.running_job_id,
                details=known.details,
                hidden_details=known.hidden_details,
            )
    tags = tagged(context, "snapshot_policy", policy.id, policy, named(command.tags))
    effects = (*untagged(context, policy.id), Add(record=policy), *tags)
    return Claim(kind="snapshot_policy", id=policy.id, effects=effects)
