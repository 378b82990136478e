"""UnpackTemplate: each data disk of a template's OVA becomes a template of its own (DATADISK)."""

from msgspec.structs import replace

from core.model.commands.internal import UnpackTemplate
from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, Template
from core.model.states import TemplateState
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.operation import RemoveImage, RunJobs, UnpackDisk, errand
from core.plans.step import Add, Change, Claim, Drop, Plan, Step
from core.plans.template.copies import copying, ready_refs
from core.plans.template.fetching import SIZES, new_ref

DATA_DISK = "DATADISK"


def children_of(context: Context, template: Template) -> list[Template]:
    """The templates of its data disks, in the order of its archive."""
    found = context.inventory.having(Template, "parent", template.id)
    return sorted(found, key=lambda child: child.disk_number)


def unpacking(template: Template, zone_ids: tuple[str, ...]) -> tuple[Step, ...]:
    """Another job unpacks an OVA once it is here and it is known what is in it."""
    if template.format is not DiskFormat.OVA:
        return ()
    asked = errand(UnpackTemplate(id=template.id, zone_ids=zone_ids))
    return (Step(name="unpack its data disks", actor="jobs", do=RunJobs(errands=(asked,))),)


def check(context: Context, command: UnpackTemplate) -> None:
    """Refuse one that is not here."""
    template = context.inventory.get(Template, command.id)
    require_state(template, TemplateState.DOWNLOADED, doing="unpacking")


def claim(context: Context, command: UnpackTemplate) -> Claim:
    """Lock it."""
    return Claim(kind="template", id=command.id, locks=(f"template/{command.id}",))


def plan(context: Context, command: UnpackTemplate, template_id: str) -> Plan:
    """One step a disk, then copies of them in the other zones; those that are there stay."""
    template = context.inventory.get(Template, template_id)
    if not template.data_disks or children_of(context, template):
        return Plan(steps=())
    numbers = range(1, len(template.data_disks) + 1)
    children = [_child(context, template, number) for number in numbers]
    steps = [_unpack(context, template, child) for child in children]
    copies = [step for child in children for step in copying(child, command.zone_ids)]
    return Plan(steps=(*steps, *copies))


def _child(context: Context, template: Template, number: int) -> Template:
    return replace(
        template,
        id=context.new_id(),
        created_s=context.now_s,
        name=f"{template.name}-DataDiskTemplate-{number}",
        type=DATA_DISK,
        parent_id=template.id,
        disk_number=number,
        data_disks=(),
        size_bytes=template.data_disks[number - 1],
        physical_bytes=0,
        copies=0,
        checksum="",
        bootable=False,
        state=TemplateState.CREATING,
        job_id=context.job_id,
    )


def _unpack(context: Context, template: Template, child: Template) -> Step:
    source = ready_refs(context, template)[0]
    store = context.inventory.get(ImageStore, source.store_id)
    ref = new_ref(context, child, store, child.format)
    return Step(
        name=f"unpack data disk {child.disk_number}",
        actor=f"image_store/{store.id}",
        do=UnpackDisk(path=source.path, number=child.disk_number, target=ref.path),
        undo=RemoveImage(path=ref.path),
        begin=(Add(record=child), Add(record=ref)),
        commit=(
            Change(kind="template", id=child.id, event="OperationSucceeded", learn=SIZES),
            Change(kind="store_ref", id=ref.id, event="OperationSuccessed", learn=SIZES),
        ),
        revert=(Drop(kind="template", id=child.id), Drop(kind="store_ref", id=ref.id)),
        bytes=child.size_bytes,
    )
