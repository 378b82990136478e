"""Builds a scenario's site through the control plane's own commands, and sets it to work."""

from collections.abc import Callable
from random import Random

import msgspec

from core.driver_words import VmSpec
from core.model.access import Caller
from core.model.commands.command import Command, Role
from core.model.commands.host import AddHost
from core.model.commands.image_store import AddImageStore
from core.model.commands.offering import CreateServiceOffering
from core.model.commands.pool import CreateStoragePool
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.template import RegisterTemplate
from core.model.commands.vm import DeployVirtualMachine
from core.model.hypervisors import Hypervisor
from core.model.ids import new_id
from core.model.records import Account, Cluster, Domain, Job, Pod, User, Volume, Zone
from core.plane import ControlPlane
from sim.guest import WritePattern
from sim.lab.scenario import Scenario
from sim.lab.trace import read_day
from sim.spec import GIB, HostSpec, PoolSpec, SiteSpec, StoreSpec, TemplateSpec

JOB_S = 86_400.0
TEMPLATE = "root"
PREFIX = "vm"


def site_of(scenario: Scenario) -> SiteSpec:
    """The simulated site of a scenario; amounts only, because of its size."""
    site = scenario.site
    written = scenario.machines.written_gib * GIB
    return SiteSpec(
        hosts=tuple(
            HostSpec(name=f"host{n}", nic_bytes_per_s=site.nic_bytes_per_s)
            for n in range(site.hosts)
        ),
        pools=tuple(
            PoolSpec(
                name=f"pool{n}",
                read_bytes_per_s=site.pool_bytes_per_s,
                write_bytes_per_s=site.pool_bytes_per_s,
            )
            for n in range(site.clusters)
        ),
        stores=tuple(
            StoreSpec(
                name=f"store{n}",
                read_bytes_per_s=site.store_bytes_per_s,
                write_bytes_per_s=site.store_bytes_per_s,
            )
            for n in range(site.stores)
        ),
        templates=(TemplateSpec(name=TEMPLATE, size_bytes=written, written_bytes=written),),
        exact=False,
    )


def writes_of(scenario: Scenario) -> Callable[[VmSpec], WritePattern]:
    """What each machine writes to its disk: the machines of the trace take turns."""
    machines = scenario.machines
    if not machines.trace:
        return lambda _vm: WritePattern()
    days = read_day(machines.trace, machines.first_hour)
    patterns = [WritePattern(hourly_bytes_per_s=day) for day in days]
    return lambda vm: patterns[int(vm.name.removeprefix(PREFIX)) % len(patterns)]


class Workload:
    """Drives a plane as its administrator."""

    def __init__(self, plane: ControlPlane, scenario: Scenario, random: Random) -> None:
        self._plane = plane
        self._scenario = scenario
        self._random = random
        self._domain = Domain(id=new_id(random), name="ROOT", path="ROOT")
        self._account = Account(
            id=new_id(random), name="admin", domain_id=self._domain.id, role=Role.ADMIN
        )
        self._user = User(
            id=self._account.id, username="lab", account_id=self._account.id, token_sha256=""
        )
        self._zone = Zone(id=new_id(random), name="zone1")
        self._pod = Pod(id=new_id(random), name="pod1", zone_id=self._zone.id)
        self.caller = Caller(
            user_id=self._user.id,
            account_id=self._account.id,
            domain_id=self._domain.id,
            role=Role.ADMIN,
            username=self._user.username,
        )

    async def build(self, settings: dict[str, str]) -> None:
        """Found the zone, then add what the scenario names. Raises what the plane raises."""
        site = self._scenario.site
        clusters = [
            Cluster(
                id=new_id(self._random),
                name=f"cluster{number}",
                zone_id=self._zone.id,
                pod_id=self._pod.id,
                hypervisor=Hypervisor.KVM,
            )
            for number in range(site.clusters)
        ]
        owners = (self._domain, self._account, self._user)
        await self._plane.found([*owners, self._zone, self._pod, *clusters])
        for name, value in settings.items():
            await self._do(UpdateConfiguration(name=name, value=value))
        await self._add_hosts(clusters)
        await self._add_storage(clusters)

    async def _add_hosts(self, clusters: list[Cluster]) -> None:
        for number in range(self._scenario.site.hosts):
            cluster = clusters[number % len(clusters)]
            await self._do(
                AddHost(
                    zone_id=self._zone.id,
                    pod_id=self._pod.id,
                    cluster_id=cluster.id,
                    url=f"sim://host{number}",
                    hypervisor=Hypervisor.KVM,
                    name=f"host{number}",
                )
            )

    async def _add_storage(self, clusters: list[Cluster]) -> None:
        for number, cluster in enumerate(clusters):
            await self._do(
                CreateStoragePool(
                    zone_id=self._zone.id,
                    name=f"pool{number}",
                    url=f"nfs://pool{number}/export",
                    cluster_id=cluster.id,
                )
            )
        for number in range(self._scenario.site.stores):
            name = f"store{number}"
            url = f"nfs://{name}/"
            await self._do(AddImageStore(provider="NFS", url=url, name=name, zone_id=self._zone.id))

    async def deploy(self) -> None:
        """Start all machines and wait until they run."""
        offerings = [await self._offering(size) for size in self._scenario.machines.root_gib]
        template_id = await self._template()
        jobs = [
            await self._submit(
                DeployVirtualMachine(
                    zone_id=self._zone.id,
                    service_offering_id=offerings[number % len(offerings)],
                    template_id=template_id,
                    name=f"{PREFIX}{number}",
                )
            )
            for number in range(self._scenario.machines.count)
        ]
        for job_id in jobs:
            await self._plane.wait_job(job_id, self.caller, JOB_S)

    async def _offering(self, root_gib: int) -> str:
        answer = await self._do(
            CreateServiceOffering(name=f"root {root_gib} GiB", root_disk_size=root_gib)
        )
        return str(answer["serviceoffering"]["id"])

    async def _template(self) -> str:
        command = RegisterTemplate(
            name=TEMPLATE,
            url=f"sim://templates/{TEMPLATE}",
            format="QCOW2",
            hypervisor=Hypervisor.KVM,
            zone_id=self._zone.id,
        )
        template_id = str((await self._do(command))["template"]["id"])
        for job in list(self._pending()):
            await self._plane.wait_job(job, self.caller, JOB_S)
        return template_id

    def _pending(self) -> list[str]:
        return [job.id for job in self._plane.inventory.having(Job, "status", "pending")]

    async def snapshot_all(self) -> list[str]:
        """Ask for a snapshot of every root disk; answers the jobs."""
        volumes = [volume.id for volume in self._plane.inventory.all(Volume)]
        return [await self._submit(CreateSnapshot(volume_id=volume)) for volume in volumes]

    async def _submit(self, command: Command) -> str:
        return str((await self._do(command))["jobid"])

    async def _do(self, command: Command) -> dict[str, dict[str, object]]:
        answer = await self._plane.submit(command, self.caller)
        built: dict[str, dict[str, object]] = msgspec.to_builtins(answer)
        return built
