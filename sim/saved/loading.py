"""Puts a saved world together again."""

from sim.disk.content import Blocks, Bulk, Content, Layer
from sim.disk.disk import Disk
from sim.guest import Guest, Slot
from sim.saved.saved_form import (
    NO_LAYER,
    SavedBulk,
    SavedContent,
    SavedGuest,
    SavedPool,
    SavedSlot,
    SavedStore,
    SavedWorld,
)
from sim.world import Acknowledged, Image, Place, Pool, Storage, Store, World


def put_together(saved: SavedWorld, world: World) -> None:
    """Let a new world of the same spec hold what was saved."""
    _Loader(saved, world).load()


class _Loader:
    """The layers that contents share are made first."""

    def __init__(self, saved: SavedWorld, world: World) -> None:
        self._saved = saved
        self._world = world
        self._layers: list[Layer] = []
        for layer in saved.layers:
            self._layers.append(Layer(layer.blocks, self._layer(layer.below)))

    def load(self) -> None:
        saved, world = self._saved, self._world
        for name, pool in saved.pools.items():
            self._pool(world.pools[name], pool)
        for name, store in saved.stores.items():
            self._store(world.stores[name], store)
        for guest in saved.guests:
            self._guest(guest)
        for line in saved.ledger:
            world.ledger[line.vm_id, line.device_id] = Acknowledged(line.name, line.number)
        world.ids = saved.ids
        world.deaths = saved.deaths

    def _pool(self, pool: Pool, saved: SavedPool) -> None:
        for name, row in saved.disks.items():
            content = self._content(row.content)
            if row.mirrored:
                content.spoil(self._world.random)
            disk = Disk(name, row.format, content, pool.room, row.modified_s)
            disk.snapshots = {key: self._content(value) for key, value in row.snapshots.items()}
            disk.held_bytes = row.held_bytes
            disk.memories = dict(row.memories)
            disk.rates = row.rates
            disk.settle(row.modified_s)
            pool.disks[name] = disk
        _keep(pool, saved.partials)

    def _store(self, store: Store, saved: SavedStore) -> None:
        for path, row in saved.images.items():
            image = Image(row.format, self._content(row.content), row.modified_s, row.base)
            image.archive = row.archive
            if row.taken_bytes >= 0:
                image.taken_bytes = row.taken_bytes
            store.room.used_bytes += image.taken_bytes
            store.images[path] = image
        for path, prepared in saved.places.items():
            place = Place(prepared.format, self._content(prepared.content), prepared.base)
            place.filled_by = prepared.filled_by
            place.copied_bytes = prepared.copied_bytes
            place.torn = prepared.torn
            store.places[path] = place
        _keep(store, saved.partials)

    def _guest(self, saved: SavedGuest) -> None:
        world = self._world
        guest = world.hosts[saved.host].guests[saved.vm.vm_id] = Guest(saved.vm)
        guest.iso, guest.held = saved.iso, saved.held
        for row in saved.slots:
            world.open_slot(guest, row.attached, world.find_disk(row.attached.address))
            _restore(guest.slots[row.attached.device_id], row)

    def _content(self, saved: SavedContent) -> Content:
        if isinstance(saved, SavedBulk):
            bulk = Bulk(saved.size_bytes)
            bulk.written, bulk.version, bulk.last = saved.written, saved.version, saved.last
            bulk.churned = saved.churned
            return bulk
        blocks = Blocks(saved.size_bytes, self._world.spec.block_bytes)
        blocks.written = saved.written
        blocks.writer, blocks.slots, blocks.last = saved.writer, saved.slots, saved.last
        blocks.put_layers(saved.blocks, self._layer(saved.below))
        return blocks

    def _layer(self, number: int) -> Layer | None:
        return None if number == NO_LAYER else self._layers[number]


def _keep(storage: Storage, partials: dict[str, int]) -> None:
    """Take the room of partials again, also where a pool is too full for them by now."""
    storage.room.partials.update(partials)
    storage.room.used_bytes += sum(partials.values())


def _restore(slot: Slot, saved: SavedSlot) -> None:
    slot.at_s = saved.at_s
    slot.pending_bytes = saved.pending_bytes
    slot.written_bytes = saved.written_bytes
    slot.operations = saved.operations
