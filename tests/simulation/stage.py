"""A small simulated zone on the kernel; its control plane can be cut off and started again."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

import msgspec

from core.model.access import Caller
from core.model.commands.command import Command, Role, command_name
from core.model.commands.host import AddHost
from core.model.commands.image_store import AddImageStore
from core.model.commands.offering import CreateDiskOffering, CreateServiceOffering
from core.model.commands.pool import CreateStoragePool
from core.model.commands.template import RegisterTemplate
from core.model.commands.vm import DeployVirtualMachine
from core.model.commands.volume import AttachVolume, CreateVolume, UploadVolume
from core.model.errors import Integrity, NoCapacity
from core.model.hypervisors import Hypervisor
from core.model.inventory import Inventory
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import Account, Cluster, Domain, Job, Pod, Pool, User, Volume, Zone
from core.plane import ControlPlane
from core.runtime import Runtime
from sim.guest import WritePattern
from sim.site import SimulatedSite
from sim.spec import (
    GIB,
    MIB,
    DataDiskSpec,
    HostSpec,
    LocalStorageSpec,
    PoolSpec,
    SiteSpec,
    StoreSpec,
    TemplateSpec,
)
from sim.virtual.run import run_kernel
from sim.world import World
from tests.simulation.power import CuttableJournal, Mains, MeddledSite, Meddling, PowerCut

SETTLE_S = 7200.0
SITE = SiteSpec(
    hosts=(
        HostSpec(name="h1", local_storage=(LocalStorageSpec(uuid="local-1", path="/mnt/l1"),)),
        HostSpec(name="h2", local_storage=(LocalStorageSpec(uuid="local-2", path="/mnt/l2"),)),
    ),
    pools=(
        PoolSpec(name="p1"),
        PoolSpec(name="p2"),
        PoolSpec(name="r1", type=PoolType.RBD),
        PoolSpec(name="l1", type=PoolType.FILESYSTEM, host="h1"),
        PoolSpec(name="l2", type=PoolType.FILESYSTEM, host="h2"),
        PoolSpec(name="fire", type=PoolType.ISCSI),
        PoolSpec(name="dsc", type=PoolType.DATASTORE_CLUSTER),
        PoolSpec(name="ds1", type=PoolType.VMFS, parent="dsc"),
        PoolSpec(name="ds2", type=PoolType.VMFS, parent="dsc"),
        PoolSpec(name="lin", type=PoolType.LINSTOR, satellites=("h1", "node2"), replicas=2),
    ),
    stores=(StoreSpec(name="s1"), StoreSpec(name="s2")),
    templates=(
        TemplateSpec(name="root", size_bytes=1 * GIB, written_bytes=200 * MIB),
        TemplateSpec(name="data.qcow2", size_bytes=1 * GIB, written_bytes=400 * MIB),
        TemplateSpec(
            name="shop",
            size_bytes=1 * GIB,
            written_bytes=100 * MIB,
            format=DiskFormat.OVA,
            data_disks=(DataDiskSpec(written_bytes=40 * MIB), DataDiskSpec()),
        ),
        TemplateSpec(
            name="disc", size_bytes=64 * MIB, written_bytes=64 * MIB, format=DiskFormat.ISO
        ),
    ),
    writes=WritePattern(hourly_bytes_per_s=(30e6,)),
    block_bytes=4 * MIB,
)


class Stage:
    """The zone; `plane` is the control plane that runs now."""

    def __init__(self, runtime: Runtime, site: SimulatedSite, seed: int) -> None:
        self.runtime = runtime
        self.world: World = site.world
        self.mains = Mains(self.world.plane_dies)
        self.journal = CuttableJournal(self.mains)
        self.meddling = Meddling()
        self.plane: ControlPlane
        self.caller = Caller(
            user_id="u", account_id="admin", domain_id="ROOT", role=Role.ADMIN, username="admin"
        )
        self.ids: dict[str, str] = {}
        self._site = MeddledSite(site, self.mains, self.meddling)
        self._random = Random(seed)

    @property
    def inventory(self) -> Inventory:
        """The records as the plane knows them."""
        return self.plane.inventory

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """A control plane, until the block ends or the power is cut."""
        try:
            async with ControlPlane.open(
                self.runtime, self.journal, self._site, self._random
            ) as self.plane:
                yield
        except BaseException:
            # Whatever else is said while the lights go out comes from the cut.
            if not self.mains.is_off:
                raise

    async def do(self, command: Command) -> Any:
        """Carry a command out to its end, and answer its object's fields; it must succeed."""
        answer = msgspec.to_builtins(await self.plane.submit(command, self.caller))
        if "jobid" in answer:
            job = await self.plane.wait_job(answer["jobid"], self.caller, SETTLE_S)
            assert job.jobstatus == 1, job
            return answer["id"]
        return next(iter(answer.values()))

    async def ask(self, command: Command) -> list[dict[str, Any]]:
        """The rows of a list."""
        answer = msgspec.to_builtins(await self.plane.submit(command, self.caller))
        rows: list[dict[str, Any]] = answer.get(command.returns, [])
        return rows

    async def begin(self, command: Command) -> str:
        """Begin a job; answers its id."""
        answer = msgspec.to_builtins(await self.plane.submit(command, self.caller))
        return str(answer["jobid"])

    async def has_room(self, command: Command) -> bool:
        """Carry it out, unless nothing has room for it."""
        try:
            await self.do(command)
        except NoCapacity:
            return False
        return True

    async def attempt(self, command: Command) -> Job:
        """Carry a command out to its end, be that good or bad; answers its job."""
        with suppress(Integrity):
            await self.plane.submit(command, self.caller)
        await self.settle()
        return self.last_job(command)

    def last_job(self, command: Command) -> Job:
        """The newest job of such a command, which may have had newer ones done; else of any."""
        name, jobs = command_name(type(command)), list(self.inventory.all(Job))
        return next((job for job in reversed(jobs) if job.command == name), jobs[-1])

    async def cut_after(self, seconds: float, command: Command) -> None:
        """Carry the command out, and cut the plane off so many seconds after its beginning."""
        with self.runtime.scope(seconds):
            await self.do(command)
            await self.settle()
            return
        self.mains.cut()
        raise PowerCut

    async def settle(self) -> None:
        """Wait until no job is in progress."""
        while pending := list(self.inventory.having(Job, "status", "pending")):
            job = await self.plane.wait_job(pending[0].id, self.caller, SETTLE_S)
            assert job.jobstatus != 0, job

    async def build(self) -> None:
        """The zone with its hosts, storage, offerings and a template."""
        cluster = Cluster(
            id="c1", name="c1", zone_id="z1", pod_id="pod1", hypervisor=Hypervisor.KVM
        )
        await self.plane.found(
            [
                Domain(id="ROOT", name="ROOT", path="ROOT"),
                Account(id="admin", name="admin", domain_id="ROOT", role=Role.ADMIN),
                User(id="u", username="admin", account_id="admin", token_sha256=""),
                Zone(id="z1", name="z1"),
                Pod(id="pod1", name="pod1", zone_id="z1"),
                cluster,
            ]
        )
        await self.do(add_host("h1"))
        await self.do(create_pool("p1", "nfs"))
        await self.do(add_store("s1"))
        self.ids["disk"] = (await self.do(CreateDiskOffering(name="small", disk_size=1)))["id"]
        offering = await self.do(CreateServiceOffering(name="tiny"))
        self.ids["offering"] = offering["id"]
        self.ids["template"] = (await self.do(register("root")))["id"]
        await self.settle()

    def pool(self, name: str) -> str:
        """Id of the pool of that name."""
        return next(pool.id for pool in self.inventory.all(Pool) if pool.name == name)

    async def enter(self, account: Account) -> Caller:
        """A user of a new account, who has come in."""
        user = User(id=f"u-{account.id}", username="x", account_id=account.id, token_sha256="")
        await self.plane.found([account, user])
        return Caller(
            user_id=user.id,
            account_id=account.id,
            domain_id=account.domain_id,
            role=account.role,
            username=user.username,
        )

    async def machine(self) -> None:
        """A running machine vm with a root disk, and an attached data volume data."""
        await self.do(create_pool("p2", "nfs"))
        self.ids["vm"] = await self.do(deploy(self))
        self.ids["data"] = await self.do(CreateVolume(disk_offering_id=self.ids["disk"]))
        await self.do(AttachVolume(id=self.ids["data"], virtual_machine_id=self.ids["vm"]))
        roots = self.inventory.having(Volume, "vm", self.ids["vm"])
        self.ids["root"] = next(volume.id for volume in roots if volume.type == "ROOT")
        await self.runtime.sleep(30.0)

    async def add_machine(self, name: str) -> str:
        """Id of another machine of the stage's template."""
        return str(await self.do(msgspec.structs.replace(deploy(self), name=name)))

    def volume(self, name: str) -> Volume:
        """The volume as it is recorded."""
        return self.inventory.get(Volume, self.ids[name])

    def other_pool(self, name: str) -> str:
        """Another NFS pool than the one that the volume is on."""
        here = self.volume(name).pool_id
        return next(self.pool(pool) for pool in ("p1", "p2") if self.pool(pool) != here)


