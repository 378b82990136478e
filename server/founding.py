"""What the first start puts into an empty journal, and then adds to it as the administrator."""

from collections.abc import Container, Mapping
from itertools import count
from random import Random
from typing import Any

import msgspec
import trio
from msgspec.structs import replace

from core.model.access import Caller
from core.model.commands.command import Command, ListCommand, Role
from core.model.commands.host import AddHost, ListHosts
from core.model.commands.image_store import AddImageStore, ListImageStores
from core.model.commands.offering import ListDiskOfferings, ListServiceOfferings
from core.model.commands.pool import CreateStoragePool, ListStoragePools
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.template import ListTemplates
from core.model.commands.zone import ListClusters, ListPods, ListZones
from core.model.errors import ForebayError
from core.model.ids import new_id
from core.model.records import Account, AnyRecord, Cluster, Domain, Pod, User, Zone
from core.plane import ControlPlane
from server.config import SiteFile
from server.credentials import Credentials
from server.logging import Log

Commands = dict[str, Command]
SIDE_BY_SIDE = 16
PAGE_SIZE = 500


def founding_records(
    site: SiteFile, credentials: Credentials, random: Random, now_s: float
) -> list[AnyRecord]:
    """The ROOT domain with its administrator, and the zone down to its clusters."""

    def fresh() -> dict[str, Any]:
        return {"id": new_id(random), "created_s": now_s}

    root = Domain(**fresh(), name="ROOT", path="ROOT")
    account = Account(**fresh(), name="admin", domain_id=root.id, role=Role.ADMIN)
    user = User(
        **fresh(),
        username=credentials.username,
        account_id=account.id,
        token_sha256=credentials.token_sha256,
        api_key=credentials.apikey,
        secret_key=credentials.secretkey,
    )
    zone = Zone(
        **fresh(),
        name=site.zone.name,
        local_storage_enabled=site.zone.local_storage_enabled,
    )
    pods = {pod.name: Pod(**fresh(), name=pod.name, zone_id=zone.id) for pod in site.pods}
    clusters = [
        Cluster(
            **fresh(),
            name=cluster.name,
            zone_id=zone.id,
            pod_id=pods[cluster.pod].id,
            hypervisor=cluster.hypervisor,
        )
        for cluster in site.clusters
    ]
    return [root, account, user, zone, *pods.values(), *clusters]


class Founding:
    """Adds to the plane what the site file names and the plane does not have yet, by name."""

    def __init__(self, plane: ControlPlane, admin: Caller, site: SiteFile, log: Log) -> None:
        self._plane = plane
        self._admin = admin
        self._site = site
        self._log = log
        self._failed = 0

    async def run(self) -> bool:
        """Add what is missing; what fails is logged and left out. True when all is there."""
        site = self._site
        zone_id = (await self._ids(ListZones(), "zone"))[site.zone.name]
        changes = {
            name: UpdateConfiguration(name=name, value=value)
            for name, value in site.settings.items()
        }
        await self._add("setting", changes, ())
        hosts = await self._hosts(zone_id)
        await self._add("host", hosts, await self._ids(ListHosts(), "host"))
        pools = await self._pools(zone_id)
        await self._add("pool", pools, await self._ids(ListStoragePools(), "storagepool"))
        stores = {
            store.name: AddImageStore(
                provider=store.provider, url=store.url, name=store.name, zone_id=zone_id
            )
            for store in site.image_stores
        }
        await self._add("image store", stores, await self._ids(ListImageStores(), "imagestore"))
        await self._add_offerings(zone_id)
        return not self._failed

    async def _hosts(self, zone_id: str) -> Commands:
        pods = await self._ids(ListPods(), "pod")
        clusters = await self._ids(ListClusters(), "cluster")
        tables = {cluster.name: cluster for cluster in self._site.clusters}
        return {
            host.name: AddHost(
                zone_id=zone_id,
                pod_id=pods[tables[host.cluster].pod],
                cluster_id=clusters[host.cluster],
                url=host.url,
                hypervisor=tables[host.cluster].hypervisor,
                name=host.name,
            )
            for host in self._site.hosts
        }

    async def _pools(self, zone_id: str) -> Commands:
        pod_ids = await self._ids(ListPods(), "pod")
        clusters = await self._ids(ListClusters(), "cluster")
        hosts = await self._ids(ListHosts(), "host")
        pods = {cluster.name: cluster.pod for cluster in self._site.clusters}
        homes = {host.name: host.cluster for host in self._site.hosts}
        commands: Commands = {}
        for pool in self._site.pools:
            cluster = homes.get(pool.host or "", pool.cluster or "")
            commands[pool.name] = CreateStoragePool(
                zone_id=zone_id,
                name=pool.name,
                url=pool.url,
                scope=pool.scope,
                pod_id=pod_ids.get(pods.get(cluster, "")),
                cluster_id=clusters.get(cluster),
                host_id=hosts.get(pool.host or ""),
                hypervisor=pool.hypervisor,
                tags=pool.tags,
                capacity_iops=pool.capacity_iops,
            )
        return commands

    async def _add_offerings(self, zone_id: str) -> None:
        site = self._site
        disks = {offering.name: offering for offering in site.disk_offerings}
        there = await self._ids(ListDiskOfferings(), "diskoffering")
        await self._add("disk offering", disks, there)
        services = {offering.name: offering for offering in site.service_offerings}
        there = await self._ids(ListServiceOfferings(), "serviceoffering")
        await self._add("service offering", services, there)
        templates = {
            template.name: replace(template, zone_id=template.zone_id or zone_id)
            for template in site.templates
        }
        there = await self._ids(ListTemplates(template_filter="all", list_all=True), "template")
        await self._add("template", templates, there)

    async def _add(self, what: str, commands: Mapping[str, Command], there: Container[str]) -> None:
        """Submit what is not there, side by side: one that does not answer delays no other."""
        room = trio.CapacityLimiter(SIDE_BY_SIDE)
        async with trio.open_nursery() as nursery:
            for name, command in commands.items():
                if name not in there:
                    await room.acquire_on_behalf_of(name)
                    await nursery.start(self._submit, what, name, command, room)

    async def _submit(
        self,
        what: str,
        name: str,
        command: Command,
        room: trio.CapacityLimiter,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        # What follows runs up to its first wait at once, so things are recorded in their order.
        task_status.started()
        try:
            await self._plane.submit(command, self._admin)
        except ForebayError as error:
            self._failed += 1
            self._log.warning(
                "the site file's part could not be added",
                what=what,
                name=name,
                error=str(error),
                hint=error.hint,
            )
        finally:
            room.release_on_behalf_of(name)

    async def _ids(self, command: ListCommand, key: str) -> dict[str, str]:
        """The ids of all that a list command answers, by name."""
        ids: dict[str, str] = {}
        for page in count(1):
            asked = replace(command, page=page, pagesize=PAGE_SIZE)
            answer = await self._plane.submit(asked, self._admin)
            plain: Any = msgspec.json.decode(msgspec.json.encode(answer))
            rows = plain.get(key, ())
            ids.update((row["name"], row["id"]) for row in rows)
            if len(rows) < PAGE_SIZE:
                break
        return ids
