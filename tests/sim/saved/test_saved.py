"""A saved world is the same world: what it holds, what its drivers answer, how it goes on."""

from collections.abc import Awaitable, Callable
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.driver_words import DiskSpec
from core.model import errors
from sim.auditor import lost_writes
from sim.saved.saved import load, save
from sim.site import SimulatedSite
from sim.spec import MIB, SiteSpec
from tests.contract.rig import refused
from tests.sim.small_site import DISK_BYTES, QCOW2, SMALL, Small, play, silent

POOLS = ("nfs", "nfs2", "rbd", "local")
NAMES = ("a", "b")
BULK = msgspec.structs.replace(SMALL, exact=False)
Step = Callable[[Small, str, str], Awaitable[object]]


async def boot(small: Small, name: str, pool: str) -> None:
    """Start a VM of the disk's name on the disk."""
    await small.boot(small.attached(name, pool), vm_id=name)


async def attach(small: Small, name: str, pool: str) -> None:
    """Plug the disk into the other name's VM."""
    other = NAMES[1 - NAMES.index(name)]
    await small.host().attach_disk("op", other, small.attached(name, pool, device_id=1))


async def mirror(small: Small, name: str, pool: str) -> None:
    """Move the VM's root disk to the pool."""
    kind = small.world.pools[pool].row.formats[0]
    target = DiskSpec(name=name, size_bytes=DISK_BYTES, format=kind)
    await small.pool(pool).create_disk("op", target, None, silent)
    await small.host().mirror_disk(f"to {pool}", name, 0, small.attached(name, pool), silent)


async def back_up(small: Small, name: str, pool: str) -> None:
    """Snapshot the VM's root disk to the store."""
    place = await small.store().prepare("op", pool, format=QCOW2, size_bytes=DISK_BYTES)
    await small.host().snapshot_disk(f"op {name} {pool}", name, 0, place, silent)


STEPS: dict[str, Step] = {
    "make": lambda small, name, pool: small.disk(name, pool, written_bytes=MIB),
    "remove": lambda small, name, pool: small.pool(pool).remove_disk("op", name),
    "resize": lambda small, name, pool: small.pool(pool).resize_disk(
        "op", name, 8 * MIB, shrink=True
    ),
    "snapshot": lambda small, name, pool: small.pool(pool).take_snapshot("op", name, "s"),
    "forget": lambda small, name, pool: small.pool(pool).remove_snapshot("op", name, "s"),
    "boot": boot,
    "attach": attach,
    "detach": lambda small, name, _: small.host().detach_disk("op", name, 1),
    "stop": lambda small, name, _: small.host().stop_vm("op", name, forced=True),
    "mirror": mirror,
    "back up": back_up,
    "commit": lambda small, _, pool: small.store().commit("op", pool),
    "store": lambda small, name, pool: small.store().store(
        "op", f"{name} {pool}", small.pool(pool).address(name), silent
    ),
    "store changes": lambda small, name, pool: small.store().store(
        "op",
        f"{name} {pool} since",
        small.pool(pool).address(name),
        silent,
        base=f"{name} {pool}",
    ),
    "revert": lambda small, name, pool: small.pool(pool).revert_snapshot("op", name, "s"),
    "replace": lambda small, name, pool: small.pool(pool).replace_disk(
        "op",
        DiskSpec(name=name, size_bytes=DISK_BYTES, format=QCOW2),
        small.store().address(f"{name} {pool}"),
        silent,
    ),
    "wait": lambda small, _name, _pool: small.runtime.sleep(3.3),
}
PLANS = st.lists(
    st.tuples(st.sampled_from(list(STEPS)), st.sampled_from(NAMES), st.sampled_from(POOLS)),
    max_size=25,
)


async def take(small: Small, plan: list[tuple[str, str, str]]) -> None:
    """Take the steps that the site allows."""
    for step, name, pool in plan:
        try:
            await STEPS[step](small, name, pool)
        except errors.ForebayError:
            continue


