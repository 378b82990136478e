"""The snapshot storm's site: hosts full of machines, put there as records and running guests."""

from math import exp
from random import Random
from typing import NamedTuple

from core.driver_words import AttachedDisk, VmSpec
from core.model.access import Caller
from core.model.commands.command import Role
from core.model.hypervisors import Hypervisor
from core.model.ids import new_id
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import (
    Account,
    AnyRecord,
    Cluster,
    Domain,
    Host,
    ImageStore,
    Pod,
    Pool,
    SettingValue,
    User,
    Vm,
    Volume,
    Zone,
)
from core.model.settings import setting_id
from core.model.states import HostState, PoolState, VmState, VolumeState
from sim.disk.disk import Disk
from sim.guest import Guest
from sim.site import SimulatedSite
from sim.spec import GIB, MIB, HostSpec, PoolSpec, SiteSpec, StoreSpec
from sim.world import World

HOSTS_PER_STORE = 100
STORE_BYTES_PER_S = 1.25e9
VOLUMES_PER_HOST = 50
HOSTS_PER_CLUSTER = 10
PLACES_PER_HOST = 4
EXPIRE_MINUTES = 240
DAY_S = 86_400
VOLUME_BYTES = 40 * GIB
# A lognormal with median 2.6e9 and sigma 1 has a mean of 4.3e9 bytes.
WRITTEN_MEDIAN_BYTES = 2.6e9
# Looks whose pauses are in ms.
LOOKS_MS = ("storage.stats.interval", "volume.stats.interval", "capacity.check.period")
CALLER = Caller(user_id="admin", account_id="admin", domain_id="root", role=Role.ADMIN, username="")


class Machine(NamedTuple):
    """A virtual machine with one disk."""

    host: int
    vm_id: str
    volume_id: str
    written_bytes: int


def machines(hosts: int, random: Random) -> list[Machine]:
    """All machines, in the order in which they are snapshotted: host after host."""
    return [
        Machine(host, new_id(random), new_id(random), _written_bytes(random))
        for host in range(hosts)
        for _ in range(VOLUMES_PER_HOST)
    ]


def _written_bytes(random: Random) -> int:
    return min(VOLUME_BYTES, int(WRITTEN_MEDIAN_BYTES * exp(random.gauss(0.0, 1.0))))


