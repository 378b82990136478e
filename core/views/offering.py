"""Disk and service offerings as callers see them (semantics section 2.11)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.model.access import is_offered
from core.model.commands.command import Command
from core.model.commands.offering import ListDiskOfferings, ListServiceOfferings
from core.model.inventory import Inventory
from core.model.records import (
    DiskOffering,
    Domain,
    Host,
    Pool,
    Rates,
    ServiceOffering,
    Vm,
    Volume,
    Zone,
)
from core.model.states import PoolState
from core.model.storage_tags.match import admits_tags
from core.plans.context import Context
from core.plans.detail.kept import shown_details
from core.plans.placement import reaches
from core.views.listing import Listing
from core.views.view import View, date, text
from core.views.vm import MIB

GIB = 1 << 30
PLANNER = "FirstFitPlanner"


class _OfferingView(View, frozen=True, kw_only=True):
    """What both kinds of offering show of the disk, and of where they are offered."""

    id: str
    name: str
    displaytext: str
    storagetype: str
    provisioningtype: str
    iscustomized: bool
    iscustomizediops: bool | None = None
    created: str | None = None
    sortkey: int
    miniops: int | None = None
    maxiops: int | None = None
    hypervisorsnapshotreserve: int | None = None
    cacheMode: str | None = None
    state: str
    domainid: str | None = None
    domain: str | None = None
    zoneid: str | None = None
    zone: str | None = None
    diskBytesReadRate: int | None = None
    diskBytesReadRateMax: int | None = None
    diskBytesReadRateMaxLength: int | None = None
    diskBytesWriteRate: int | None = None
    diskBytesWriteRateMax: int | None = None
    diskBytesWriteRateMaxLength: int | None = None
    diskIopsReadRate: int | None = None
    diskIopsReadRateMax: int | None = None
    diskIopsReadRateMaxLength: int | None = None
    diskIopsWriteRate: int | None = None
    diskIopsWriteRateMax: int | None = None
    diskIopsWriteRateMaxLength: int | None = None


class DiskOfferingView(_OfferingView, frozen=True, kw_only=True):
    """CloudStack's diskoffering object; disksize is GiB."""

    disksize: int
    tags: str | None = None
    disksizestrictness: bool
    encrypt: bool
    displayoffering: bool
    suitableforvirtualmachine: bool | None = None
    details: Mapping[str, str] | None = None


class ServiceOfferingView(_OfferingView, frozen=True, kw_only=True):
    """CloudStack's serviceoffering object; memory is MiB, rootdisksize GiB."""

    cpunumber: int | None = None
    cpuspeed: int
    memory: int | None = None
    mincpunumber: int | None = None
    maxcpunumber: int | None = None
    minmemory: int | None = None
    maxmemory: int | None = None
    storagetags: str | None = None
    hosttags: str | None = None
    rootdisksize: int
    diskofferingid: str
    diskofferingname: str
    diskofferingstrictness: bool
    encryptroot: bool
    dynamicscalingenabled: bool
    offerha: bool
    limitcpuuse: bool
    networkrate: int | None = None
    deploymentplanner: str
    purgeresources: bool
    issystem: bool
    isvolatile: bool
    serviceofferingdetails: Mapping[str, str] | None = None


# key of a view: field of Rates
_RATES = {
    f"disk{what}{way}Rate{burst}": f"{what.lower()}_{way.lower()}{field}"
    for what in ("Bytes", "Iops")
    for way in ("Read", "Write")
    for burst, field in (("", ""), ("Max", "_max"), ("MaxLength", "_max_s"))
}


def _rates(rates: Rates) -> dict[str, Any]:
    return {key: getattr(rates, field) for key, field in _RATES.items() if getattr(rates, field)}


def _places(inventory: Inventory, offering: DiskOffering | ServiceOffering) -> dict[str, Any]:
    """Keys that say to which domains and in which zones it is offered, joined by commas."""
    domains = (inventory.find(Domain, domain_id) for domain_id in offering.domain_ids)
    zones = (inventory.find(Zone, zone_id) for zone_id in offering.zone_ids)
    return {
        "domainid": text(",".join(offering.domain_ids)),
        "domain": text(",".join(domain.name for domain in domains if domain is not None)),
        "zoneid": text(",".join(offering.zone_ids)),
        "zone": text(",".join(zone.name for zone in zones if zone is not None)),
    }


def disk_offering_view(inventory: Inventory, offering: DiskOffering) -> DiskOfferingView:
    """The disk offering."""
    return DiskOfferingView(
        id=offering.id,
        name=offering.name,
        displaytext=offering.display_text,
        disksize=offering.size_bytes // GIB,
        iscustomized=not offering.size_bytes,
        storagetype=offering.storage_type,
        provisioningtype=offering.provisioning_type,
        created=date(offering.created_s),
        sortkey=offering.sort_key,
        tags=text(",".join(offering.tags)),
        miniops=offering.min_iops or None,
        maxiops=offering.max_iops or None,
        iscustomizediops=offering.customized_iops,
        hypervisorsnapshotreserve=offering.snapshot_reserve or None,
        cacheMode=offering.cache_mode,
        disksizestrictness=offering.size_strict,
        encrypt=offering.encrypt,
        displayoffering=offering.display,
        details=shown_details(offering),
        state="Active" if offering.active else "Inactive",
        **_places(inventory, offering),
        **_rates(offering.rates),
    )


