"""What volumes must be that users bring along, by URL or by POST (semantics section 9.2)."""

from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

from core.decompression.compression import uncompressed
from core.model import errors
from core.model.access import is_offered
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import Account, Cluster, DiskOffering, ImageStore, Pool, StoreRef, Volume
from core.model.states import RefState
from core.plans.context import GIB, Context
from core.plans.limit.limited_tag import under
from core.plans.placement import choose_store
from core.plans.quota import left_bytes, require_quota
from core.plans.url import require_fetched

BUILT_IN = "Cloud.com-Custom"
SUFFIXES = {
    DiskFormat.QCOW2: (".qcow2",),
    DiskFormat.RAW: (".img", ".raw"),
    DiskFormat.VHD: (".vhd",),
    DiskFormat.VHDX: (".vhdx",),
    DiskFormat.OVA: (".ova",),
    DiskFormat.VMDK: (".vmdk",),
}
HOMES = {
    DiskFormat.QCOW2: (Hypervisor.KVM,),
    DiskFormat.VHD: (Hypervisor.XENSERVER, Hypervisor.HYPERV),
    DiskFormat.VHDX: (Hypervisor.HYPERV,),
    DiskFormat.OVA: (Hypervisor.VMWARE,),
}
RAW_ON_KVM = frozenset(
    {PoolType.RBD, PoolType.POWERFLEX, PoolType.CLVM, PoolType.LINSTOR, PoolType.FIBER_CHANNEL}
)
"""Where a zone has such pools a RAW volume is one of KVM's (semantics section 8.2)."""


def named_format(name: str) -> DiskFormat:
    """The image format of that name, whatever its case. Raises Invalid."""
    try:
        return DiskFormat(name.upper())
    except ValueError:
        raise errors.Invalid(
            f"{name!r} is no image format", hint=f"one of {', '.join(DiskFormat)}"
        ) from None


def home_of(context: Context, format: DiskFormat, zone_id: str) -> Hypervisor:
    """The zone's hypervisor whose volumes have that format. Raises Invalid."""
    clusters = context.inventory.having(Cluster, "zone", zone_id)
    present = {Hypervisor(cluster.hypervisor) for cluster in clusters}
    homes = HOMES.get(format, ())
    if format is DiskFormat.RAW:
        pools = context.inventory.having(Pool, "zone", zone_id)
        on_kvm = any(pool.type in RAW_ON_KVM for pool in pools)
        homes = (Hypervisor.KVM,) if on_kvm else (Hypervisor.OVM,)
    for home in (*homes, Hypervisor.SIMULATOR):
        if home in present:
            return home
    wanted = sorted({str(HYPERVISORS[each].format) for each in present if each in HYPERVISORS})
    raise errors.Invalid(
        f"no hypervisor of the zone has {format} volumes",
        object=f"zone/{zone_id}",
        hint=f"convert the image to {' or '.join(wanted) or 'the format of its hypervisor'}",
    )


def require_image_url(url: str, format: DiskFormat) -> None:
    """Raise Invalid for addresses of files here, and for endings of other formats."""
    require_fetched(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme in ("", "file") or not parts.netloc:
        raise errors.Invalid(
            f"{url!r} is no address that an image can be fetched from",
            object=f"url/{url}",
            hint="give an http or https URL",
        )
    path = uncompressed(parts.path.lower())
    if not path.endswith(SUFFIXES[format]):
        raise errors.Invalid(
            f"the address of a {format} image ends with {' or '.join(SUFFIXES[format])}",
            object=f"url/{url}",
            hint="correct format or url; .gz, .bz2 or .zip may follow",
        )


def offering_for(
    context: Context, offering_id: str | None, zone_id: str, storage_type: str = ""
) -> DiskOffering:
    """The custom offering that is named, else the built-in or oldest one. Raises Invalid.

    storage_type: "shared" or "local", where only such will do.
    """
    if offering_id is not None:
        offering = context.disk_offering(offering_id, zone_id)
        if offering.size_bytes:
            raise errors.Invalid(
                "the disk offering fixes a size",
                object=f"disk_offering/{offering.id}",
                hint="name one that is customized, or none",
            )
        return offering
    custom = [
        offering
        for offering in context.inventory.all(DiskOffering)
        if not (offering.size_bytes or offering.service_offering_id)
        and offering.active
        and storage_type in ("", offering.storage_type)
        and is_offered(context.caller, offering, context.inventory, zone_id)
    ]
    if not custom:
        kind = f"customized {storage_type}".rstrip()
        raise errors.Invalid(
            f"there is no {kind} disk offering",
            object=f"zone/{zone_id}",
            hint="createDiskOffering with customized=true",
        )
    return min(custom, key=lambda found: (found.name != BUILT_IN, found.created_s, found.id))


def store_for(context: Context, store_id: str | None, zone_id: str) -> ImageStore:
    """The image store that is named, else the zone's with most room. Raises Invalid, NoCapacity."""
    if store_id is None:
        return choose_store(context, zone_id, 0)
    store = context.inventory.get(ImageStore, store_id)
    reason = ""
    if store.zone_id not in ("", zone_id):
        reason = "is in another zone"
    elif store.readonly:
        reason = "is read-only"
    elif not store.up:
        reason = "does not answer"
    if reason:
        raise errors.Invalid(
            f"the image store {reason}",
            object=f"image_store/{store.id}",
            hint="name another store of the zone, or none",
        )
    return store


def require_upload_quota(
    context: Context, owner: Account, offering: DiskOffering, *, number: int
) -> None:
    """Raise QuotaExceeded with that number unless one more volume of the offering may come."""
    with numbered(number):
        tagged = under(offering.tags, volume=1)
        require_quota(context, owner, tagged, volume=1, secondary_storage=1)


@contextmanager
def numbered(number: int) -> Generator[None]:
    """Give that number to the refusals of limits in the block."""
    try:
        yield
    except errors.QuotaExceeded as refusal:
        raise errors.QuotaExceeded(
            refusal.message, object=refusal.object, hint=refusal.hint, number=number
        ) from refusal


def size_limit_bytes(context: Context, owner: Account) -> int:
    """The most that may come: by storage.max.volume.upload.size, and by what the owner has left."""
    most = context.settings.whole("storage.max.volume.upload.size") * GIB
    left = left_bytes(context, owner, "secondary_storage")
    return most if left is None else min(most, left)


def image_path(volume: Volume) -> str:
    """Where the image of a volume is on an image store."""
    return f"volumes/{volume.account_id}/{volume.id}"


def new_ref(context: Context, volume: Volume, store: ImageStore) -> StoreRef:
    """The image that is to come, as long as the job works on it."""
    return StoreRef(
        id=context.new_id(),
        created_s=context.now_s,
        store_id=store.id,
        of_kind="volume",
        of_id=volume.id,
        account_id=volume.account_id,
        path=image_path(volume),
        format=volume.format,
        state=RefState.CREATING,
        job_id=context.job_id,
    )
