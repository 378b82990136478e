"""The folders of hosts become pools by themselves, where the zone allows local storage."""

from core.actors.rounds.round import ITSELF, Means
from core.driver_words import HostStatus
from core.model import errors
from core.model.commands.internal import AddLocalPool
from core.model.hypervisors import HYPERVISORS
from core.model.records import Host, Pool, Zone

SETTING = "system.vm.use.local.storage"


class LocalStorage:
    """Makes a pool of each folder that a host reports and that is none yet."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def take_in(self, host: Host, status: HostStatus) -> None:
        """Begin the jobs; a folder whose pool cannot be made is tried again at the next look.

        Hosts without an agent have one local storage (the guide, "Using Multiple Local Storages").
        """
        row = HYPERVISORS[host.hypervisor]
        if row.local_pool is None or not self._is_allowed(host.zone_id):
            return
        folders = status.local_storage if row.agent else status.local_storage[:1]
        for folder in folders:
            if self._is_known(host, folder.uuid, folder.path):
                continue
            command = AddLocalPool(host_id=host.id, uuid=folder.uuid, path=folder.path)
            try:
                await self._means.submit(command, ITSELF)
            except errors.ForebayError:
                continue

    def _is_allowed(self, zone_id: str) -> bool:
        zone = self._means.inventory.find(Zone, zone_id)
        for_system_vms = self._means.settings.flag(SETTING, ("zone", zone_id))
        return for_system_vms or (zone is not None and zone.local_storage_enabled)

    def _is_known(self, host: Host, uuid: str, path: str) -> bool:
        inventory = self._means.inventory
        if inventory.find(Pool, uuid) is not None:
            return True
        pools = inventory.having(Pool, "host", host.id)
        return any(pool.url.partition("://")[2] == path for pool in pools)