def service_offering_view(inventory: Inventory, offering: ServiceOffering) -> ServiceOfferingView:
    """The service offering, with what its disk offering says of the root disk."""
    root = inventory.get(DiskOffering, offering.disk_offering_id)
    return ServiceOfferingView(
        id=offering.id,
        name=offering.name,
        displaytext=offering.display_text,
        cpunumber=None if offering.customized else offering.cpus,
        cpuspeed=offering.cpu_mhz,
        memory=None if offering.customized else offering.memory_bytes // MIB,
        mincpunumber=offering.min_cpus or None,
        maxcpunumber=offering.max_cpus or None,
        minmemory=offering.min_memory_bytes // MIB or None,
        maxmemory=offering.max_memory_bytes // MIB or None,
        storagetype=root.storage_type,
        storagetags=text(",".join(root.tags)),
        hosttags=text(",".join(offering.host_tags)),
        created=date(offering.created_s),
        sortkey=offering.sort_key,
        rootdisksize=root.size_bytes // GIB,
        provisioningtype=root.provisioning_type,
        miniops=root.min_iops or None,
        maxiops=root.max_iops or None,
        iscustomizediops=root.customized_iops,
        hypervisorsnapshotreserve=root.snapshot_reserve or None,
        cacheMode=root.cache_mode,
        iscustomized=offering.customized,
        state="Active" if offering.active else "Inactive",
        diskofferingid=root.id,
        diskofferingname=root.name,
        diskofferingstrictness=offering.disk_strict,
        encryptroot=root.encrypt,
        dynamicscalingenabled=offering.dynamic_scaling,
        offerha=offering.offer_ha,
        limitcpuuse=offering.limit_cpus,
        networkrate=offering.network_rate_mbit or None,
        deploymentplanner=PLANNER,
        purgeresources=offering.purge,
        issystem=False,
        isvolatile=offering.volatile,
        serviceofferingdetails=shown_details(offering),
        **_places(inventory, offering),
        **_rates(root.rates),
    )


def _sort_key(offering: DiskOffering | ServiceOffering) -> int:
    return offering.sort_key


def _for_everyone(offering: DiskOffering | ServiceOffering) -> bool:
    return True


def _is_offered(context: Context, offering: DiskOffering | ServiceOffering) -> bool:
    return is_offered(context.caller, offering, context.inventory)


def _hidden_offering(offering: DiskOffering) -> bool:
    return bool(offering.service_offering_id)


def _in_zone(context: Context, offering: DiskOffering | ServiceOffering, zone_id: str) -> bool:
    return not offering.zone_ids or zone_id in offering.zone_ids


def _has_state(context: Context, offering: DiskOffering | ServiceOffering, state: str) -> bool:
    return state.lower() in ("all", "active" if offering.active else "inactive")


def _for_volume(context: Context, offering: DiskOffering, volume_id: str) -> bool:
    """Whether the volume could change to it: another one, of the same kind, with all its tags."""
    volume = context.get(Volume, volume_id)
    now = context.inventory.get(DiskOffering, volume.disk_offering_id)
    alike = offering.storage_type == now.storage_type and set(now.tags) <= set(offering.tags)
    return offering.id != now.id and alike


def _for_machine(context: Context, offering: DiskOffering, vm_id: str) -> bool:
    """Whether the machine's zone has such disks: local ones only where that is enabled."""
    zone = context.inventory.get(Zone, context.get(Vm, vm_id).zone_id)
    local = offering.storage_type == "local"
    return _in_zone(context, offering, zone.id) and (zone.local_storage_enabled or not local)


def _on_pool(context: Context, offering: DiskOffering, pool_id: str) -> bool:
    """Whether the pool takes volumes of it."""
    pool = context.inventory.get(Pool, pool_id)
    local = pool.scope == "HOST"
    return (offering.storage_type == "local") == local and admits_tags(pool, offering.tags)


def _with_suitability(
    context: Context, command: ListDiskOfferings, view: DiskOfferingView
) -> DiskOfferingView:
    """Beside a machine, whether any pool that it reaches takes such disks."""
    if command.virtual_machine_id is None:
        return view
    vm = context.get(Vm, command.virtual_machine_id)
    host = context.inventory.find(Host, vm.host_id or vm.last_host_id)
    offering = context.inventory.get(DiskOffering, view.id)
    fits = any(
        pool.state is PoolState.UP
        and (host is None or reaches(host, pool))
        and _on_pool(context, offering, pool.id)
        for pool in context.inventory.having(Pool, "zone", vm.zone_id)
    )
    return msgspec.structs.replace(view, suitableforvirtualmachine=fits)


def _storage_type(context: Context, offering: ServiceOffering, wanted: str) -> bool:
    root = context.inventory.get(DiskOffering, offering.disk_offering_id)
    return root.storage_type == wanted.lower()


def _encrypts_root(context: Context, offering: ServiceOffering, wanted: bool) -> bool:
    return context.inventory.get(DiskOffering, offering.disk_offering_id).encrypt is wanted


LISTINGS: dict[type[Command], Listing] = {
    ListDiskOfferings: Listing(
        DiskOffering,
        disk_offering_view,
        {},
        {"name": "name", "storage_type": "storage_type", "encrypt": "encrypt"},
        {
            "zone_id": _in_zone,
            "state": _has_state,
            "volume_id": _for_volume,
            "storage_id": _on_pool,
            "virtual_machine_id": _for_machine,
        },
        shared=_for_everyone,
        hidden=_hidden_offering,
        seen=_is_offered,
        order=_sort_key,
        cut=_with_suitability,
    ),
    ListServiceOfferings: Listing(
        ServiceOffering,
        service_offering_view,
        {},
        {"name": "name"},
        {
            "zone_id": _in_zone,
            "state": _has_state,
            "storage_type": _storage_type,
            "encrypt_root": _encrypts_root,
        },
        shared=_for_everyone,
        seen=_is_offered,
        order=_sort_key,
    ),
}
