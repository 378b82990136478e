"""What is done when the bytes of an upload come."""

from msgspec.structs import replace

from core.model import errors
from core.model.commands.internal import TakeUpload
from core.model.records import Account, ImageStore, StoreRef, Template, UploadTicket, Volume
from core.plans.context import GIB, Context
from core.plans.operation import FetchImage, RemoveImage
from core.plans.quota import left_bytes, require_room_for
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step, change
from core.plans.template.fetching import LEARNT
from core.plans.template.fetching import new_ref as template_ref
from core.plans.upload.ticket import is_awaited
from core.plans.volume.incoming import new_ref as volume_ref
from core.plans.volume.incoming import size_limit_bytes
from core.plans.volume.upload import come


def _subject(context: Context, ticket: UploadTicket) -> Volume | Template:
    """What will come. Raises NotFound."""
    if ticket.of_kind == "volume":
        return context.inventory.get(Volume, ticket.of_id)
    return context.inventory.get(Template, ticket.of_id)


def check(context: Context, command: TakeUpload) -> None:
    """Refuse what is not awaited, or not any more."""
    ticket = context.inventory.get(UploadTicket, command.id)
    subject = _subject(context, ticket)
    if not is_awaited(subject):
        raise errors.Conflict(
            f"the {ticket.of_kind} is {subject.state}",
            object=f"{ticket.of_kind}/{ticket.of_id}",
            hint="ask for new upload parameters",
        )


def claim(context: Context, command: TakeUpload) -> Claim:
    """Lock what will come."""
    ticket = context.inventory.get(UploadTicket, command.id)
    return Claim(kind=ticket.of_kind, id=ticket.of_id, locks=(f"{ticket.of_kind}/{ticket.of_id}",))


def plan(context: Context, command: TakeUpload, subject_id: str) -> Plan:
    """The ticket is used up; what comes is looked at before anything uses it."""
    ticket = context.inventory.get(UploadTicket, command.id)
    subject = _subject(context, ticket)
    store = context.inventory.get(ImageStore, ticket.store_id)
    if isinstance(subject, Volume):
        made = volume_ref(context, subject, store)
    else:
        made = template_ref(context, subject, store, ticket.format)
    image = replace(made, path=ticket.path)
    step = Step(
        name=f"take the upload into {store.name}",
        actor=f"image_store/{store.id}",
        do=FetchImage(
            path=image.path,
            url="",
            upload_id=ticket.id,
            format=ticket.format,
            checksum=ticket.checksum,
            size_limit_bytes=_limit_bytes(context, subject),
        ),
        undo=RemoveImage(path=image.path),
        begin=(
            change(subject, "UploadRequested"),
            Add(record=image),
            Drop(kind="upload_ticket", id=ticket.id),
        ),
        commit=_come(subject, image),
        revert=(change(subject, "OperationFailed"), Drop(kind="store_ref", id=image.id)),
    )
    return Plan(steps=(step,))


def outcome(context: Context, command: TakeUpload, subject_id: str, came: object) -> None:
    """Refuse what passes the owner's limit together with what has come meanwhile."""
    volume = context.inventory.find(Volume, subject_id)
    subject = volume or context.inventory.get(Template, subject_id)
    require_room_for(context, context.inventory.get(Account, subject.account_id), came)


def _come(subject: Volume | Template, image: StoreRef) -> tuple[Effect, ...]:
    if isinstance(subject, Volume):
        return come(subject, image)
    return (
        Change(kind="template", id=subject.id, event="OperationSucceeded", learn=LEARNT),
        Change(kind="store_ref", id=image.id, event="OperationSuccessed", learn=LEARNT),
    )


def _limit_bytes(context: Context, subject: Volume | Template) -> int:
    owner = context.inventory.get(Account, subject.account_id)
    if isinstance(subject, Volume):
        return size_limit_bytes(context, owner)
    most = context.settings.whole("max.template.iso.size") * GIB
    left = left_bytes(context, owner, "secondary_storage")
    return most if left is None else min(most, left)
