"""A zone that is only records: two clusters, pools of every kind, four accounts; nothing runs."""

from random import Random
from typing import TypeVar

from core.model.access import Caller
from core.model.commands.command import Command, Role
from core.model.hypervisors import Hypervisor
from core.model.inventory import Inventory
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import (
    Account,
    Cluster,
    DiskOffering,
    Domain,
    Host,
    ImageStore,
    Pod,
    Pool,
    Record,
    ResourceLimit,
    ServiceOffering,
    SettingValue,
    Snapshot,
    StoreRef,
    Template,
    Vm,
    VmSnapshot,
    Volume,
    Zone,
)
from core.model.settings import Settings, setting_id
from core.model.states import (
    HostState,
    PoolState,
    RefState,
    SnapshotState,
    TemplateState,
    VmState,
    VolumeState,
)
from core.plans.context import GIB, Context
from core.plans.effects import events_of
from core.plans.quota import limit_id
from core.plans.step import Claim, Effect, Plan
from core.plans.table import PLANS

NOW_S = 1_767_225_600.0
R = TypeVar("R", bound=Record)

ADMIN = Caller(
    user_id="u-admin", account_id="admin", domain_id="ROOT", role=Role.ADMIN, username="admin"
)
DORA = Caller(
    user_id="u-dora", account_id="dora", domain_id="sales", role=Role.DOMAIN_ADMIN, username="dora"
)
ALICE = Caller(
    user_id="u-alice", account_id="alice", domain_id="sales", role=Role.USER, username="alice"
)
BOB = Caller(user_id="u-bob", account_id="bob", domain_id="lab", role=Role.USER, username="bob")