def clusters(hosts: int) -> int:
    """How many clusters, each with a pool of its own, so many hosts need."""
    return -(-hosts // HOSTS_PER_CLUSTER)


def stores(hosts: int) -> int:
    """How many image stores: so few that at any size of the site some jobs expire."""
    return max(1, hosts // HOSTS_PER_STORE)


def site_spec(hosts: int) -> SiteSpec:
    """What the simulator makes of it: amounts instead of single blocks, because of the size."""
    return SiteSpec(
        hosts=tuple(HostSpec(name=f"host{number}") for number in range(hosts)),
        pools=tuple(PoolSpec(name=f"pool{number}") for number in range(clusters(hosts))),
        stores=tuple(
            StoreSpec(name=f"store{number}", write_bytes_per_s=STORE_BYTES_PER_S)
            for number in range(stores(hosts))
        ),
        exact=False,
    )


def records(hosts: int, all_machines: list[Machine], *, looks: bool) -> list[AnyRecord]:
    """What the control plane knows of the site.

    With `looks` it looks at every host, pool and volume as often as by default, else once a day.
    """
    settings = {
        "concurrent.snapshots.threshold.perhost": PLACES_PER_HOST,
        "job.expire.minutes": EXPIRE_MINUTES,
    }
    if not looks:
        settings |= {"ping.interval": DAY_S}
        settings |= dict.fromkeys(LOOKS_MS, DAY_S * 1000)
    known: list[AnyRecord] = [
        Domain(id="root", name="ROOT", path="ROOT"),
        Account(id="admin", name="admin", domain_id="root", role=Role.ADMIN),
        User(id="admin", username="admin", account_id="admin", token_sha256=""),
        Zone(id="zone", name="zone"),
        Pod(id="pod", name="pod", zone_id="zone"),
    ]
    known += [
        SettingValue(
            id=setting_id(name, "global", ""),
            name=name,
            scope="global",
            scope_id="",
            value=str(value),
        )
        for name, value in settings.items()
    ]
    for number in range(clusters(hosts)):
        known += [_cluster(number), _pool(number)]
    known += [_host(number) for number in range(hosts)]
    known += [_store(number) for number in range(stores(hosts))]
    for machine in all_machines:
        known += [_vm(machine), _volume(machine)]
    return known


def _cluster(number: int) -> Cluster:
    return Cluster(
        id=f"cluster{number}",
        name=f"cluster{number}",
        zone_id="zone",
        pod_id="pod",
        hypervisor=Hypervisor.KVM,
    )


def _pool(number: int) -> Pool:
    return Pool(
        id=f"pool{number}",
        name=f"pool{number}",
        url=f"nfs://pool{number}/",
        type=PoolType.NFS,
        scope="CLUSTER",
        zone_id="zone",
        pod_id="pod",
        cluster_id=f"cluster{number}",
        capacity_bytes=PoolSpec(name="").capacity_bytes,
        state=PoolState.UP,
    )


def _host(number: int) -> Host:
    return Host(
        id=f"host{number}",
        name=f"host{number}",
        url=f"sim://host{number}",
        zone_id="zone",
        pod_id="pod",
        cluster_id=f"cluster{number // HOSTS_PER_CLUSTER}",
        hypervisor=Hypervisor.KVM,
        cpus=64,
        memory_bytes=512 * GIB,
        state=HostState.UP,
    )


def _store(number: int) -> ImageStore:
    return ImageStore(
        id=f"store{number}",
        name=f"store{number}",
        url=f"nfs://store{number}/",
        provider="NFS",
        protocol="nfs",
        up=True,
        capacity_bytes=StoreSpec(name="").capacity_bytes,
    )


def _vm(machine: Machine) -> Vm:
    return Vm(
        id=machine.vm_id,
        name=f"vm-{machine.vm_id[:8]}",
        account_id="admin",
        domain_id="root",
        zone_id="zone",
        service_offering_id="",
        template_id="",
        hypervisor=Hypervisor.KVM,
        cpus=1,
        memory_bytes=512 * MIB,
        host_id=f"host{machine.host}",
        last_host_id=f"host{machine.host}",
        state=VmState.RUNNING,
    )


def _volume(machine: Machine) -> Volume:
    return Volume(
        id=machine.volume_id,
        name=f"ROOT-{machine.vm_id[:8]}",
        account_id="admin",
        domain_id="root",
        zone_id="zone",
        type="ROOT",
        size_bytes=VOLUME_BYTES,
        disk_offering_id="",
        pool_id=f"pool{machine.host // HOSTS_PER_CLUSTER}",
        vm_id=machine.vm_id,
        device_id=0,
        state=VolumeState.READY,
    )


def populate(site: SimulatedSite, all_machines: list[Machine]) -> None:
    """Let every machine run in the simulated world, with its disk."""
    for machine in all_machines:
        _run(site.world, site, machine)


def _run(world: World, site: SimulatedSite, machine: Machine) -> None:
    name = f"pool{machine.host // HOSTS_PER_CLUSTER}"
    pool = world.pools[name]
    content = world.blank(VOLUME_BYTES)
    world.fill(content, machine.written_bytes)
    disk = Disk(machine.volume_id, DiskFormat.QCOW2, content, pool.room, world.runtime.now())
    pool.disks[machine.volume_id] = disk
    attached = AttachedDisk(
        device_id=0,
        name=machine.volume_id,
        address=site.storage(name, f"nfs://{name}/").address(machine.volume_id),
        size_bytes=VOLUME_BYTES,
    )
    vm = VmSpec(
        vm_id=machine.vm_id, name=machine.vm_id, cpus=1, memory_bytes=512 * MIB, disks=(attached,)
    )
    guest = world.hosts[f"host{machine.host}"].guests[machine.vm_id] = Guest(vm)
    world.open_slot(guest, attached, disk)
