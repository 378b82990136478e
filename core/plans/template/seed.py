"""Copies of templates on pools: made when they are first needed, kept for all later machines."""

from collections.abc import Iterable

from core.driver_words import DiskSpec
from core.model import errors
from core.model.commands.internal import EvictTemplate, SeedTemplate
from core.model.records import Pool, PoolTemplate, Template, Volume
from core.model.states import RefState, TemplateState
from core.plans.admission import require_state, require_usable_pool
from core.plans.context import Context
from core.plans.disk import format_on
from core.plans.operation import CancelJobs, CreateDisk, DiskAt, RemoveDisk, RunJobs, errand
from core.plans.room import why_no_room
from core.plans.snapshot_source import template_source
from core.plans.step import Add, Claim, Drop, Plan, Step, change
from core.plans.template.delete import removed_from_pool


def copy_id(pool_id: str, template_id: str) -> str:
    """Id of the record of a template's copy on a pool: there is at most one."""
    return f"{pool_id}/{template_id}"


def copy_on(context: Context, pool_id: str, template_id: str) -> PoolTemplate | None:
    """The template's copy on the pool, if it has one that is complete."""
    copy = context.inventory.find(PoolTemplate, copy_id(pool_id, template_id))
    return copy if copy is not None and copy.state is RefState.READY else None


def seeding(
    context: Context, wanted: Iterable[tuple[Template, Pool]], *, tolerant: bool = False
) -> tuple[Step, ...]:
    """Have copies made where they are missing; who needs the same one waits for the same job.

    tolerant: it is no failure when some cannot be made. Raises Unavailable when no image store of
    the zone has the template.
    """
    missing = [
        (template, pool)
        for template, pool in wanted
        if (copy := copy_on(context, pool.id, template.id)) is None or copy.unused
    ]
    if not missing:
        return ()
    for template, pool in missing:
        template_source(context, template, pool.zone_id)
    asked = tuple(
        errand(SeedTemplate(template_id=template.id, pool_id=pool.id)) for template, pool in missing
    )
    return (
        Step(
            name="copy the template to " + " and ".join(pool.name for _, pool in missing),
            actor="jobs",
            do=RunJobs(errands=asked, tolerant=tolerant),
            undo=CancelJobs(count=len(asked)),
        ),
    )


def seeded(template_id: str, pool: Pool) -> DiskAt:
    """Where a root disk is copied from once the template is on its pool."""
    return DiskAt(pool_id=pool.id, name=template_id)


def check(context: Context, command: SeedTemplate) -> None:
    """Refuse a template that is not there, and a pool that cannot take it."""
    template = context.inventory.get(Template, command.template_id)
    require_state(template, TemplateState.DOWNLOADED, doing="copying it to a pool")
    pool = context.inventory.get(Pool, command.pool_id)
    if copy_on(context, pool.id, template.id) is not None:
        return
    template_source(context, template, pool.zone_id)
    require_usable_pool(pool)
    reason = why_no_room(context, pool, template.size_bytes)
    if reason:
        raise errors.NoCapacity(
            f"no room for the template: {reason}",
            object=f"pool/{pool.id}",
            hint="free room there, or use another pool",
        )


def claim(context: Context, command: SeedTemplate) -> Claim:
    """Only one job at a time makes or removes it."""
    lock = f"pool_template/{copy_id(command.pool_id, command.template_id)}"
    return Claim(kind="template", id=command.template_id, locks=(lock,))


def plan(context: Context, command: SeedTemplate, template_id: str) -> Plan:
    """Copy it there, unless somebody else has done that; it is needed again."""
    copy = copy_on(context, command.pool_id, template_id)
    if copy is not None:
        needed = Step(name="keep the copy", commit=(change(copy, unused=False),))
        return Plan(steps=(needed,) if copy.unused else ())
    template = context.inventory.get(Template, template_id)
    pool = context.inventory.get(Pool, command.pool_id)
    disk = DiskSpec(
        name=template.id,
        size_bytes=template.size_bytes,
        format=format_on(pool, template.format, str(template.hypervisor)),
    )
    made = PoolTemplate(
        id=copy_id(pool.id, template.id),
        created_s=context.now_s,
        pool_id=pool.id,
        template_id=template.id,
        size_bytes=template.size_bytes,
        state=RefState.CREATING,
        job_id=context.job_id,
    )
    making = Step(
        name=f"copy the template to {pool.name}",
        actor=f"pool/{pool.id}",
        do=CreateDisk(disk=disk, source=template_source(context, template, pool.zone_id)),
        undo=RemoveDisk(name=template.id),
        begin=(Add(record=made),),
        commit=(change(made, "OperationSuccessed"),),
        revert=(Drop(kind="pool_template", id=made.id),),
        bytes=template.physical_bytes or template.size_bytes,
    )
    return Plan(steps=(making,))


def is_needed(context: Context, copy: PoolTemplate) -> bool:
    """Whether a root disk on the pool was made of the template."""
    volumes = context.inventory.having(Volume, "pool", copy.pool_id)
    return any(volume.template_id == copy.template_id for volume in volumes)


def check_eviction(context: Context, command: EvictTemplate) -> None:
    """Refuse a copy that is needed again."""
    copy = context.inventory.get(PoolTemplate, command.id)
    if not copy.unused or is_needed(context, copy):
        raise errors.Conflict(
            "the copy is needed",
            object=f"pool_template/{copy.id}",
            hint="the next clean-up looks again",
        )


def claim_eviction(context: Context, command: EvictTemplate) -> Claim:
    """Only one job at a time makes or removes it."""
    return Claim(kind="pool_template", id=command.id, locks=(f"pool_template/{command.id}",))


def plan_eviction(context: Context, command: EvictTemplate, copy_id: str) -> Plan:
    """The disk goes, then its record."""
    return Plan(steps=(removed_from_pool(context.inventory.get(PoolTemplate, copy_id)),))