class SmallZone:
    """The records, and what tests ask of them.

    Domains: ROOT > sales, ROOT > lab. Zone z1 (local storage allowed) with clusters c1 (hosts h1,
    h2) and c2 (host h3), zone z2 (empty). Pools: nfs and more of c1, far of c2, wide and rbd of
    z1, local of h1.
    """

    def __init__(self) -> None:
        self.inventory = Inventory()
        self.settings = Settings(self.inventory)
        self.random = Random(1)
        for record in (*_places(), *_storage(), *_offerings(), *_template()):
            self.add(record)

    def add(self, record: R) -> R:
        """Put a record into the inventory."""
        self.inventory.put(record)
        return record

    def set(self, name: str, value: object, scope: str = "global", scope_id: str = "") -> None:
        """Change a setting."""
        record_id = setting_id(name, scope, scope_id)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        self.add(SettingValue(id=record_id, name=name, scope=scope, scope_id=scope_id, value=text))

    def limit(self, account_id: str, resource: str, maximum: int, tag: str = "") -> None:
        """Give an account a limit of its own."""
        record_id = limit_id("account", account_id, resource, tag)
        self.add(
            ResourceLimit(
                id=record_id,
                scope="account",
                scope_id=account_id,
                resource=resource,
                maximum=maximum,
                tag=tag,
            )
        )

    def context(self, caller: Caller = ALICE) -> Context:
        """What plans are given."""
        return Context(self.inventory, self.settings, caller, NOW_S, self.random, "job-1")

    def volume(self, id: str = "vol", /, **fields: object) -> Volume:
        """A Ready data volume of alice on pool nfs, unless told otherwise."""
        given: dict[str, object] = {
            "name": id,
            "account_id": "alice",
            "domain_id": "sales",
            "zone_id": "z1",
            "type": "DATADISK",
            "size_bytes": GIB,
            "disk_offering_id": "small",
            "pool_id": "nfs",
            "state": VolumeState.READY,
        }
        return self.add(Volume(id=id, **{**given, **fields}))  # type: ignore[arg-type]

    def allocated(self, id: str = "vol", /, **fields: object) -> Volume:
        """A data volume that is only a record."""
        return self.volume(id, **{"pool_id": "", "state": VolumeState.ALLOCATED, **fields})

    def vm(self, id: str = "vm", /, **fields: object) -> Vm:
        """A machine of alice that runs on host h1, unless told otherwise, without volumes."""
        given: dict[str, object] = {
            "name": id,
            "account_id": "alice",
            "domain_id": "sales",
            "zone_id": "z1",
            "service_offering_id": "tiny",
            "template_id": "debian",
            "hypervisor": Hypervisor.KVM,
            "cpus": 1,
            "memory_bytes": GIB,
            "host_id": "h1",
            "last_host_id": "h1",
            "state": VmState.RUNNING,
        }
        return self.add(Vm(id=id, **{**given, **fields}))  # type: ignore[arg-type]

    def stopped_vm(self, id: str = "vm", /, **fields: object) -> Vm:
        """A machine that last ran on host h1."""
        return self.vm(id, **{"host_id": "", "state": VmState.STOPPED, **fields})

    def root(self, vm_id: str = "vm", /, **fields: object) -> Volume:
        """The root disk of a machine."""
        given: dict[str, object] = {
            "type": "ROOT",
            "vm_id": vm_id,
            "device_id": 0,
            "disk_offering_id": "tiny-root",
            "template_id": "debian",
            "size_bytes": 2 * GIB,
        }
        return self.volume(f"root-{vm_id}", **{**given, **fields})

    def snapshot(self, id: str = "snap", /, **fields: object) -> Snapshot:
        """A snapshot of volume vol that an image store has."""
        given: dict[str, object] = {
            "name": id,
            "account_id": "alice",
            "domain_id": "sales",
            "zone_id": "z1",
            "volume_id": "vol",
            "volume_name": "vol",
            "volume_type": "DATADISK",
            "disk_offering_id": "small",
            "size_bytes": GIB,
            "state": SnapshotState.BACKED_UP,
        }
        self.ref(id, "snapshot")
        return self.add(Snapshot(id=id, **{**given, **fields}))  # type: ignore[arg-type]

    def vm_snapshot(self, id: str = "vs", /, **fields: object) -> VmSnapshot:
        """A snapshot of machine vm, with nothing inside."""
        given: dict[str, object] = {
            "name": id,
            "description": "",
            "account_id": "alice",
            "domain_id": "sales",
            "zone_id": "z1",
            "vm_id": "vm",
        }
        return self.add(VmSnapshot(id=id, **{**given, **fields}))  # type: ignore[arg-type]

    def ref(self, of_id: str, of_kind: str, **fields: object) -> StoreRef:
        """An image on store s1."""
        given: dict[str, object] = {
            "store_id": "s1",
            "of_kind": of_kind,
            "of_id": of_id,
            "account_id": "alice",
            "path": f"{of_kind}s/{of_id}",
            "format": DiskFormat.QCOW2,
            "size_bytes": GIB,
            "state": RefState.READY,
        }
        return self.add(StoreRef(id=f"ref-{of_id}", **{**given, **fields}))  # type: ignore[arg-type]

    def check(self, command: Command, caller: Caller = ALICE) -> None:
        """Ask for admission, as the plane does."""
        row = PLANS[type(command)]
        for check in (*row.checks, *row.once):
            check(self.context(caller), command)

    def claim(self, command: Command, caller: Caller = ALICE) -> Claim:
        """Admit the command, and let its claim take effect."""
        self.check(command, caller)
        claim = PLANS[type(command)].claim(self.context(caller), command)
        self.apply(claim.effects)
        return claim

    def plan(self, command: Command, caller: Caller = ALICE) -> Plan:
        """Admit the command, claim, and answer its plan."""
        claim = self.claim(command, caller)
        make = PLANS[type(command)].plan
        assert make is not None
        return make(self.context(caller), command, claim.id)

    def apply(self, effects: tuple[Effect, ...]) -> None:
        """Let effects happen."""
        for effect in effects:
            for event in events_of(effect, self.inventory, "job-1"):
                self.inventory.apply(event)

    def run(self, plan: Plan) -> None:
        """Let a plan's effects happen as if every step had been done; nothing is learnt."""
        for step in plan.steps:
            self.apply(step.begin)
            unlearnt = (e for e in step.commit if not getattr(e, "learn", None))
            self.apply(tuple(unlearnt))