async def seen(small: Small) -> list[object]:
    """All that the drivers and the auditor say."""
    found: list[object] = [lost_writes(small.world), await small.store().list_objects("")]
    for host in small.world.hosts:
        found += [await small.host(host).probe(), await small.host(host).statistics()]
    for pool in POOLS:
        found += [await small.pool(pool).probe(), await small.pool(pool).list_objects("")]
        found += [await small.pool(pool).inspect(name) for name in NAMES]
    found.append({key: (row.name, row.number) for key, row in small.world.ledger.items()})
    return [*found, small.world.stores["s1"].room.space()]


def reopened(small: Small, body: Callable[[Small], Awaitable[None]]) -> Awaitable[None]:
    """Let the body have a new world that holds what the site's holds now."""
    data = save(small.world)

    async def main() -> None:
        async with SimulatedSite.open(small.runtime, small.world.spec, Random(2)) as site:
            load(data, site.world)
            await body(Small(site, small.runtime))

    return main()


@pytest.mark.parametrize("spec", [SMALL, BULK], ids=["exact", "bulk"])
@settings(max_examples=40, deadline=None)
@given(plan=PLANS)
def test_after_any_calls_a_saved_world_is_the_same_and_goes_on(
    spec: SiteSpec, plan: list[tuple[str, str, str]]
) -> None:
    """Bytes are the same when saved again; both worlds answer alike, now and later."""

    async def body(small: Small) -> None:
        await take(small, plan)

        async def compare(other: Small) -> None:
            assert save(other.world) == save(small.world)
            assert await seen(other) == await seen(small)
            await small.runtime.sleep(20.0)
            assert await seen(other) == await seen(small)
            for pool in POOLS:
                for name, disk in small.world.pools[pool].disks.items():
                    assert other.world.pools[pool].disks[name].content.same_as(disk.content)

        await reopened(small, compare)

    play(body, spec=spec)


def test_a_guest_has_written_while_nobody_simulated_it() -> None:
    """It wrote on from the saved moment, over all the time that has passed."""

    async def body(small: Small) -> None:
        await small.disk()
        await small.boot(small.attached())
        await small.runtime.sleep(5.0)
        data = save(small.world)
        await small.runtime.sleep(60.0)
        async with SimulatedSite.open(small.runtime, SMALL, Random(2)) as site:
            load(data, site.world)
            assert lost_writes(site.world) == []
            assert site.world.ledger["vm", 0].number == 130

    play(body)


def test_a_disc_stays_in_its_drive() -> None:
    """Whatever was in there when the VM started."""

    async def body(small: Small) -> None:
        await small.disk()
        await small.boot(small.attached())
        (guest,) = (each for host in small.world.hosts.values() for each in host.guests.values())
        guest.iso = "sim://store/s1/disc.iso"

        async def check(other: Small) -> None:
            assert (await other.host().probe()).guests[0].iso == guest.iso

        await reopened(small, check)

    play(body)


async def start(
    small: Small, call: Awaitable[object], check: Callable[[], Awaitable[None]]
) -> None:
    """Begin a call, check in the middle of it, and give it up."""

    async def run() -> None:
        await call

    async with small.runtime.nursery() as nursery:
        nursery.start_soon(run)
        await small.runtime.sleep(2.0)
        await check()
        nursery.cancel()


