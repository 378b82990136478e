"""What every image store must do: fetch images, take in disks, and let hosts fill places."""

import pytest

from core.driver_words import DiskSpec
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.images import PATH, fetch
from tests.contract.rig import (
    DISK_BYTES,
    MIB,
    OP,
    Rig,
    cut_short,
    filled,
    refused,
    silent,
)

QCOW2, RAW = DiskFormat.QCOW2, DiskFormat.RAW
SMALL_BYTES = 256 * 1024


def test_a_fetched_image_has_its_size_and_checksum(rig: Rig) -> None:
    """What is answered is what is found, but for the checksum, which is only known to fetching."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        image = await fetch(store, source)
        assert (image.path, image.size_bytes, image.format) == (PATH, DISK_BYTES, QCOW2)
        assert image.checksum == source.checksum
        held = await store.inspect(PATH)
        assert held is not None
        assert (held.size_bytes, held.physical_bytes) == (image.size_bytes, image.physical_bytes)

    rig.run(body)


def test_fetching_twice_makes_one_image(rig: Rig) -> None:
    """The second call answers the same and takes no room."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        first = await fetch(store, source)
        space = await store.probe()
        assert await fetch(store, source) == first
        assert await store.probe() == space

    rig.run(body)


@pytest.mark.parametrize(
    ("flaw", "error"),
    [
        ("backing file", errors.Invalid),
        ("garbage", errors.Invalid),
        ("missing", errors.NotFound),
        ("forbidden", errors.Invalid),
    ],
)
def test_a_flawed_image_is_refused(rig: Rig, flaw: str, error: type[errors.ForebayError]) -> None:
    """Nothing of it stays."""

    async def body() -> None:
        store = rig.store()
        before = await store.probe()
        await refused(error, fetch(store, rig.download(flaw=flaw), checksum=""))
        assert await store.inspect(PATH) is None
        assert await store.probe() == before

    rig.run(body)


@pytest.mark.parametrize(
    ("checksum", "error"),
    [
        ("{SHA-256}" + "0" * 64, errors.Integrity),
        ("0" * 32, errors.Integrity),
        ("not a checksum", errors.Invalid),
        ("{CRC}" + "0" * 32, errors.Invalid),
    ],
)
def test_a_wrong_checksum_is_refused(
    rig: Rig, checksum: str, error: type[errors.ForebayError]
) -> None:
    """Nothing of the image stays, and the right one is taken afterwards."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        await refused(error, fetch(store, source, checksum=checksum))
        assert await store.inspect(PATH) is None
        assert await fetch(store, source)

    rig.run(body)


def test_an_image_of_another_format_is_refused(rig: Rig) -> None:
    """A QCOW2 image is no RAW image, and VMDK is none that KVM could use."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        await refused(errors.Invalid, fetch(store, source, format=DiskFormat.RAW))
        await refused(errors.Unsupported, fetch(store, source, format=DiskFormat.VMDK))
        assert await store.inspect(PATH) is None

    rig.run(body)


def test_an_image_of_one_disk_is_not_unpacked(rig: Rig) -> None:
    """It has no other disks; nor has an image that is not there."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        assert (await fetch(store, source)).data_disks == ()
        await refused(errors.Unsupported, store.unpack(OP, PATH, 1, "disk", silent))
        await refused(errors.NotFound, store.unpack(OP, "nothing", 1, "disk", silent))
        assert await store.inspect("disk") is None

    rig.run(body)


@pytest.mark.parametrize("limit_bytes", [SMALL_BYTES, DISK_BYTES - 512])
def test_an_image_over_the_limit_is_refused(rig: Rig, limit_bytes: int) -> None:
    """Whether its file is larger, or only the disk in it."""

    async def body() -> None:
        store = rig.store()
        await refused(errors.Invalid, fetch(store, rig.download(), limit_bytes=limit_bytes))
        assert await store.inspect(PATH) is None

    rig.run(body)


def test_a_full_store_refuses_an_image(rig: Rig) -> None:
    """It keeps nothing of it."""

    async def body() -> None:
        store = rig.store(capacity_bytes=SMALL_BYTES)
        await refused(errors.NoCapacity, fetch(store, rig.download()))
        assert await store.inspect(PATH) is None
        assert (await store.probe()).used_bytes < SMALL_BYTES

    rig.run(body)


def test_a_cancelled_fetch_leaves_nothing_and_can_be_made_again(rig: Rig) -> None:
    """It is cancelled at its first report."""

    async def body() -> None:
        store, source = rig.store(), rig.download()
        before = await store.probe()
        assert await cut_short(rig, lambda progress: fetch(store, source, progress=progress))
        assert await store.inspect(PATH) is None
        assert await store.probe() == before
        assert (await fetch(store, source)).checksum == source.checksum

    rig.run(body)


def test_a_stored_disk_has_every_byte(rig: Rig) -> None:
    """The disk stays as it was, and storing it twice makes one image."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        source = await filled(rig, pool)
        digest = await rig.digest(source)
        image = await store.store(OP, PATH, source, silent)
        assert (image.path, image.size_bytes, image.format) == (PATH, DISK_BYTES, QCOW2)
        assert await rig.digest(store.address(PATH)) == await rig.digest(source) == digest
        await rig.fill(source, MIB)
        assert await store.store(OP, PATH, source, silent) == image == await store.inspect(PATH)
        assert await rig.digest(store.address(PATH)) == digest

    rig.run(body)