def _places() -> tuple[Record, ...]:
    def host(id: str, cluster_id: str) -> Host:
        return Host(
            id=id,
            name=id,
            url=f"sim://{id}",
            zone_id="z1",
            pod_id="pod",
            cluster_id=cluster_id,
            hypervisor=Hypervisor.KVM,
            memory_bytes=8 * GIB,
            state=HostState.UP,
        )

    def account(id: str, domain_id: str, role: Role) -> Account:
        return Account(id=id, name=id, domain_id=domain_id, role=role)

    def cluster(id: str) -> Cluster:
        return Cluster(id=id, name=id, zone_id="z1", pod_id="pod", hypervisor=Hypervisor.KVM)

    return (
        Domain(id="ROOT", name="ROOT", path="ROOT"),
        Domain(id="sales", name="sales", path="ROOT/sales", parent_id="ROOT"),
        Domain(id="lab", name="lab", path="ROOT/lab", parent_id="ROOT"),
        account("admin", "ROOT", Role.ADMIN),
        account("dora", "sales", Role.DOMAIN_ADMIN),
        account("alice", "sales", Role.USER),
        account("bob", "lab", Role.USER),
        Zone(id="z1", name="one", local_storage_enabled=True),
        Zone(id="z2", name="two"),
        Pod(id="pod", name="pod", zone_id="z1"),
        cluster("c1"),
        cluster("c2"),
        host("h1", "c1"),
        host("h2", "c1"),
        host("h3", "c2"),
    )


def _storage() -> tuple[Record, ...]:
    def pool(id: str, type: PoolType, scope: str, **fields: object) -> Pool:
        given: dict[str, object] = {
            "name": id,
            "url": f"nfs://{id}/export",
            "zone_id": "z1",
            "hypervisor": Hypervisor.KVM,
            "capacity_bytes": 100 * GIB,
            "state": PoolState.UP,
        }
        return Pool(id=id, type=type, scope=scope, **{**given, **fields})  # type: ignore[arg-type]

    return (
        pool("nfs", PoolType.NFS, "CLUSTER", cluster_id="c1", pod_id="pod"),
        pool("more", PoolType.NFS, "CLUSTER", cluster_id="c1", pod_id="pod", tags=("ssd", "fast")),
        pool("far", PoolType.NFS, "CLUSTER", cluster_id="c2", pod_id="pod"),
        pool("wide", PoolType.NFS, "ZONE"),
        pool("rbd", PoolType.RBD, "ZONE"),
        pool("local", PoolType.FILESYSTEM, "HOST", cluster_id="c1", pod_id="pod", host_id="h1"),
        ImageStore(
            id="s1",
            name="s1",
            url="nfs://s1/export",
            provider="NFS",
            protocol="nfs",
            zone_id="z1",
            up=True,
            capacity_bytes=1000 * GIB,
        ),
    )


def _offerings() -> tuple[Record, ...]:
    def disk(id: str, **fields: object) -> DiskOffering:
        return DiskOffering(id=id, name=id, display_text=id, **fields)  # type: ignore[arg-type]

    return (
        disk("small", size_bytes=GIB),
        disk("large", size_bytes=10 * GIB),
        disk("custom"),
        disk("tagged", size_bytes=GIB, tags=("ssd",)),
        disk("both", size_bytes=GIB, tags=("ssd", "slow")),
        disk("onhost", size_bytes=GIB, storage_type="local"),
        disk("rated", size_bytes=GIB, min_iops=100, max_iops=200),
        disk("free-rated", customized_iops=True),
        disk("tiny-root", service_offering_id="tiny"),
        disk("fixed-root", service_offering_id="fixed", size_bytes=5 * GIB),
        ServiceOffering(
            id="tiny",
            name="tiny",
            display_text="tiny",
            cpus=1,
            cpu_mhz=1000,
            memory_bytes=GIB,
            disk_offering_id="tiny-root",
        ),
        ServiceOffering(
            id="fixed",
            name="fixed",
            display_text="fixed",
            cpus=2,
            cpu_mhz=1000,
            memory_bytes=2 * GIB,
            disk_offering_id="fixed-root",
        ),
    )


def _template() -> tuple[Record, ...]:
    return (
        Template(
            id="debian",
            name="debian",
            display_text="debian",
            account_id="admin",
            domain_id="ROOT",
            zone_id="z1",
            url="https://images.example/debian.qcow2",
            format=DiskFormat.QCOW2,
            hypervisor=Hypervisor.KVM,
            public=True,
            size_bytes=2 * GIB,
            state=TemplateState.DOWNLOADED,
        ),
        StoreRef(
            id="ref-debian",
            store_id="s1",
            of_kind="template",
            of_id="debian",
            account_id="admin",
            path="template/tmpl/admin/debian",
            format=DiskFormat.QCOW2,
            size_bytes=2 * GIB,
            state=RefState.READY,
        ),
    )