def test_a_mirror_under_way_is_gone_and_can_be_made_again() -> None:
    """The guest stays on its source; what was to be the copy is no copy, and takes no room."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        await small.disk("copy", "nfs2")
        await small.boot(small.attached())
        target = small.attached("copy", "nfs2")
        used = (await small.pool("nfs2").probe()).used_bytes

        async def check(other: Small) -> None:
            guest = (await other.host().probe()).guests[0]
            assert (guest.disks[0].name, guest.copying) == ("disk", ())
            assert (await other.pool("nfs2").probe()).used_bytes <= used + 64 * 1024
            await other.host().mirror_disk("op", "vm", 0, target, silent)
            assert (await other.host().probe()).guests[0].disks[0].name == "copy"
            assert lost_writes(other.world) == []
            await other.pool().remove_disk("op", "disk")
            assert lost_writes(other.world) == []

        mirroring = small.host().mirror_disk("op", "vm", 0, target, silent)
        await start(small, mirroring, lambda: reopened(small, check))

    play(body)


def test_a_snapshot_under_way_is_torn_and_can_be_made_again() -> None:
    """Nobody can commit the place before."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        await small.boot(small.attached())
        place = await small.store().prepare("op", "p", format=QCOW2, size_bytes=DISK_BYTES)

        async def check(other: Small) -> None:
            assert (await other.store().probe()).used_bytes == 0
            await refused(errors.Integrity, other.store().commit("op", "p"))
            again = await other.store().prepare("op", "p", format=QCOW2, size_bytes=DISK_BYTES)
            await other.host().snapshot_disk("op", "vm", 0, again, silent)
            assert (await other.store().commit("op", "p")).physical_bytes > 4 * MIB

        copying = small.host().snapshot_disk("op", "vm", 0, place, silent)
        await start(small, copying, lambda: reopened(small, check))

    play(body)


def test_a_copy_of_a_pool_under_way_is_a_partial() -> None:
    """It takes room, is no object, and goes when the copy is made again."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=4 * MIB)
        copy = DiskSpec(name="copy", size_bytes=DISK_BYTES, format=QCOW2)
        source = small.pool().address("disk")

        async def check(other: Small) -> None:
            pool = other.pool("nfs2")
            assert (await pool.probe()).used_bytes == 4 * MIB
            assert await pool.list_objects("") == ()
            await pool.create_disk("op", copy, source, silent)
            assert (await pool.probe()).used_bytes == 4 * MIB
            await pool.verify_copy("op", "copy", source, silent)

        copying = small.pool("nfs2").create_disk("op", copy, source, silent)
        await start(small, copying, lambda: reopened(small, check))

    play(body)


def test_what_disks_share_is_saved_once() -> None:
    """Many disks of one template take little more than one."""

    async def body(small: Small) -> None:
        await small.store().fetch(
            "op",
            "t",
            "sim://templates/root",
            format=QCOW2,
            checksum="",
            size_limit_bytes=DISK_BYTES,
            progress=silent,
        )
        sizes: list[int] = []
        for number in range(8):
            disk = DiskSpec(name=f"d{number}", size_bytes=DISK_BYTES, format=QCOW2)
            source = small.store().address("t")
            await small.pool().create_disk("op", disk, source, silent)
            sizes.append(len(save(small.world)))
        assert all(later - size < 300 for size, later in pairwise(sizes))

    play(body)


def test_what_is_no_saved_world_of_this_site_is_refused() -> None:
    """Cut off, altered by a bit, or of another site."""

    async def body(small: Small) -> None:
        await small.disk(written_bytes=MIB)
        data = save(small.world)
        altered = bytes((*data[:-1], data[-1] ^ 1))
        other = msgspec.structs.replace(SMALL, block_bytes=MIB)
        for spec, given_data in ((SMALL, data[:-1]), (SMALL, altered), (SMALL, b""), (other, data)):
            async with SimulatedSite.open(small.runtime, spec, Random(2)) as site:
                with pytest.raises(errors.Integrity) as caught:
                    load(given_data, site.world)
                assert caught.value.hint
                assert not site.world.pools["nfs"].disks

    play(body)


def test_the_world_is_kept_after_each_call_that_changed_it() -> None:
    """Before the call answers, and not for calls that look or fail."""
    kept: list[int] = []

    async def body(small: Small) -> None:
        async def changed() -> None:
            kept.append(len(small.world.pools["nfs"].disks))

        small.site.keep(changed)
        await small.disk("a")
        await small.disk("b")
        assert kept == [1, 2]
        await small.pool().inspect("a")
        await small.pool().list_objects("")
        await refused(errors.NotFound, small.pool().take_snapshot("op", "c", "s"))
        assert kept == [1, 2]
        await small.pool().remove_disk("op", "a")
        assert kept == [1, 2, 1]

    play(body)
