"""What every image store does with images that hold only changes, and with archives."""

from core.driver import ImageDriver
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import MIB, Rig, filled, refused, silent

OP = "op"


async def keeps_differences(rig: Rig, store: ImageDriver) -> bool:
    """Whether it does; one that does not must say so and make nothing."""
    pool = rig.pool()
    source = await filled(rig, pool, "probe")
    await store.store(OP, "probe", source, silent)
    try:
        await store.store(OP, "probe2", source, silent, base="probe")
    except errors.Unsupported:
        assert await store.inspect("probe2") is None
        return False
    await store.remove(OP, "probe2")
    await store.remove(OP, "probe")
    return True


def test_only_what_differs_takes_room_and_all_is_read(rig: Rig) -> None:
    """Or the store says that it cannot."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        if not await keeps_differences(rig, store):
            return
        address = await filled(rig, pool, written_bytes=4 * MIB)
        whole = await store.store(OP, "one", address, silent)
        before = await rig.digest(address)
        await rig.fill(address, MIB)
        room = await store.probe()
        change = await store.store(OP, "two", address, silent, base="one")
        assert await store.store(OP, "two", address, silent, base="one") == change
        assert 0 < change.physical_bytes < whole.physical_bytes
        assert (await store.probe()).used_bytes == room.used_bytes + change.physical_bytes
        assert await rig.digest(store.address("one")) == before
        assert await rig.digest(store.address("two")) == await rig.digest(address)

    rig.run(body)


def test_nothing_changed_takes_no_room(rig: Rig) -> None:
    """The image is its base's, under another name."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        if not await keeps_differences(rig, store):
            return
        address = await filled(rig, pool)
        await store.store(OP, "one", address, silent)
        room = await store.probe()
        same = await store.store(OP, "two", address, silent, base="one")
        assert same.physical_bytes == 0
        assert await store.probe() == room
        assert await rig.digest(store.address("two")) == await rig.digest(address)

    rig.run(body)


def test_a_base_stays_as_long_as_it_is_needed(rig: Rig) -> None:
    """Then both are gone with their room."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        if not await keeps_differences(rig, store):
            return
        address = await filled(rig, pool)
        empty = await store.probe()
        await store.store(OP, "one", address, silent)
        await rig.fill(address, MIB)
        await store.store(OP, "two", address, silent, base="one")
        await refused(errors.Busy, store.remove(OP, "one"))
        await store.remove(OP, "two")
        await store.remove(OP, "one")
        assert await store.probe() == empty

    rig.run(body)


def test_a_base_that_is_not_there_is_refused(rig: Rig) -> None:
    """And nothing is made."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        if not await keeps_differences(rig, store):
            return
        address = await filled(rig, pool)
        await refused(errors.NotFound, store.store(OP, "two", address, silent, base="one"))
        assert await store.inspect("two") is None

    rig.run(body)


def test_an_image_that_is_one_file_is_not_packed(rig: Rig) -> None:
    """A QCOW2 image is its own archive, an absent one has none."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        address = await filled(rig, pool)
        await store.store(OP, "one", address, silent)
        await refused(errors.Unsupported, store.package(OP, "one", "packed", silent))
        await refused(errors.NotFound, store.package(OP, "nothing", "packed", silent))
        assert await store.inspect("packed") is None
        assert (await store.store(OP, "one", address, silent)).format != DiskFormat.OVA

    rig.run(body)
