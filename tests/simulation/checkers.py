"""What must always hold once nothing is under way, judged from the records and from the site."""

from collections.abc import Mapping

from core.model.inventory import Inventory
from core.model.records import (
    KINDS,
    Host,
    ImageStore,
    Job,
    Pool,
    PoolTemplate,
    Snapshot,
    StoreRef,
    Tag,
    Vm,
    VmSnapshot,
    Volume,
)
from core.model.states import RefState, VmSnapshotState, VmState
from core.model.transitions import TRANSITIONAL
from sim.spec import PoolSpec
from sim.world import Pool as SimulatedPool
from sim.world import World


def findings(inventory: Inventory, world: World) -> list[str]:
    """Everything that is wrong, in words; empty when all is well."""
    return [
        *_unsettled(inventory),
        *_drifted(inventory),
        *_tags_on_nothing(inventory),
        *_disks(inventory, world),
        *_inside(inventory, world),
        *_images(inventory, world),
        *_guests(inventory, world),
        *_drives(inventory, world),
        *_lost_writes(inventory, world),
    ]


def _name(url: str) -> str:
    """Its host part, without the port; of a local path, the last part."""
    server, _, path = url.partition("://")[2].partition("?")[0].partition("/")
    return server.partition(":")[0] or path.rpartition("/")[2]


def _unsettled(inventory: Inventory) -> list[str]:
    """Nothing is in a transitional state, and nothing is owned by a job."""
    found: list[str] = []
    for record in inventory.records():
        kind = str(record.__struct_config__.tag)
        state = getattr(record, "state", "")
        if state in TRANSITIONAL.get(kind, frozenset()):
            found.append(f"{kind}/{record.id} is {state}")
        if getattr(record, "job_id", ""):
            found.append(f"{kind}/{record.id} still belongs to a job")
        if kind == "job_plan":
            found.append(f"the plan of job {record.id} is left over")
    return found


def _drifted(inventory: Inventory) -> list[str]:
    """The sums are those of a fresh fold."""
    fresh = Inventory()
    for record in inventory.records():
        fresh.put(record)
    return [] if fresh.totals() == inventory.totals() else ["the sums have drifted"]


def _tags_on_nothing(inventory: Inventory) -> list[str]:
    """Every tag is on something."""
    return [
        f"tag {tag.key} is on {tag.of_kind}/{tag.of_id}, which is gone"
        for tag in inventory.all(Tag)
        if inventory.find(KINDS[tag.of_kind], tag.of_id) is None
    ]


def _disks(inventory: Inventory, world: World) -> list[str]:
    """Every volume and template on a pool has its disk there, of its size.

    No other disk is there, but for those that were let go.
    """
    recorded = {
        (_name(inventory.get(Pool, volume.pool_id).url), volume.id): volume.size_bytes
        for volume in inventory.all(Volume)
        if volume.pool_id
    } | {
        (_name(inventory.get(Pool, copy.pool_id).url), copy.template_id): copy.size_bytes
        for copy in inventory.all(PoolTemplate)
    }
    let_go = {job.instance_id for job in inventory.all(Job) if job.command == "unmanageVolume"}
    there = {
        (pool.spec.name, name): disk.content.size_bytes
        for pool in world.pools.values()
        for name, disk in pool.disks.items()
        if (pool.spec.name, name) in recorded
        or not (name in let_go or _may_hold_remains(inventory, pool))
    }
    return _difference("disk", recorded, there)


def _may_hold_remains(inventory: Inventory, pool: SimulatedPool) -> bool:
    """Whether it is in a host, and hosts were forgotten, dead, with all that they held."""
    is_local = isinstance(pool.spec, PoolSpec) and pool.spec.host != ""
    return is_local and any(job.command == "deleteHost" for job in inventory.all(Job))


