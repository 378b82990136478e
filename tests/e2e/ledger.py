"""Which of the guest's writes each disk and image must hold, and whether it holds them."""

from core.model.inventory import Inventory
from core.model.records import Snapshot, StoreRef, Volume
from core.model.states import RefState
from tests.e2e import audit, disks
from tests.e2e.workload import Request
from tests.e2e.zone import Zone


class Ledger:
    """Follows contents from the volume that the guest writes to into snapshots and copies."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._volumes = dict.fromkeys(zone.spare_ids, 0)
        self._snapshots: dict[str, int] = {}

    def follow(self, inventory: Inventory, requests: list[Request]) -> list[str]:
        """Look at what the requests made, which must be quiet now; answers what is wrong."""
        found: list[str] = []
        for request in requests:
            made = (request.answer or {}).get("id", "")
            if request.command == "createSnapshot":
                found += self._new_snapshot(inventory, made, request.told)
            elif request.command == "createVolume" and inventory.find(Volume, made):
                self._volumes[made] = self._snapshots[request.parameters["snapshotid"]]
        return [*found, *self._detached(inventory)]

    def _new_snapshot(self, inventory: Inventory, snapshot_id: str, told: int) -> list[str]:
        snapshot = inventory.find(Snapshot, snapshot_id)
        refs = list(inventory.having(StoreRef, "of", snapshot_id))
        if snapshot is None or not refs or refs[0].state is not RefState.READY:
            return []
        number = disks.write_number(audit.image_file(inventory, refs[0]), self._zone.image)
        self._snapshots[snapshot_id] = number
        least = most = self._volumes.get(snapshot.volume_id, 0)
        if snapshot.volume_id == self._zone.volume_id:
            least, most = told, self._zone.told() + 1
        if least <= number <= most:
            return []
        return [f"snapshot/{snapshot_id} ends at write {number}, not within {least} to {most}"]

    def _detached(self, inventory: Inventory) -> list[str]:
        """Volumes that no guest has open hold what they always held."""
        found: list[str] = []
        for volume_id, due in self._volumes.items():
            volume = inventory.find(Volume, volume_id)
            if volume is None or volume.vm_id:
                continue
            number = disks.write_number(audit.disk_file(inventory, volume), self._zone.image)
            if number != due:
                found.append(f"volume/{volume_id} ends at write {number}, not at {due}")
        return found

    def final(self, inventory: Inventory, *, may_leak: bool = False) -> list[str]:
        """Read every disk, none of which may be open; the guest's has all that it was told of."""
        found = self._detached(inventory)
        for volume in inventory.all(Volume):
            path = audit.disk_file(inventory, volume)
            number = disks.write_number(path, self._zone.image)
            told = self._zone.told()
            due = self._volumes.get(volume.id, 0)
            if volume.id == self._zone.volume_id:
                due = number if told <= number <= told + 1 else told
            if number != due:
                found.append(f"volume/{volume.id} ends at write {number}, not at {due}")
            found.append(disks.damage(path, may_leak=may_leak))
        for ref in inventory.all(StoreRef):
            if ref.of_kind == "snapshot":
                path = audit.image_file(inventory, ref)
                number = disks.write_number(path, self._zone.image)
                if number != self._snapshots.get(ref.of_id, 0):
                    found.append(f"snapshot/{ref.of_id} has changed to write {number}")
                found.append(disks.damage(path, may_leak=False))
        return [text for text in found if text]
