"""The auditor finds what a guest was told and a disk has not."""

from sim.auditor import lost_writes
from sim.disk.content import Blocks
from tests.sim.small_site import Small, play


def test_a_healthy_site_has_lost_nothing() -> None:
    """Whether its guests run, were stopped or died."""

    async def body(small: Small) -> None:
        for name in ("runs", "stopped", "died"):
            await small.disk(name)
            await small.boot(small.attached(name), vm_id=name)
        await small.runtime.sleep(10.0)
        await small.host().stop_vm("op", "stopped", forced=False)
        small.world.guest_dies(small.world.hosts["h1"], "died")
        await small.runtime.sleep(10.0)
        assert lost_writes(small.world) == []
        assert {key: row.number for key, row in small.world.ledger.items()} == {
            ("runs", 0): 40,
            ("stopped", 0): 20,
            ("died", 0): 20,
        }

    play(body)


def test_lost_writes_are_named() -> None:
    """A disk that is gone, one that went back in time, and one with a wrong block."""

    async def body(small: Small) -> None:
        pool = small.world.pools["nfs"]
        for name in ("gone", "old", "torn"):
            await small.disk(name)
            await small.boot(small.attached(name), vm_id=name)
        await small.runtime.sleep(10.0)
        past = pool.disks["old"].content.fork()
        for name in ("gone", "old", "torn"):
            await small.host().stop_vm("op", name, forced=True)
        await small.pool().remove_disk("op", "gone")
        pool.disks["old"].content = past
        torn = pool.disks["torn"].content
        assert isinstance(torn, Blocks)
        torn.write(torn.place(17), 0)
        found = lost_writes(small.world)
        assert [line.partition(" ")[0] for line in found] == ["vm/gone", "vm/old", "vm/torn"]

    play(body)
