"""How disks are named and described to QEMU."""

from core.driver_words import Address, AttachedDisk
from drivers.qemu import block
from tests.drivers.bench import QCOW2


def test_a_nodes_name_is_short_and_its_own() -> None:
    """QEMU takes 31 letters, and a file's node and its filter are told apart."""
    long = "/" + "x" * 4000
    names = {block.node_name(long, kind) for kind in (block.NODE, block.FILTER)}
    assert len(names) == 2
    assert all(len(name) <= 31 for name in names)
    assert block.node_name("/a") != block.node_name("/b")


def test_no_backing_file_is_ever_opened() -> None:
    """Whatever the header of the disk says."""
    address = Address(protocol="file", location="/disk", format=QCOW2)
    assert block.node_options(address)["backing"] is None


def test_a_durable_disk_has_no_write_cache() -> None:
    """The guest is told of a write when it lasts."""
    address = Address(protocol="file", location="/disk", format=QCOW2)
    disk = AttachedDisk(device_id=1, name="x" * 50, address=address, size_bytes=1)
    for durable, cache in ((True, "off"), (False, "on")):
        options = block.device_options(disk, durable=durable)
        assert options["write-cache"] == cache
        assert options["serial"] == "x" * 36
