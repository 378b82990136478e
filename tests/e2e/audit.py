"""What must hold once nothing is under way: the records against the disks, images and guests."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from core.driver_words import HostStatus
from core.model.inventory import Inventory
from core.model.records import (
    ImageStore,
    Job,
    Pool,
    PoolTemplate,
    Record,
    Snapshot,
    StoreRef,
    Template,
    Vm,
    Volume,
)
from core.model.states import JobStatus, RefState, SnapshotState, VmState
from core.model.transitions import TRANSITIONAL
from core.plans.disk import format_on
from drivers.folder import PART
from drivers.qemu.image import SUFFIXES
from tests.e2e import disks


def findings(inventory: Inventory, folder: Path, host: HostStatus) -> list[str]:
    """Everything that is wrong, in words; empty when all is well."""
    return [
        *_unsettled(inventory),
        *_left_over(folder),
        *_disks(inventory, folder),
        *_images(inventory, folder),
        *_snapshots(inventory),
        *_guests(inventory, host),
    ]


def disk_file(inventory: Inventory, volume: Volume) -> Path:
    """Where the volume's disk must be."""
    root = _root(inventory.get(Pool, volume.pool_id).url)
    return root / (volume.id + SUFFIXES[volume.format])


def _copy_file(inventory: Inventory, copy: PoolTemplate) -> Path:
    """Where a template's copy on a pool must be."""
    pool = inventory.get(Pool, copy.pool_id)
    template = inventory.get(Template, copy.template_id)
    format = format_on(pool, template.format, str(template.hypervisor))
    return _root(pool.url) / (template.id + SUFFIXES[format])


def image_file(inventory: Inventory, ref: StoreRef) -> Path:
    """Where the image must be."""
    root = _root(inventory.get(ImageStore, ref.store_id).url)
    suffix = ".raw" if ref.format == "RAW" and not ref.path.endswith(".raw") else ""
    return root / (ref.path + suffix)


def _root(url: str) -> Path:
    return Path(urlsplit(url).path)


def _unsettled(inventory: Inventory) -> Iterator[str]:
    """Nothing is in a transitional state, owned by a job, or under way."""
    for record in inventory.records():
        kind = str(record.__struct_config__.tag)
        state = getattr(record, "state", "")
        if state in TRANSITIONAL.get(kind, frozenset()):
            yield f"{kind}/{record.id} is {state}"
        if getattr(record, "job_id", ""):
            yield f"{kind}/{record.id} still belongs to a job"
        if kind == "job_plan":
            yield f"the plan of job {record.id} is left over"
        if isinstance(record, Job) and record.status is JobStatus.IN_PROGRESS:
            yield f"job {record.id} ({record.command}) has not ended"
        if isinstance(record, Volume) and record.target_pool_id:
            yield f"volume/{record.id} is still bound for a pool"


def _left_over(folder: Path) -> Iterator[str]:
    """No half files."""
    for root in ("pool1", "pool2", "images"):
        for path in sorted((folder / root).rglob(f"*{PART}")):
            yield f"{path.relative_to(folder)} is left over"


def _disks(inventory: Inventory, folder: Path) -> list[str]:
    """Every volume on a pool has its one disk there, of its size and with its snapshots.

    So has every template that was copied there.
    """
    recorded = {
        str(disk_file(inventory, volume).relative_to(folder)): (
            volume.size_bytes,
            frozenset(
                snapshot.id
                for snapshot in inventory.having(Snapshot, "volume", volume.id)
                if snapshot.pool_id
            ),
        )
        for volume in inventory.all(Volume)
        if volume.pool_id
    }
    copies = {
        str(_copy_file(inventory, copy).relative_to(folder)): (copy.size_bytes, frozenset[str]())
        for copy in inventory.all(PoolTemplate)
    }
    there = {name: _facts(folder / name) for name in _files(folder, "pool1", "pool2")}
    return _difference("disk", recorded | copies, there)


def _facts(path: Path) -> tuple[int, frozenset[str]]:
    found = disks.facts(path)
    return found.virtual_size, frozenset(snapshot.name for snapshot in found.snapshots)


def _images(inventory: Inventory, folder: Path) -> list[str]:
    """Every reference is ready and has its image, of its size; every image has its reference."""
    recorded = {
        str(image_file(inventory, ref).relative_to(folder)): (ref.state.value, ref.size_bytes)
        for ref in inventory.all(StoreRef)
    }
    there = {
        name: (RefState.READY.value, disks.facts(folder / name).virtual_size)
        for name in _files(folder, "images")
    }
    owners: dict[str, type[Record]] = {"snapshot": Snapshot, "template": Template}
    strays = [
        f"image {ref.path} is of no {ref.of_kind}"
        for ref in inventory.all(StoreRef)
        if inventory.find(owners[ref.of_kind], ref.of_id) is None
    ]
    return [*_difference("image", recorded, there), *strays]


def _snapshots(inventory: Inventory) -> Iterator[str]:
    """One that is backed up is on the image store, one that failed is nowhere."""
    for snapshot in inventory.all(Snapshot):
        sizes = [ref.size_bytes for ref in inventory.having(StoreRef, "of", snapshot.id)]
        due = {SnapshotState.BACKED_UP: [snapshot.size_bytes], SnapshotState.ERROR: []}
        if sizes != due.get(snapshot.state):
            yield f"snapshot/{snapshot.id} is {snapshot.state} and has images of {sizes} bytes"


def _guests(inventory: Inventory, host: HostStatus) -> list[str]:
    """A machine runs with exactly its volumes' disks, where they are, or not at all."""
    recorded = {
        vm.id: frozenset(
            (volume.device_id, str(disk_file(inventory, volume)), volume.size_bytes)
            for volume in inventory.having(Volume, "vm", vm.id)
        )
        for vm in inventory.all(Vm)
        if vm.state is VmState.RUNNING
    }
    there = {
        guest.vm_id: frozenset(
            (disk.device_id, disk.address.location, disk.size_bytes) for disk in guest.disks
        )
        for guest in host.guests
    }
    copying = [f"vm/{guest.vm_id} still copies {guest.copying}" for guest in host.guests]
    busy = [text for text, guest in zip(copying, host.guests, strict=True) if guest.copying]
    return [*_difference("guest", recorded, there), *busy]


def _files(folder: Path, *roots: str) -> list[str]:
    """All files but half ones, which are found elsewhere."""
    return [
        str(path.relative_to(folder))
        for root in roots
        for path in sorted((folder / root).rglob("*"))
        if path.is_file() and path.suffix != PART
    ]


def _difference(
    what: str, recorded: Mapping[str, object], there: Mapping[str, object]
) -> list[str]:
    missing = [f"{what} {key} is recorded but not there" for key in recorded.keys() - there.keys()]
    orphans = [f"{what} {key} is there but not recorded" for key in there.keys() - recorded.keys()]
    differ = [
        f"{what} {key} is recorded as {recorded[key]} but is {there[key]}"
        for key in recorded.keys() & there.keys()
        if recorded[key] != there[key]
    ]
    return sorted([*missing, *orphans, *differ])
