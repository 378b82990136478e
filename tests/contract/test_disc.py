"""What every site must do with ISOs: bring them in, and show them in the drives of VMs."""

from msgspec.structs import replace

from core.driver import HypervisorDriver, ImageDriver
from core.driver_words import Address, ImageInfo
from core.model import errors
from core.model.pool_types import DiskFormat
from tests.contract.rig import DISK_BYTES, OP, Rig, prepared_vm, refused, running_vm, silent

PATH = "template/tmpl/a/disc.iso"


async def fetched(
    rig: Rig, store: ImageDriver, path: str = PATH, *, format: DiskFormat = DiskFormat.ISO
) -> ImageInfo:
    """The rig's ISO in a store."""
    source = rig.disc()
    return await store.fetch(
        OP,
        path,
        source.url,
        format=format,
        checksum=source.checksum,
        size_limit_bytes=DISK_BYTES,
        progress=silent,
    )


async def inside(host: HypervisorDriver) -> str:
    """Where the disc is that the only VM has in its drive."""
    (guest,) = (await host.probe()).guests
    return guest.iso


def test_an_iso_is_fetched_and_copied_to_another_store(rig: Rig) -> None:
    """It has its size, its checksum, and every byte."""

    async def body() -> None:
        store, other = rig.store(), rig.store()
        image = await fetched(rig, store)
        source = rig.disc()
        assert (image.path, image.size_bytes) == (PATH, source.size_bytes)
        assert (image.format, image.checksum) == (DiskFormat.ISO, source.checksum)
        await other.store(OP, PATH, store.address(PATH), silent)
        copy = await rig.again(other).inspect(PATH)
        assert copy is not None
        assert (copy.size_bytes, copy.format) == (image.size_bytes, DiskFormat.ISO)
        assert await rig.digest(other.address(PATH)) == await rig.digest(store.address(PATH))

    rig.run(body)


def test_what_is_no_iso_is_refused_as_one_and_an_iso_as_a_disk(rig: Rig) -> None:
    """Nothing is left of either."""

    async def body() -> None:
        store = rig.store()
        await refused(errors.Invalid, fetched(rig, store, "disk", format=DiskFormat.QCOW2))
        source = rig.download()
        call = store.fetch(
            OP,
            PATH,
            source.url,
            format=DiskFormat.ISO,
            checksum="",
            size_limit_bytes=DISK_BYTES,
            progress=silent,
        )
        await refused(errors.Invalid, call)
        assert await store.list_objects("") == ()

    rig.run(body)


def test_a_running_vm_sees_a_disc_until_it_is_taken_out(rig: Rig) -> None:
    """Both calls may be made again, and a new driver sees the same."""

    async def body() -> None:
        host, pool, store = rig.host(), rig.pool(), rig.store()
        await fetched(rig, store)
        await running_vm(rig, host, pool)
        assert await inside(host) == ""
        disc = store.address(PATH)
        await host.insert_iso(OP, "vm", disc)
        await host.insert_iso(OP, "vm", disc)
        assert await inside(rig.again(host)) == disc.location
        await host.eject_iso("op-2", "vm")
        await host.eject_iso("op-2", "vm")
        assert await inside(host) == ""
        await host.insert_iso("op-3", "vm", disc)
        assert await inside(host) == disc.location
        await rig.wait_for_writes("vm", 1)

    rig.run(body)


def test_a_vm_starts_with_a_disc(rig: Rig) -> None:
    """It still boots from its disk."""

    async def body() -> None:
        host, pool, store = rig.host(), rig.pool(), rig.store()
        await fetched(rig, store)
        vm = await prepared_vm(rig, pool)
        await host.start_vm(OP, replace(vm, iso=store.address(PATH)))
        assert await inside(host) == store.address(PATH).location
        await rig.wait_for_writes("vm", 1)
        await host.eject_iso("op-2", "vm")
        assert await inside(host) == ""

    rig.run(body)


def test_a_drive_holds_one_disc_and_a_disc_may_be_in_many(rig: Rig) -> None:
    """The second disc is a Conflict."""

    async def body() -> None:
        host, pool, store = rig.host(), rig.pool(), rig.store()
        await fetched(rig, store)
        await fetched(rig, store, "other.iso")
        for vm_id in ("one", "two"):
            await running_vm(rig, host, pool, vm_id)
            await host.insert_iso(f"insert {vm_id}", vm_id, store.address(PATH))
        await refused(errors.Conflict, host.insert_iso("op-2", "one", store.address("other.iso")))
        places = {guest.iso for guest in (await host.probe()).guests}
        assert places == {store.address(PATH).location}

    rig.run(body)


def test_what_is_not_there_goes_into_no_drive(rig: Rig) -> None:
    """Neither an ISO nor a VM that is not there."""

    async def body() -> None:
        host, pool, store = rig.host(), rig.pool(), rig.store()
        await fetched(rig, store)
        vm = await prepared_vm(rig, pool)
        missing: Address = replace(store.address(PATH), location=store.address(PATH).location + "x")
        await refused(errors.NotFound, host.start_vm(OP, replace(vm, iso=missing)))
        assert (await host.probe()).guests == ()
        await refused(errors.NotFound, host.insert_iso(OP, "vm", store.address(PATH)))
        await refused(errors.NotFound, host.eject_iso(OP, "vm"))
        await host.start_vm(OP, vm)
        await refused(errors.NotFound, host.insert_iso(OP, "vm", missing))
        assert await inside(host) == ""

    rig.run(body)
