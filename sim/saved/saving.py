"""Takes a world apart into what can be saved of it."""

from sim.disk.content import Blocks, Bulk, Content, Layer
from sim.disk.disk import Disk
from sim.driver.copy_job import CopyJob
from sim.guest import Guest
from sim.saved.saved_form import (
    NO_LAYER,
    SavedBlocks,
    SavedBulk,
    SavedContent,
    SavedDisk,
    SavedGuest,
    SavedImage,
    SavedLayer,
    SavedLedgerLine,
    SavedPlace,
    SavedPool,
    SavedSlot,
    SavedStore,
    SavedWorld,
)
from sim.world import Pool, Storage, Store, World


def taken_apart(world: World) -> SavedWorld:
    """The world as it is now; nothing in it changes."""
    return _Saver(world).world()


class _Saver:
    """Takes a world apart; layers that are shared are saved once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._layers: list[SavedLayer] = []
        self._numbers: dict[Layer, int] = {}
        self._copies: list[CopyJob] = [
            job
            for host in world.hosts.values()
            for guest in host.guests.values()
            for job in guest.copies.values()
        ]

    def world(self) -> SavedWorld:
        world = self._world
        mirrored = [disk for job in self._copies for disk in job.fills()]
        return SavedWorld(
            spec=world.spec,
            at_s=world.runtime.now(),
            ids=world.ids,
            deaths=world.deaths,
            pools={name: self._pool(pool, mirrored) for name, pool in world.pools.items()},
            stores={name: self._store(store) for name, store in world.stores.items()},
            guests=tuple(
                _saved_guest(name, guest)
                for name, host in world.hosts.items()
                for guest in host.guests.values()
            ),
            ledger=tuple(
                SavedLedgerLine(vm_id=vm_id, device_id=slot, name=told.name, number=told.number)
                for (vm_id, slot), told in world.ledger.items()
            ),
            layers=tuple(self._layers),
        )

    def _pool(self, pool: Pool, mirrored: list[Disk]) -> SavedPool:
        disks = {
            name: SavedDisk(
                format=disk.format,
                content=self._content(disk.content),
                snapshots={key: self._content(kept) for key, kept in disk.snapshots.items()},
                held_bytes=disk.held_bytes,
                memories=disk.memories,
                rates=disk.rates,
                modified_s=disk.modified_s,
                mirrored=disk in mirrored,
            )
            for name, disk in pool.disks.items()
        }
        return SavedPool(disks=disks, partials=self._partials(pool))

    def _store(self, store: Store) -> SavedStore:
        images = {
            path: SavedImage(
                format=image.format,
                content=self._content(image.content),
                modified_s=image.modified_s,
                base=image.base,
                taken_bytes=image.taken_bytes,
                archive=image.archive,
            )
            for path, image in store.images.items()
        }
        places = {
            path: SavedPlace(
                format=place.format,
                content=self._content(place.content),
                filled_by=place.filled_by,
                copied_bytes=place.copied_bytes,
                torn=place.torn or place.filling,
                base=place.base,
            )
            for path, place in store.places.items()
        }
        return SavedStore(images=images, places=places, partials=self._partials(store))

    def _partials(self, storage: Storage) -> dict[str, int]:
        """Room that copies keep, but for those that hosts make: they will be gone."""
        gone = {key for job in self._copies for room, key in job.keeps() if room is storage.room}
        return {key: size for key, size in storage.room.partials.items() if key not in gone}

    def _content(self, content: Content) -> SavedContent:
        if isinstance(content, Blocks):
            blocks, below = content.layers
            return SavedBlocks(
                size_bytes=content.size_bytes,
                written=content.written,
                writer=content.writer,
                slots=content.slots,
                last=content.last,
                blocks=blocks,
                below=self._layer(below),
            )
        assert isinstance(content, Bulk)
        return SavedBulk(
            size_bytes=content.size_bytes,
            written=content.written,
            version=content.version,
            last=content.last,
            churned=content.churned,
        )

    def _layer(self, layer: Layer | None) -> int:
        if layer is None:
            return NO_LAYER
        number = self._numbers.get(layer)
        if number is None:
            below = self._layer(layer.below)
            number = self._numbers[layer] = len(self._layers)
            self._layers.append(SavedLayer(blocks=layer.blocks, below=below))
        return number


def _saved_guest(host: str, guest: Guest) -> SavedGuest:
    slots = tuple(
        SavedSlot(
            attached=slot.attached,
            at_s=slot.at_s,
            pending_bytes=slot.pending_bytes,
            written_bytes=slot.written_bytes,
            operations=slot.operations,
        )
        for slot in guest.slots.values()
    )
    return SavedGuest(host=host, vm=guest.vm, slots=slots, iso=guest.iso, held=guest.held)
