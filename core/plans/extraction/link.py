"""Links to download: who may have one, whether there is one already, and how one is made."""

from core.model import errors
from core.model.commands.command import Role
from core.model.pool_types import DiskFormat
from core.model.records import KIND_OF, Extraction, Snapshot, StoreRef, Template, Volume
from core.model.states import RefState
from core.plans.context import Context
from core.plans.step import Add, Change, Effect

HTTP = "HTTP_DOWNLOAD"
FTP = "FTP_UPLOAD"
COMMAND_NUMBER = 530
"""CloudStack refuses inside the commands' jobs, where a missing right is a general failure."""
Subject = Volume | Snapshot | Template


def require_mode(mode: str) -> None:
    """Raise unless the link is one to download: nothing is sent to FTP servers."""
    if mode == FTP:
        raise errors.Unsupported(
            "nothing is sent to FTP servers",
            object=f"mode/{mode}",
            hint=f"give mode={HTTP} and fetch it from the link",
            number=431,
        )
    if mode != HTTP:
        raise errors.Invalid(f"{mode!r} is no mode", object=f"mode/{mode}", hint=f"give {HTTP}")


def require_allowed(context: Context) -> None:
    """Raise Denied (530) for all but root administrators where disable.extraction is true."""
    if context.caller.role is not Role.ADMIN and context.settings.flag("disable.extraction"):
        raise errors.Denied(
            "nothing may be downloaded here",
            object="setting/disable.extraction",
            hint="ask an administrator",
            number=COMMAND_NUMBER,
        )


def require_extractable(context: Context, template: Template) -> None:
    """Raise Denied (530) unless the template may be downloaded; root administrators always may."""
    if context.caller.role is not Role.ADMIN and not template.extractable:
        raise errors.Denied(
            "the template may not be downloaded",
            object=f"template/{template.id}",
            hint="ask its owner to set isextractable",
            number=COMMAND_NUMBER,
        )


def require_zone(context: Context, of_kind: str, of_id: str, is_there: bool, zone_id: str) -> None:
    """Raise NotFound for no zone, Invalid for one where the thing is not."""
    context.zone(zone_id)
    if not is_there:
        raise errors.Invalid(
            f"the {of_kind} is not in this zone",
            object=f"{of_kind}/{of_id}",
            hint="give the zone where it is",
        )


def known_link(context: Context, of_id: str, zone_id: str) -> Extraction | None:
    """The link that there is already: it is good until it expires."""
    for link in context.inventory.having(Extraction, "of", of_id):
        if link.zone_id == zone_id and link.expires_s > context.now_s:
            return link
    return None


def new_link(
    context: Context, link_id: str, subject: Subject, image: StoreRef, zone_id: str
) -> Add:
    """The link comes into being; from now on it is good for extract.url.expiration.interval."""
    secret = context.new_secret()
    name = f"{subject.id}.{image.format.lower()}"
    base = context.settings.text("endpoint.url").rstrip("/")
    return Add(
        record=Extraction(
            id=link_id,
            created_s=context.now_s,
            of_kind=KIND_OF[type(subject)],
            of_id=subject.id,
            account_id=subject.account_id,
            domain_id=subject.domain_id,
            zone_id=zone_id,
            store_id=image.store_id,
            path=image.path,
            url=f"{base}/downloads/{secret}/{name}",
            expires_s=context.now_s + context.settings.number("extract.url.expiration.interval"),
            secret=secret,
        )
    )


def own_copy(
    context: Context, link_id: str, subject: Subject, store_id: str, format: DiskFormat
) -> StoreRef:
    """The image that is made for the link alone, as long as the job works on it."""
    return StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=store_id,
        of_kind="extraction",
        of_id=link_id,
        account_id=subject.account_id,
        path=f"extracted/{subject.account_id}/{link_id}",
        format=format,
        state=RefState.CREATING,
        job_id=context.job_id,
    )


def copy_made(ref: StoreRef) -> Effect:
    """The image is whole, and so large."""
    return Change(
        kind="store_ref",
        id=ref.id,
        event="OperationSuccessed",
        learn={"size_bytes": "size_bytes", "physical_bytes": "physical_bytes"},
    )
