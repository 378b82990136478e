"""Datastore clusters are synchronised when a host that uses them connects."""

from core.actors.rounds.round import ITSELF, Means
from core.model import errors
from core.model.commands.pool import SyncStoragePool
from core.model.hypervisors import ANY
from core.model.pool_types import PoolType
from core.model.records import Host, Pool
from core.model.states import PoolState
from core.plans.placement import reaches


class Datastores:
    """Begins a synchronisation at the first answer of a host, and again when it was away."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._connected: set[str] = set()

    def lost(self, host: Host) -> None:
        """The host does not answer."""
        self._connected.discard(host.id)

    async def connected(self, host: Host) -> None:
        """The host answers."""
        if host.id in self._connected:
            return
        self._connected.add(host.id)
        for pool in list(self._means.inventory.having(Pool, "zone", host.zone_id)):
            served = pool.hypervisor in (ANY, host.hypervisor) and reaches(host, pool)
            cluster = pool.type is PoolType.DATASTORE_CLUSTER and pool.state is PoolState.UP
            if not served or not cluster:
                continue
            try:
                await self._means.submit(SyncStoragePool(id=pool.id), ITSELF)
            except errors.ForebayError:
                continue
