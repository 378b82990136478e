"""What settings ask of a pool beside room."""

import pytest
from msgspec.structs import replace

from core.model import errors
from core.model.commands.volume import AttachVolume
from core.model.hypervisors import Hypervisor
from core.model.pool_types import PoolType
from core.model.records import DiskOffering, Host, Pool, Vm
from core.plans.context import GIB
from core.plans.placement import Need, choose_pool, need_of, why_unfit
from core.plans.pool.rules import ACCELERATION
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

NEED = Need(zone_id="z1", size_bytes=GIB, tags=(), local=False)
EXCLUDE = "storage.pool.allocators.exclude"
CLUSTER, ZONE = "ClusterScopeStoragePoolAllocator", "ZoneWideStoragePoolAllocator"
MOST = "max.number.managed.clustered.file.systems"


def test_excluded_scopes_get_no_volume_by_themselves(zone: SmallZone) -> None:
    """The refusal names the setting's word; who names a pool is not held back."""
    zone.set(EXCLUDE, CLUSTER)
    assert choose_pool(zone.context(), NEED).scope == "ZONE"
    assert not why_unfit(zone.context(), zone.inventory.get(Pool, "nfs"), NEED)
    zone.set(EXCLUDE, f"{CLUSTER},{ZONE}")
    with pytest.raises(errors.NoCapacity, match=CLUSTER):
        choose_pool(zone.context(), NEED)


def _on_vmware(zone: SmallZone, **details: str) -> Pool:
    nfs = zone.inventory.get(Pool, "nfs")
    return zone.add(replace(nfs, hypervisor=Hypervisor.VMWARE, details=details))


@pytest.mark.parametrize("kind", ["sparse", "fat"])
def test_thick_disks_of_vmware_need_hardware_acceleration_where_that_is_strict(
    zone: SmallZone, kind: str
) -> None:
    """Thin ones never do, nor pools of other hypervisors."""
    need = NEED._replace(provisioning=kind)
    pool = _on_vmware(zone)
    assert not why_unfit(zone.context(), pool, need)
    zone.set("disk.provisioning.type.strictness", "true", "zone", "z1")
    assert "acceleration" in why_unfit(zone.context(), pool, need)
    assert not why_unfit(zone.context(), pool, NEED)
    assert not why_unfit(zone.context(), zone.inventory.get(Pool, "more"), need)
    able = _on_vmware(zone, **{ACCELERATION: "true"})
    assert not why_unfit(zone.context(), able, need)


def test_a_volume_needs_what_its_offering_says(zone: SmallZone) -> None:
    """Thin unless the offering has another provisioning type."""
    fat = replace(zone.inventory.get(DiskOffering, "small"), provisioning_type="fat")
    assert need_of(zone.volume(), fat).provisioning == "fat"


def _managed(zone: SmallZone, hypervisor: Hypervisor) -> Pool:
    """A managed pool of cluster c1, on which the machine vm has one volume."""
    nfs = zone.inventory.get(Pool, "nfs")
    fields = {"id": "san", "type": PoolType.ISCSI, "managed": True, "hypervisor": hypervisor}
    pool = zone.add(replace(nfs, **fields))
    for host in list(zone.inventory.all(Host)):
        zone.add(replace(host, hypervisor=hypervisor))
    zone.add(replace(zone.vm(), hypervisor=hypervisor))
    zone.volume("one", pool_id="san", vm_id="vm", device_id=1)
    return pool


@pytest.mark.parametrize(
    ("hypervisor", "limited"),
    [(Hypervisor.XENSERVER, True), (Hypervisor.VMWARE, True), (Hypervisor.KVM, False)],
)
def test_a_cluster_opens_so_many_volumes_of_managed_pools(
    zone: SmallZone, hypervisor: Hypervisor, *, limited: bool
) -> None:
    """Where each has a clustered file system: neither new ones nor attached ones beyond."""
    pool = _managed(zone, hypervisor)
    host = zone.inventory.get(Host, "h1")
    offering = zone.inventory.get(DiskOffering, "small")
    zone.set(MOST, 1, "cluster", "c1")
    need = need_of(zone.volume("new", pool_id="san", hypervisor=str(hypervisor)), offering, host)
    assert bool(why_unfit(zone.context(), pool, need)) is limited
    assert not why_unfit(zone.context(), zone.inventory.get(Pool, "more"), need) or limited
    command = AttachVolume(id="new", virtual_machine_id="vm")
    if limited:
        with refusal(errors.Conflict, 530, "cluster/c1"):
            zone.plan(command, ADMIN)
    else:
        assert zone.plan(command, ADMIN).steps
    zone.set(MOST, 2, "cluster", "c1")
    assert zone.inventory.get(Vm, "vm").host_id == "h1"
    assert not why_unfit(zone.context(), pool, need)