def _inside(inventory: Inventory, world: World) -> list[str]:
    """Every disk has the snapshots inside that are recorded there, and no others."""
    recorded: dict[tuple[str, str], object] = {}
    for snapshot in inventory.all(Snapshot):
        if snapshot.pool_id:
            recorded[snapshot.volume_id, snapshot.id] = None
    for taken in inventory.all(VmSnapshot):
        if taken.state is not VmSnapshotState.ERROR:
            recorded.update({(volume_id, taken.id): None for volume_id in taken.disks})
    there = {
        (name, snapshot_id): None
        for pool in world.pools.values()
        for name, disk in pool.disks.items()
        for snapshot_id in disk.snapshots
    }
    return _difference("snapshot", recorded, there)


def _images(inventory: Inventory, world: World) -> list[str]:
    """Every ready reference has its image, every image its reference, and no place is left over."""
    recorded = {
        (_name(inventory.get(ImageStore, ref.store_id).url), ref.path): 0
        for ref in inventory.all(StoreRef)
        if ref.state in (RefState.READY, RefState.HIDDEN)
    }
    there = {(store.spec.name, path): 0 for store in world.stores.values() for path in store.images}
    places = [
        f"place {path} is left over on {store.spec.name}"
        for store in world.stores.values()
        for path in store.places
    ]
    return [*_difference("image", recorded, there), *places]


def _guests(inventory: Inventory, world: World) -> list[str]:
    """A machine runs on its host and nowhere else, with exactly its volumes, and goes on.

    It is as large as is recorded.
    """
    recorded = {
        (_name(inventory.get(Host, vm.host_id).url), vm.id): (
            (vm.cpus, vm.memory_bytes, False),
            frozenset(
                (volume.device_id, volume.id) for volume in inventory.having(Volume, "vm", vm.id)
            ),
        )
        for vm in inventory.all(Vm)
        if vm.state is VmState.RUNNING
    }
    there = {
        (host.spec.name, vm_id): (
            (guest.vm.cpus, guest.vm.memory_bytes, guest.held),
            frozenset((device_id, slot.attached.name) for device_id, slot in guest.slots.items()),
        )
        for host in world.hosts.values()
        for vm_id, guest in host.guests.items()
    }
    return _difference("guest", recorded, there)


def _drives(inventory: Inventory, world: World) -> list[str]:
    """A machine that runs has the ISO in its drive that is recorded, or none."""
    recorded = {
        (_name(inventory.get(Host, vm.host_id).url), vm.id): vm.iso_id
        for vm in inventory.all(Vm)
        if vm.state is VmState.RUNNING
    }
    there = {
        (host.spec.name, vm_id): guest.iso.rpartition("/")[2].removesuffix(".iso")
        for host in world.hosts.values()
        for vm_id, guest in host.guests.items()
    }
    return _difference("drive", recorded, there)


def _lost_writes(inventory: Inventory, world: World) -> list[str]:
    """Every write that a guest was told of is on the one disk of that name."""
    found: list[str] = []
    for (vm_id, device_id), told in world.ledger.items():
        volume = inventory.find(Volume, told.name)
        if volume is None or not volume.pool_id:
            continue
        pool = world.pools[_name(inventory.get(Pool, volume.pool_id).url)]
        disk = pool.disks.get(told.name)
        if disk is not None and disk.content.last < told.number:
            found.append(
                f"vm/{vm_id} slot {device_id} was told of write {told.number}, "
                f"its disk ends at {disk.content.last}"
            )
    return found


def _difference(
    what: str, recorded: Mapping[tuple[str, str], object], there: Mapping[tuple[str, str], object]
) -> list[str]:
    missing = [f"{what} {key} is recorded but not there" for key in recorded.keys() - there.keys()]
    orphans = [f"{what} {key} is there but not recorded" for key in there.keys() - recorded.keys()]
    differ = [
        f"{what} {key} is recorded as {recorded[key]} but is {there[key]}"
        for key in recorded.keys() & there.keys()
        if recorded[key] != there[key]
    ]
    return sorted([*missing, *orphans, *differ])
