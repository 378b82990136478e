"""importVolume: an image that lies on a pool becomes a volume (docs/decisions/0030)."""

from core.model import errors
from core.model.commands.volume import ImportVolume
from core.model.hypervisors import ANY, Hypervisor
from core.model.pool_types import POOLS
from core.model.records import Account, DiskOffering, Pool, PoolTemplate, Volume
from core.plans.admission import require_local_storage, require_usable_pool
from core.plans.context import Context
from core.plans.limit.limited_tag import storage_tags, under
from core.plans.operation import AdoptDisk, ReleaseDisk, disk_name
from core.plans.quota import left_bytes, require_quota
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step, change
from core.plans.volume.incoming import offering_for

HYPERVISORS = ("", ANY, Hypervisor.KVM, Hypervisor.SIMULATOR)


def require_importable(pool: Pool) -> None:
    """Raise Unsupported (431) unless images there can become volumes, and volumes images."""
    if not POOLS[pool.type].imports or pool.hypervisor not in HYPERVISORS:
        kinds = ", ".join(kind for kind, row in POOLS.items() if row.imports)
        raise errors.Unsupported(
            f"images on {pool.type} of {pool.hypervisor or 'no hypervisor'} are not managed so",
            object=f"pool/{pool.id}",
            hint=f"that is for KVM's pools of the types {kinds}",
            number=431,
        )


def check(context: Context, command: ImportVolume) -> None:
    """Refuse what is a disk already, and pools and offerings that it cannot have."""
    pool = context.inventory.get(Pool, command.storage_id)
    require_importable(pool)
    require_usable_pool(pool)
    _require_nobodys(context, pool, command.path)
    offering = _offering(context, command, pool)
    require_local_storage(context, pool.zone_id, offering)


def _require_nobodys(context: Context, pool: Pool, path: str) -> None:
    name = disk_name(path)
    volume = context.inventory.find(Volume, name)
    copies = context.inventory.having(PoolTemplate, "template", name)
    owner: Volume | PoolTemplate | None = next((c for c in copies if c.pool_id == pool.id), None)
    if volume is not None and pool.id in (volume.pool_id, volume.target_pool_id):
        owner = volume
    if owner is not None:
        kind = "volume" if owner is volume else "template"
        raise errors.Invalid(
            f"the image belongs to a {kind}",
            object=f"{kind}/{name}",
            hint="listVolumesForImport shows those that belong to nothing",
        )


def _offering(context: Context, command: ImportVolume, pool: Pool) -> DiskOffering:
    """The customized offering that is named, else one that fits the pool. Raises Invalid."""
    storage_type = "local" if pool.scope == "HOST" else "shared"
    offering = offering_for(context, command.disk_offering_id, pool.zone_id, storage_type)
    wrong = ""
    if offering.storage_type != storage_type:
        wrong = f"the disk offering is {offering.storage_type}, the pool {storage_type}"
    elif offering.encrypt:
        wrong = "the disk offering encrypts, the image is as it is"
    if wrong:
        raise errors.Invalid(
            wrong, object=f"disk_offering/{offering.id}", hint="name another, or none"
        )
    return offering


def quota(context: Context, command: ImportVolume) -> None:
    """Refuse what the account has no limit left for; its size is told by the image itself."""
    offering = _offering(context, command, context.get(Pool, command.storage_id))
    tagged = under(offering.tags, volume=1, primary_storage=1)
    require_quota(context, _owner(context, command), tagged, volume=1, primary_storage=1)


def _owner(context: Context, command: ImportVolume) -> Account:
    return context.owner(command.account, command.domain_id, command.project_id)


def claim(context: Context, command: ImportVolume) -> Claim:
    """Record the volume as Allocated; one import of a file goes at a time."""
    pool = context.inventory.get(Pool, command.storage_id)
    owner = _owner(context, command)
    volume_id = context.new_id()
    volume = Volume(
        id=volume_id,
        created_s=context.now_s,
        name=command.name or command.path.rpartition("/")[2],
        account_id=owner.id,
        domain_id=owner.domain_id,
        zone_id=pool.zone_id,
        type="DATADISK",
        size_bytes=0,
        disk_offering_id=_offering(context, command, pool).id,
    )
    return Claim(
        kind="volume",
        id=volume_id,
        effects=(Add(record=volume),),
        locks=(f"volume/{volume_id}", f"file/{pool.id}/{command.path}"),
    )


def plan(context: Context, command: ImportVolume, volume_id: str) -> Plan:
    """Let the image have the volume's name; it is given back if that fails."""
    volume = context.inventory.get(Volume, volume_id)
    pool = context.inventory.get(Pool, command.storage_id)
    owner = context.inventory.get(Account, volume.account_id)
    left = left_bytes(context, owner, "primary_storage", storage_tags(context, volume))
    step = Step(
        name=f"take in the image on {pool.name}",
        actor=f"pool/{pool.id}",
        do=AdoptDisk(
            path=command.path,
            name=volume.id,
            size_limit_bytes=0 if left is None else max(1, left),
        ),
        undo=ReleaseDisk(name=volume.id, path=command.path),
        begin=(change(volume, "CreateRequested", pool_id=pool.id, hypervisor=str(Hypervisor.KVM)),),
        commit=(
            Change(
                kind="volume",
                id=volume.id,
                event="OperationSucceeded",
                learn={"size_bytes": "size_bytes", "format": "format"},
            ),
        ),
        revert=(change(volume, "OperationFailed", pool_id="", hypervisor=""),),
    )
    return Plan(steps=(step,))


def give_up(context: Context, volume_id: str) -> tuple[Effect, ...]:
    """A volume that could not be imported is forgotten."""
    return (Drop(kind="volume", id=volume_id),)