def test_a_stored_snapshot_has_the_bytes_of_its_moment(rig: Rig) -> None:
    """What was written to the disk later is not in the image."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        source = await filled(rig, pool)
        digest = await rig.digest(source)
        await pool.take_snapshot(OP, "disk", "s1")
        await rig.fill(source, MIB)
        await store.store(OP, PATH, pool.address("disk", "s1"), silent)
        assert await rig.digest(store.address(PATH)) == digest

    rig.run(body)


def test_storing_what_is_not_there_is_refused(rig: Rig) -> None:
    """Neither an absent disk nor an absent snapshot makes an image."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        await filled(rig, pool)
        for source in (pool.address("nothing"), pool.address("disk", "nothing")):
            await refused(errors.NotFound, store.store(OP, PATH, source, silent))
        assert await store.inspect(PATH) is None

    rig.run(body)


def test_a_full_store_refuses_a_disk(rig: Rig) -> None:
    """It keeps nothing of it."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store(capacity_bytes=MIB)
        source = await filled(rig, pool, written_bytes=4 * MIB)
        await refused(errors.NoCapacity, store.store(OP, PATH, source, silent))
        assert await store.inspect(PATH) is None
        assert (await store.probe()).used_bytes < MIB

    rig.run(body)


def test_a_cancelled_store_leaves_nothing_and_can_be_made_again(rig: Rig) -> None:
    """The disk is unharmed."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        size_bytes = 2 * rig.long_bytes
        source = await filled(rig, pool, size_bytes=size_bytes, written_bytes=rig.long_bytes)
        digest = await rig.digest(source)
        before = await store.probe()
        assert await cut_short(
            rig, lambda progress: store.store(OP, PATH, source, progress), at=0.05
        )
        assert await store.inspect(PATH) is None
        assert await store.probe() == before
        await store.store(OP, PATH, source, silent)
        assert await rig.digest(store.address(PATH)) == await rig.digest(source) == digest

    rig.run(body)


