"""One row for every command that changes something, from the tables of the nouns."""

from core.model.commands.command import Command
from core.plans.account.table import PLANS as ACCOUNT
from core.plans.alert.table import PLANS as ALERT
from core.plans.detail.table import PLANS as DETAIL
from core.plans.domain.table import PLANS as DOMAIN
from core.plans.event.table import PLANS as EVENT
from core.plans.extraction.table import PLANS as EXTRACTION
from core.plans.host.table import PLANS as HOST
from core.plans.image_store.table import PLANS as IMAGE_STORE
from core.plans.iso.table import PLANS as ISO
from core.plans.limit.table import PLANS as LIMIT
from core.plans.migration.table import PLANS as MIGRATION
from core.plans.offering.table import PLANS as OFFERING
from core.plans.place.table import PLANS as PLACE
from core.plans.pool.table import PLANS as POOL
from core.plans.project.table import PLANS as PROJECT
from core.plans.row import Row
from core.plans.setting.table import PLANS as SETTING
from core.plans.snapshot.table import PLANS as SNAPSHOT
from core.plans.snapshot_policy.table import PLANS as SNAPSHOT_POLICY
from core.plans.storage_access.table import PLANS as STORAGE_ACCESS
from core.plans.tag.table import PLANS as TAG
from core.plans.template.table import PLANS as TEMPLATE
from core.plans.upload.table import PLANS as UPLOAD
from core.plans.vm.table import PLANS as VM
from core.plans.vm_snapshot.table import PLANS as VM_SNAPSHOT
from core.plans.volume.table import PLANS as VOLUME

PLANS: dict[type[Command], Row] = {
    **ACCOUNT,
    **ALERT,
    **DETAIL,
    **DOMAIN,
    **EVENT,
    **EXTRACTION,
    **HOST,
    **IMAGE_STORE,
    **ISO,
    **LIMIT,
    **MIGRATION,
    **OFFERING,
    **PLACE,
    **POOL,
    **PROJECT,
    **SETTING,
    **SNAPSHOT,
    **STORAGE_ACCESS,
    **TAG,
    **SNAPSHOT_POLICY,
    **TEMPLATE,
    **UPLOAD,
    **VM,
    **VM_SNAPSHOT,
    **VOLUME,
}
