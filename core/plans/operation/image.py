"""What image stores can be asked to let their drivers do."""

from core.model.pool_types import DiskFormat
from core.plans.operation.address import Operation, Source


class FetchImage(Operation, frozen=True, kw_only=True, tag="fetch_image"):
    """ImageDriver.fetch; with `upload_id` ImageDriver.receive of what comes with that ticket."""

    path: str
    url: str
    format: DiskFormat
    checksum: str
    size_limit_bytes: int
    upload_id: str = ""


class StoreImage(Operation, frozen=True, kw_only=True, tag="store_image"):
    """ImageDriver.store."""

    path: str
    source: Source
    base: str = ""
    as_is: bool = False


class VerifyImage(Operation, frozen=True, kw_only=True, tag="verify_image"):
    """ImageDriver.verify_copy."""

    path: str
    source: Source


class PackImage(Operation, frozen=True, kw_only=True, tag="pack_image"):
    """ImageDriver.package."""

    path: str
    archive: str


class UnpackDisk(Operation, frozen=True, kw_only=True, tag="unpack_disk"):
    """ImageDriver.unpack."""

    path: str
    number: int
    target: str


class RemoveImage(Operation, frozen=True, kw_only=True, tag="remove_image"):
    """ImageDriver.remove."""

    path: str


class ProbeStore(Operation, frozen=True, kw_only=True, tag="probe_store"):
    """ImageDriver.probe."""