def test_what_a_killed_control_plane_left_counts_as_nothing(rig: Rig) -> None:
    """The same call made again replaces it, and removing takes it away."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        source = await filled(rig, pool)
        before = await store.probe()
        await rig.leave_partial(store, PATH)
        assert await store.inspect(PATH) is None
        await store.store(OP, PATH, source, silent)
        assert await rig.digest(store.address(PATH)) == await rig.digest(source)
        await store.remove(OP, PATH)
        await rig.leave_partial(store, PATH)
        await store.remove(OP, PATH)
        assert await store.probe() == before

    rig.run(body)


def test_an_image_is_copied_in_its_own_format_when_that_is_asked(rig: Rig) -> None:
    """Whatever the store makes of disks otherwise; the bytes are the same."""

    async def body() -> None:
        pool, here, there = rig.pool(), rig.store(), rig.store()
        await pool.create_disk(
            OP, DiskSpec(name="raw", size_bytes=DISK_BYTES, format=RAW), None, silent
        )
        await rig.fill(pool.address("raw"), MIB)
        kept = await here.store(OP, PATH, pool.address("raw"), silent, as_is=True)
        again = await there.store(OP, PATH, here.address(PATH), silent, as_is=True)
        assert (kept.format, again.format) == (RAW, RAW)
        assert there.address(PATH).format is RAW
        assert await rig.digest(there.address(PATH)) == await rig.digest(pool.address("raw"))

    rig.run(body)


def test_a_true_image_is_verified_and_a_wrong_one_refused(rig: Rig) -> None:
    """Against the image of another store that it was copied from, and against a changed disk."""

    async def body() -> None:
        pool, here, there = rig.pool(), rig.store(), rig.store()
        address = await filled(rig, pool)
        await here.store(OP, PATH, address, silent)
        await there.store(OP, PATH, here.address(PATH), silent)
        await there.verify_copy(OP, PATH, here.address(PATH), silent)
        await rig.fill(address, MIB, start_bytes=MIB)
        await refused(errors.Integrity, there.verify_copy(OP, PATH, address, silent))
        nothing = here.address("nothing")
        await refused(errors.NotFound, there.verify_copy(OP, PATH, nothing, silent))
        await refused(errors.NotFound, there.verify_copy(OP, "nothing", address, silent))

    rig.run(body)


def test_an_image_becomes_disks_of_pools(rig: Rig) -> None:
    """Fetched or stored, its every byte arrives on the pool."""

    async def body() -> None:
        pool, store = rig.pool(), rig.store()
        await fetch(store, rig.download())
        disk = DiskSpec(name="root", size_bytes=2 * DISK_BYTES, format=QCOW2)
        await pool.create_disk(OP, disk, store.address(PATH), silent)
        assert await rig.digest(pool.address("root")) == await rig.digest(store.address(PATH))

    rig.run(body)


def test_a_prepared_place_is_no_image_until_it_is_committed(rig: Rig) -> None:
    """Both prepare and commit may be called again; the second answers the same."""

    async def body() -> None:
        store = rig.store()
        place = await store.prepare(OP, PATH, format=QCOW2, size_bytes=DISK_BYTES)
        assert await store.prepare(OP, PATH, format=QCOW2, size_bytes=DISK_BYTES) == place
        assert await store.inspect(PATH) is None
        image = await store.commit(OP, PATH)
        assert (image.path, image.size_bytes, image.format) == (PATH, DISK_BYTES, QCOW2)
        assert await store.commit(OP, PATH) == image == await store.inspect(PATH)

    rig.run(body)


def test_what_was_never_prepared_cannot_be_committed(rig: Rig) -> None:
    """The same holds for what was prepared and removed."""

    async def body() -> None:
        store = rig.store()
        await refused(errors.NotFound, store.commit(OP, PATH))
        await store.prepare(OP, PATH, format=QCOW2, size_bytes=DISK_BYTES)
        await store.remove(OP, PATH)
        await refused(errors.NotFound, store.commit(OP, PATH))

    rig.run(body)


def test_a_removed_image_is_gone_with_its_room(rig: Rig) -> None:
    """Removing it once more is success."""

    async def body() -> None:
        store = rig.store()
        before = await store.probe()
        await fetch(store, rig.download())
        await store.remove(OP, PATH)
        await store.remove(OP, PATH)
        assert await store.inspect(PATH) is None
        assert await store.probe() == before

    rig.run(body)


def test_images_are_listed_folder_by_folder(rig: Rig) -> None:
    """A folder that is not there is NotFound."""

    async def body() -> None:
        store = rig.store()
        assert await store.list_objects("") == ()
        await fetch(store, rig.download())
        (top,) = await store.list_objects("")
        assert (top.path, top.directory) == ("template", True)
        (image,) = await store.list_objects("template/1/2")
        assert image.path.startswith(PATH)
        assert not image.directory
        assert image.size_bytes > 0
        await refused(errors.NotFound, store.list_objects("nothing"))

    rig.run(body)


def test_a_new_driver_finds_what_an_old_one_made(rig: Rig) -> None:
    """A restarted control plane sees images, and can commit what was prepared."""

    async def body() -> None:
        store = rig.store()
        await fetch(store, rig.download())
        await store.prepare(OP, "snapshots/1", format=QCOW2, size_bytes=DISK_BYTES)
        new = rig.again(store)
        assert await new.inspect(PATH) == await store.inspect(PATH)
        assert await new.probe() == await store.probe()
        assert new.address(PATH) == store.address(PATH)
        assert await new.commit(OP, "snapshots/1")

    rig.run(body)