def add_host(name: str) -> AddHost:
    """A command addHost of a host of the site."""
    return AddHost(
        zone_id="z1",
        pod_id="pod1",
        cluster_id="c1",
        url=f"sim://{name}",
        hypervisor=Hypervisor.KVM,
        name=name,
    )


def create_pool(name: str, scheme: str) -> CreateStoragePool:
    """A command createStoragePool of a pool of the site."""
    return CreateStoragePool(
        zone_id="z1", name=name, url=f"{scheme}://{name}/export", cluster_id="c1"
    )


def add_store(name: str) -> AddImageStore:
    """A command addImageStore of a store of the site."""
    return AddImageStore(provider="NFS", url=f"nfs://{name}/export", name=name, zone_id="z1")


def register(name: str) -> RegisterTemplate:
    """A command registerTemplate of a template of the site."""
    return RegisterTemplate(
        name=name,
        url=f"sim://templates/{name}",
        format="QCOW2",
        hypervisor=Hypervisor.KVM,
        zone_id="z1",
    )


def upload(name: str = "mine") -> UploadVolume:
    """A command uploadVolume of an image of the site."""
    return UploadVolume(name=name, url="sim://templates/data.qcow2", format="QCOW2", zone_id="z1")


def deploy(stage: Stage, *, start: bool = True, account: str | None = None) -> DeployVirtualMachine:
    """A command deployVirtualMachine of the stage's template."""
    return DeployVirtualMachine(
        zone_id="z1",
        service_offering_id=stage.ids["offering"],
        template_id=stage.ids["template"],
        start_vm=start,
        name="vm",
        account=account,
    )


def play(body: Callable[[Stage], Awaitable[None]], seed: int = 1) -> None:
    """Run a body on a fresh stage, on the kernel."""

    async def main(runtime: Runtime) -> None:
        async with SimulatedSite.open(runtime, SITE, Random(seed)) as site:
            await body(Stage(runtime, site, seed))

    run_kernel(main)
