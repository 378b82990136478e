"""What image stores have of volumes: what was uploaded, and copies that can be downloaded."""

from core.model import errors
from core.model.commands.internal import RemoveLink
from core.model.records import Account, Extraction, Pool, StoreRef, Volume
from core.plans.context import Context
from core.plans.disk import hypervisor_on, spec
from core.plans.extraction.remove import image_removal
from core.plans.limit.limited_tag import storage_tags, under
from core.plans.operation import CreateDisk, ImageAt, RemoveDisk, RunJobs, VerifyCopy, errand
from core.plans.quota import require_quota
from core.plans.snapshot_source import ready_ref
from core.plans.step import Step, change


def uploaded_image(context: Context, volume: Volume) -> StoreRef:
    """The image of an Uploaded volume. Raises Unavailable (530)."""
    ref = ready_ref(context, volume.id)
    if ref is None:
        raise errors.Unavailable(
            "no image store has what was uploaded",
            object=f"volume/{volume.id}",
            hint="delete the volume and upload it again",
            number=530,
        )
    return ref


def require_room_for_uploaded(context: Context, volume: Volume) -> None:
    """Raise QuotaExceeded (431) unless its owner may have it on primary storage."""
    owner = context.inventory.get(Account, volume.account_id)
    try:
        tagged = under(storage_tags(context, volume), primary_storage=volume.size_bytes)
        require_quota(context, owner, tagged, primary_storage=volume.size_bytes)
    except errors.QuotaExceeded as refusal:
        raise errors.QuotaExceeded(
            refusal.message, object=refusal.object, hint=refusal.hint, number=431
        ) from refusal


def arrival(context: Context, volume: Volume, pool: Pool, hypervisor: str = "") -> tuple[Step, ...]:
    """Copy an Uploaded volume to a pool, verify, let that be the volume, then remove the image."""
    ref = uploaded_image(context, volume)
    source = ImageAt(store_id=ref.store_id, path=ref.path)
    name = hypervisor_on(pool, hypervisor or volume.hypervisor)
    disk = spec(volume, pool, name)
    return (
        Step(
            name=f"copy the uploaded volume to {pool.name}",
            actor=f"pool/{pool.id}",
            do=CreateDisk(disk=disk, source=source),
            undo=RemoveDisk(name=volume.id),
            begin=(
                change(
                    volume, "CopyRequested", pool_id=pool.id, format=disk.format, hypervisor=name
                ),
            ),
            revert=(
                change(
                    volume,
                    "OperationFailed",
                    pool_id="",
                    format=volume.format,
                    hypervisor=volume.hypervisor,
                ),
            ),
            bytes=volume.size_bytes,
        ),
        Step(
            name="verify the copy",
            actor=f"pool/{pool.id}",
            do=VerifyCopy(name=volume.id, source=source),
            bytes=volume.size_bytes,
        ),
        Step(
            name="switch over to the copy",
            commit=(change(volume, "OperationSucceeded", uploaded_bytes=0),),
            final=True,
        ),
        image_removal(ref),
    )


def image_removals(context: Context, volume: Volume) -> tuple[Step, ...]:
    """Steps that remove all that image stores have of the volume."""
    refs = context.inventory.having(StoreRef, "of", volume.id)
    links = context.inventory.having(Extraction, "of", volume.id)
    asked = tuple(errand(RemoveLink(id=link.id)) for link in links)
    # Copies for links may be on their way to another store, so each goes when its turn has come.
    removing = Step(
        name="remove the links to it",
        actor="jobs",
        do=RunJobs(errands=asked, tolerant=True, detached=True),
        final=True,
    )
    return (*(image_removal(ref) for ref in refs), *((removing,) if asked else ()))
