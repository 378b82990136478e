"""Which pools a volume could be migrated to; and the tags and providers that there are."""

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.pool import (
    FindStoragePoolsForMigration,
    ListStorageProviders,
    ListStorageTags,
)
from core.model.hypervisors import ANY
from core.model.providers import IMAGE_PROVIDERS, PRIMARY_PROVIDERS
from core.model.records import DiskOffering, Host, Pool, Vm, Volume
from core.model.states import PoolState, VmState, VolumeState
from core.model.storage_tags.match import admits_tags
from core.plans.context import Context
from core.plans.host.capability import moves_disks
from core.plans.placement import need_of, why_unfit
from core.plans.volume.migrate import require_movable
from core.views.listing import Answer, Query, paged
from core.views.pool.pool import pool_view
from core.views.view import View


class TagView(View, frozen=True, kw_only=True):
    """CloudStack's storagetag object."""

    id: str
    name: str
    poolid: str


class ProviderView(View, frozen=True, kw_only=True):
    """CloudStack's dataStoreProvider object."""

    name: str
    type: str


def _for_migration(context: Context, command: FindStoragePoolsForMigration) -> Answer:
    """Every other pool that serves the volume's hypervisor; the suitable first, then by name.

    Nothing for a volume that is not Ready, nor for one whose machine runs on a host that cannot
    move disks (semantics section 2.12).
    """
    volume = context.get(Volume, command.id)
    vm = context.inventory.find(Vm, volume.vm_id) if volume.vm_id else None
    if volume.state is not VolumeState.READY or _is_bound(context, vm):
        return paged(context, command, ())
    here = context.inventory.get(Pool, volume.pool_id)
    keyword = (command.keyword or "").lower()
    found = [
        (not _suits(context, volume, vm, pool), pool.name, pool.id, pool)
        for pool in context.inventory.having(Pool, "zone", volume.zone_id)
        if pool.id != here.id and _serves(pool, here) and keyword in pool.name.lower()
    ]
    rows = [
        pool_view(context.inventory, pool, suitable_for_migration=not unfit)
        for unfit, _, _, pool in sorted(found, key=lambda row: row[:3])
    ]
    return paged(context, command, rows)


def _is_bound(context: Context, vm: Vm | None) -> bool:
    """Whether the machine runs where disks cannot be moved."""
    if vm is None or vm.state is not VmState.RUNNING:
        return False
    host = context.inventory.get(Host, vm.host_id)
    return not moves_disks(context, host.hypervisor, host.version)


def _serves(pool: Pool, here: Pool) -> bool:
    """Whether the pool is for the hypervisor whose disks are on `here`."""
    return ANY in (pool.hypervisor, here.hypervisor) or pool.hypervisor == here.hypervisor


def _suits(context: Context, volume: Volume, vm: Vm | None, pool: Pool) -> bool:
    """By the allocators while it is attached; else the pool must be Up and have its tags.

    Never where migrateVolume would refuse whatever else is given.
    """
    try:
        require_movable(context, volume, pool)
    except errors.Unsupported:
        return False
    offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
    if vm is None:
        return pool.state is PoolState.UP and admits_tags(pool, offering.tags)
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    return not why_unfit(context, pool, need_of(volume, offering, host))


def _tags(context: Context, command: ListStorageTags) -> Answer:
    keyword = (command.keyword or "").lower()
    rows = [
        TagView(id=f"{pool.id}/{tag}", name=tag, poolid=pool.id)
        for pool in sorted(context.inventory.all(Pool), key=lambda pool: (pool.name, pool.id))
        for tag in pool.tags
        if keyword in tag.lower()
    ]
    return paged(context, command, rows)


def _providers(context: Context, command: ListStorageProviders) -> Answer:
    """Raises Invalid for a type that there is not."""
    kinds = {"primary": tuple(PRIMARY_PROVIDERS), "image": IMAGE_PROVIDERS}
    kind = command.type.lower()
    if kind not in kinds:
        raise errors.Invalid(
            f"{command.type!r} is no type of storage", hint=f"one of {', '.join(kinds)}"
        )
    keyword = (command.keyword or "").lower()
    rows = [
        ProviderView(name=name, type=kind.upper())
        for name in kinds[kind]
        if keyword in name.lower()
    ]
    return paged(context, command, rows)


QUERIES: dict[type[Command], Query] = {
    FindStoragePoolsForMigration: _for_migration,
    ListStorageTags: _tags,
    ListStorageProviders: _providers,
}
