"""The step that brings a template or an ISO from its URL, and where its images lie."""

from core.model.pool_types import DiskFormat
from core.model.records import ImageStore, StoreRef, Template
from core.model.states import RefState
from core.plans.context import GIB, Context
from core.plans.operation import FetchImage, RemoveImage
from core.plans.placement import choose_store
from core.plans.step import Add, Change, Drop, Step

SUFFIXES = {DiskFormat.RAW: ".raw", DiskFormat.ISO: ".iso"}
"""How paths of images end whose files do not say themselves what they are."""
SIZES = {"size_bytes": "size_bytes", "physical_bytes": "physical_bytes"}
LEARNT = {**SIZES, "checksum": "checksum"}
OF_TEMPLATE = {**LEARNT, "data_disks": "data_disks"}


def new_ref(
    context: Context, template: Template, store: ImageStore, format: DiskFormat
) -> StoreRef:
    """The record of an image of it that is being brought to a store."""
    return StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=store.id,
        of_kind="template",
        of_id=template.id,
        account_id=template.account_id,
        path=f"template/tmpl/{template.account_id}/{template.id}{SUFFIXES.get(format, '')}",
        format=format,
        size_bytes=template.size_bytes,
        state=RefState.CREATING,
        job_id=context.job_id,
    )


def fetching(context: Context, template: Template) -> Step:
    """Fetch it into the image store of its zone that has most room."""
    store = choose_store(context, template.zone_id, 0)
    ref = new_ref(context, template, store, template.format)

    def changed(event: str, learn: dict[str, str]) -> Change:
        return Change(kind="template", id=template.id, event=event, learn=learn)

    return Step(
        name=f"fetch the image into {store.name}",
        actor=f"image_store/{store.id}",
        do=FetchImage(
            path=ref.path,
            url=template.url,
            format=template.format,
            checksum=template.checksum,
            size_limit_bytes=context.settings.whole("max.template.iso.size") * GIB,
        ),
        undo=RemoveImage(path=ref.path),
        begin=(changed("DownloadRequested", {}), Add(record=ref)),
        commit=(
            changed("OperationSucceeded", OF_TEMPLATE),
            Change(kind="store_ref", id=ref.id, event="OperationSuccessed", learn=LEARNT),
        ),
        revert=(changed("OperationFailed", {}), Drop(kind="store_ref", id=ref.id)),
    )
