"""prepareTemplate: have a template on pools before machines need it there."""

from core.model import errors
from core.model.commands.template import PrepareTemplate
from core.model.hypervisors import serves
from core.model.pool_types import PoolType
from core.model.records import Pool, Template
from core.model.states import PoolState, TemplateState
from core.plans.admission import require_state, require_usable_pool
from core.plans.context import Context
from core.plans.snapshot_source import template_source
from core.plans.step import Claim, Plan
from core.plans.template.access import visible
from core.plans.template.seed import seeding


def check(context: Context, command: PrepareTemplate) -> None:
    """Refuse what the zone does not have, and pools that cannot take it."""
    template = visible(context, command.template_id)
    require_state(template, TemplateState.DOWNLOADED, doing="preparing")
    zone = context.zone(command.zone_id)
    template_source(context, template, zone.id)
    if command.storage_id is None:
        return
    pool = context.inventory.get(Pool, command.storage_id)
    require_usable_pool(pool)
    if pool.zone_id != zone.id or not _takes(pool, template):
        raise errors.Invalid(
            "the pool is in another zone, or for another hypervisor",
            object=f"pool/{pool.id}",
            hint="listStoragePools names those of the zone",
        )


def _takes(pool: Pool, template: Template) -> bool:
    served = serves(pool.hypervisor, template.hypervisor)
    return served and pool.type is not PoolType.DATASTORE_CLUSTER


def claim(context: Context, command: PrepareTemplate) -> Claim:
    """Answer the template; the copying is the job."""
    return Claim(kind="template", id=command.template_id)


def plan(context: Context, command: PrepareTemplate, template_id: str) -> Plan:
    """Copy it to the pool named, or to all pools of the zone that can take it."""
    template = context.inventory.get(Template, template_id)
    pools = [
        pool
        for pool in context.inventory.having(Pool, "zone", command.zone_id)
        if command.storage_id in (None, pool.id)
        and pool.state is PoolState.UP
        and _takes(pool, template)
    ]
    wanted = [(template, pool) for pool in pools]
    return Plan(steps=seeding(context, wanted, tolerant=command.storage_id is None))
