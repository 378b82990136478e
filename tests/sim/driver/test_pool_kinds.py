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
