"""Which host a machine starts on, and which pool each of its volumes is on then."""

from collections.abc import Mapping
from typing import NamedTuple

from core.model import errors
from core.model.records import Cluster, DiskOffering, Host, Pod, Pool, Template, Vm, Volume
from core.model.states import PoolState, VolumeState
from core.plans.context import Context
from core.plans.host_order import ordered
from core.plans.migration.destination import has_tags
from core.plans.placement import (
    NOTHING,
    Promised,
    choose_pool,
    is_closed,
    need_of,
    reaches,
    told,
    why_host_unfit,
)
from core.plans.snapshot_source import require_backed_up
from core.plans.vm.permission import require_may_place

Places = tuple[Host, dict[str, Pool]]


class Wanted(NamedTuple):
    """Where an administrator wants the machine; `last_first`: best where it ran last."""

    host_id: str | None = None
    pod_id: str | None = None
    cluster_id: str | None = None
    last_first: bool = True

    def admits(self, host: Host) -> bool:
        """Whether the host is one of those wanted."""
        return (
            self.host_id in (None, host.id)
            and self.pod_id in (None, host.pod_id)
            and self.cluster_id in (None, host.cluster_id)
        )


def require_known(context: Context, wanted: Wanted) -> None:
    """Raise Denied (531) when no root administrator wants a place, NotFound when it is none."""
    if wanted[:3] == (None, None, None):
        return
    require_may_place(context)
    if wanted.host_id is not None:
        context.inventory.get(Host, wanted.host_id)
    if wanted.pod_id is not None:
        context.inventory.get(Pod, wanted.pod_id)
    if wanted.cluster_id is not None:
        context.inventory.get(Cluster, wanted.cluster_id)


def place(context: Context, vm: Vm, volumes: list[Volume], wanted: Wanted) -> Places:
    """A host with room for the machine, and for each volume a pool which that host reaches.

    The one where it ran last comes first, then the others as vm.allocation.algorithm has them.
    Volumes that are there stay where they are, unless no host would do and
    enable.storage.migration lets them move (semantics section 6.2). A host of a Disabled pod or
    cluster must be named. Raises NoCapacity.
    """
    hosts: list[Host] = []
    reasons: dict[str, str] = {}
    for host in context.inventory.having(Host, "zone", vm.zone_id):
        if host.hypervisor is vm.hypervisor and wanted.admits(host):
            reason = _why_passed_by(context, vm, host, wanted)
            if reason:
                reasons[host.name] = reason
            else:
                hosts.append(host)
    last_id = vm.last_host_id if wanted.last_first else ""
    hosts = ordered(context, hosts, vm.account_id)
    hosts.sort(key=lambda host: host.id != last_id)
    may_move = (False, True) if context.settings.flag("enable.storage.migration") else (False,)
    for moving in may_move:
        for host in hosts:
            try:
                return host, _pools_for(context, vm, host, volumes, moving=moving)
            except errors.ForebayError as refusal:
                reasons[host.name] = refusal.message
    why = told(reasons.items(), "hosts")
    raise errors.NoCapacity(
        f"no host can start the machine: {why or 'the zone has none for it'}",
        object=f"vm/{vm.id}",
        hint="free memory or room, or add a host or pool",
    )


def _why_passed_by(context: Context, vm: Vm, host: Host, wanted: Wanted) -> str:
    """Why the host does not come into question whatever room it has, "" when it does."""
    if wanted.host_id is None and is_closed(context, host):
        return "is in a Disabled pod or cluster"
    return "" if has_tags(context, vm, host) else "lacks the service offering's host tags"


def _pools_for(
    context: Context, vm: Vm, host: Host, volumes: list[Volume], *, moving: bool
) -> dict[str, Pool]:
    reason = why_host_unfit(context, host, vm.memory_bytes)
    if reason:
        raise errors.NoCapacity(reason)
    pools: dict[str, Pool] = {}
    promised: dict[str, Promised] = {}
    for volume in volumes:
        pool = _pool_for(context, host, volume, promised, moving=moving)
        pools[volume.id] = pool
        if pool.id != volume.pool_id:
            promised[pool.id] = promised.get(pool.id, NOTHING).and_for(volume)
    return pools


def _pool_for(
    context: Context,
    host: Host,
    volume: Volume,
    promised: Mapping[str, Promised],
    *,
    moving: bool,
) -> Pool:
    if volume.state is VolumeState.ALLOCATED:
        return _chosen(context, host, volume, promised)
    pool = context.inventory.get(Pool, volume.pool_id)
    if pool.state not in (PoolState.UP, PoolState.DISABLED):
        raise errors.Unavailable(f"finds pool {pool.name} {pool.state}")
    if reaches(host, pool):
        return pool
    if not moving or pool.scope == "HOST":
        raise errors.Conflict(f"does not reach pool {pool.name} of volume {volume.id}")
    require_backed_up(context, volume)
    return _chosen(context, host, volume, promised)


def _chosen(context: Context, host: Host, volume: Volume, promised: Mapping[str, Promised]) -> Pool:
    offering = context.inventory.get(DiskOffering, volume.disk_offering_id)
    need = need_of(volume, offering, host)
    if volume.state is VolumeState.ALLOCATED and volume.template_id:
        template = context.inventory.get(Template, volume.template_id)
        need = need._replace(template_id=template.id, template_bytes=template.size_bytes)
    return choose_pool(context, need, promised)
