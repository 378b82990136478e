"""Images as the contract suite brings them to a store."""

from core.driver import ImageDriver, Progress
from core.driver_words import ImageInfo
from core.model.pool_types import DiskFormat
from tests.contract.rig import DISK_BYTES, OP, Download, silent

PATH = "template/1/2/image"


async def fetch(
    store: ImageDriver,
    source: Download,
    *,
    checksum: str | None = None,
    format: DiskFormat = DiskFormat.QCOW2,
    limit_bytes: int = 4 * DISK_BYTES,
    progress: Progress = silent,
) -> ImageInfo:
    """Fetch to PATH what would be accepted, unless something is said otherwise."""
    return await store.fetch(
        OP,
        PATH,
        source.url,
        format=format,
        checksum=source.checksum if checksum is None else checksum,
        size_limit_bytes=limit_bytes,
        progress=progress,
    )
