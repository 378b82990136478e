"""What LINSTOR and storage systems do that files do not: nodes, replicas, rates."""

from msgspec.structs import replace

from core.driver_words import DiskSpec, LocalStorage
from core.model import errors
from core.model.pool_types import PoolType
from sim.spec import MIB, HostSpec, LocalStorageSpec, PoolSpec
from tests.contract.rig import refused
from tests.sim.small_site import DISK_BYTES, RAW, SMALL, Small, play, silent

SPEC = replace(
    SMALL,
    hosts=(
        HostSpec(name="h1", local_storage=(LocalStorageSpec(uuid="u1", path="/mnt/disks"),)),
        HostSpec(name="h2"),
    ),
    pools=(
        *SMALL.pools,
        PoolSpec(name="lin", type=PoolType.LINSTOR, satellites=("h1",), replicas=2),
        PoolSpec(name="fire", type=PoolType.ISCSI),
    ),
)
DISK = DiskSpec(name="disk", size_bytes=DISK_BYTES, format=RAW)


def test_linstor_is_reached_from_its_nodes_only() -> None:
    """A host without a satellite of its name finds nothing; the one with it starts machines."""

    async def body(small: Small) -> None:
        await small.disk(pool="lin")
        await refused(errors.NotFound, small.boot(small.attached(pool="lin"), host="h2"))
        await small.boot(small.attached(pool="lin"))

    play(body, spec=SPEC)


def test_each_replica_takes_room() -> None:
    """Two replicas take twice the bytes, also while a copy is being made."""

    async def body(small: Small) -> None:
        await small.disk(pool="lin", written_bytes=2 * MIB)
        assert (await small.pool("lin").probe()).used_bytes == 4 * MIB
        room = small.world.pools["lin"].room
        room.take("copy", MIB)
        assert room.used_bytes == 6 * MIB
        room.give("copy")
        await small.pool("lin").remove_disk("op", "disk")
        assert (await small.pool("lin").probe()).used_bytes == 0

    play(body, spec=SPEC)


def test_a_storage_system_keeps_the_rates_of_each_disk() -> None:
    """They are set as often as wanted, taken away by zeroes, and must not contradict each other."""

    async def body(small: Small) -> None:
        pool = small.pool("fire")
        await pool.create_disk("op", DISK, None, silent)
        for rates in ((100, 200), (100, 200), (0, 50), (0, 0)):
            await pool.set_qos("op", "disk", min_iops=rates[0], max_iops=rates[1])
            found = await pool.inspect("disk")
            assert found is not None
            assert (found.min_iops, found.max_iops) == rates
        await refused(errors.Invalid, pool.set_qos("op", "disk", min_iops=3, max_iops=2))
        await refused(errors.NotFound, pool.set_qos("op", "none", min_iops=1, max_iops=2))

    play(body, spec=SPEC)


def test_a_host_tells_its_folders() -> None:
    """Those of its configuration, with their UUIDs."""

    async def body(small: Small) -> None:
        told = (await small.host("h1").probe()).local_storage
        assert told == (LocalStorage(uuid="u1", path="/mnt/disks"),)
        assert (await small.host("h2").probe()).local_storage == ()

    play(body, spec=SPEC)


def test_a_node_with_replicas_needs_no_network() -> None:
    """A copy between two such pools takes the pools' time; on a diskless node the card's."""
    slow_card = tuple(replace(host, nic_bytes_per_s=MIB) for host in SPEC.hosts)
    lin = PoolSpec(
        name="lin",
        type=PoolType.LINSTOR,
        satellites=("h1", "h2"),
        read_bytes_per_s=8 * MIB,
        write_bytes_per_s=8 * MIB,
    )
    spec = replace(SPEC, hosts=slow_card, pools=(lin, replace(lin, name="lin2")), timing="instant")
    took_s: dict[str, float] = {}

    async def body(small: Small) -> None:
        for name in ("h1", "h2"):
            await small.disk(f"from-{name}", "lin", written_bytes=8 * MIB)
            await small.disk(f"to-{name}", "lin2")
            root = small.attached(f"from-{name}", "lin")
            await small.boot(root, vm_id=f"vm-{name}", host=name)
            began_s = small.runtime.now()
            target = small.attached(f"to-{name}", "lin2")
            await small.host(name).mirror_disk(f"op-{name}", f"vm-{name}", 0, target, silent)
            took_s[name] = small.runtime.now() - began_s

    play(body, spec=spec)
    assert took_s["h1"] < 2.0
    assert took_s["h2"] > 7.0


def test_storage_with_nodes_tells_them() -> None:
    """And on how many of them each byte lies; other storage has none."""

    async def body(small: Small) -> None:
        space = await small.pool("lin").probe()
        assert (space.nodes, space.replicas) == (("h1",), 2)
        space = await small.pool("nfs").probe()
        assert (space.nodes, space.replicas) == ((), 1)

    play(body, spec=SPEC)
