"""One row for every command that changes something, from the tables of the nouns."""

from core.model.commands.command import Command
from core.plans.host.table import PLANS as HOST
from core.plans.image_store.table import PLANS as IMAGE_STORE
from core.plans.offering.table import PLANS as OFFERING
from core.plans.pool.table import PLANS as POOL
from core.plans.row import Row
from core.plans.setting.table import PLANS as SETTING
from core.plans.snapshot.table import PLANS as SNAPSHOT
from core.plans.snapshot_policy.table import PLANS as SNAPSHOT_POLICY
from core.plans.template.table import PLANS as TEMPLATE
from core.plans.vm.table import PLANS as VM
from core.plans.volume.table import PLANS as VOLUME

PLANS: dict[type[Command], Row] = {
    **HOST,
    **IMAGE_STORE,
    **OFFERING,
    **POOL,
    **SETTING,
    **SNAPSHOT,
    **SNAPSHOT_POLICY,
    **TEMPLATE,
    **VM,
    **VOLUME,
}
