"""What everything that is added or fetched by its URL has in common."""

from core.model import errors
from core.model.records import KIND_OF, Host, ImageStore, Pool
from core.plans.context import Context


def require_new_url(
    kind: type[Host] | type[Pool] | type[ImageStore], url: str, context: Context
) -> None:
    """Raise Invalid (530) when something of that kind has the URL."""
    for other in context.inventory.having(kind, "url", url):
        raise errors.Invalid(
            f"this URL is in use by {other.name}",
            object=f"{KIND_OF[kind]}/{other.id}",
            hint="give another URL",
            number=530,
        )


NEVER_FETCHED = ("ftp", "ftps", "sftp", "scp", "nfs")


def require_fetched(url: str) -> None:
    """Raise Invalid for addresses from which no site fetches images, before a job finds out."""
    scheme = url.partition(":")[0].lower()
    if scheme in NEVER_FETCHED:
        raise errors.Invalid(
            f"images are not fetched by {scheme}",
            object=f"url/{url}",
            hint="give an http or https URL, or send the image (getUploadParamsFor...)",
        )


# fields of a record: what they learn from Space
ROOM = {"capacity_bytes": "capacity_bytes", "used_bytes": "used_bytes"}
