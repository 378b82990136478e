"""Calls qemu-img: with the format named, without `-U`, and on absolute paths only."""

import re
from collections.abc import Callable

import msgspec

from core.driver import Progress
from core.driver_words import Address
from core.model import errors
from core.model.pool_types import DiskFormat
from drivers import process
from drivers.process import Limits

QUICK = Limits(timeout_s=60.0)
CHECK = Limits(timeout_s=3600.0)
GUARDED = Limits(timeout_s=60.0, cpu_s=30, address_space_bytes=1 << 30)
COPY_LEAST_S = 3600.0
COPY_LEAST_BYTES_PER_S = 1_000_000
REPORT = re.compile(rb"\(([\d.]+)/100%\)")
DIFFERENT = 1
CORRUPT, LEAKING = 2, 3


class Facts(msgspec.Struct, frozen=True, kw_only=True, rename={"size_bytes": "virtual-size"}):
    """What `qemu-img info` says of an image, as far as we ask."""

    size_bytes: int
    format: str


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What `qemu-img measure` says: the bytes that a copy will take."""

    required: int


def driver_of(format: DiskFormat) -> str:
    """QEMU's name of a format; to it a disc is a raw image."""
    if format is DiskFormat.ISO:
        return driver_of(DiskFormat.RAW)
    return format.value.lower()


def file_name(location: str, subject: str) -> str:
    """An absolute path in a form of which QEMU takes no part for a protocol or an option."""
    if not location.startswith("/") or "\0" in location:
        hint = "give the absolute path of a file"
        raise errors.Invalid(f"{location!r} is no absolute path", object=subject, hint=hint)
    return f"file:{location}"


def image_options(location: str, format: DiskFormat, subject: str) -> str:
    """The same image for `--image-opts`; commas in its path are doubled, as QEMU's options want."""
    path = file_name(location, subject).removeprefix("file:").replace(",", ",,")
    return f"driver={driver_of(format)},file.driver=file,file.filename={path}"


async def create(
    location: str, format: DiskFormat, size_bytes: int, subject: str, *, telltale: bool = False
) -> None:
    """Make a blank image. Raises NoCapacity, Unavailable.

    `telltale`: a qcow2 image with lazy refcounts, which shows when its writer was killed.
    """
    command = ["qemu-img", "create", "-q", "-f", driver_of(format)]
    if telltale and format is DiskFormat.QCOW2:
        command += ["-o", "lazy_refcounts=on"]
    command += [file_name(location, subject), str(size_bytes)]
    await process.run(command, subject=subject, limits=QUICK)


async def convert(
    source: Address, location: str, format: DiskFormat, size_bytes: int, progress: Progress
) -> None:
    """Copy `source`, of `size_bytes`, to a new image at `location`.

    Raises NotFound and Busy (source), NoCapacity, Deadline after an hour and a second a megabyte.
    """
    subject = f"file/{location}"
    command = ["qemu-img", "convert", "-p", "-f", driver_of(source.format)]
    command += ["-O", driver_of(format)]
    if source.snapshot:
        command += ["-l", f"snapshot.name={source.snapshot}"]
    command += [file_name(source.location, subject), file_name(location, subject)]
    reports = _reports(progress, size_bytes)
    await process.run(command, subject=subject, limits=_copy_limits(size_bytes), listen=reports)


async def resize(
    location: str, format: DiskFormat, size_bytes: int, subject: str, *, shrink: bool = False
) -> None:
    """Set an image's size. Raises Busy (it is open), NoCapacity."""
    command = ["qemu-img", "resize", "-q", "-f", driver_of(format)]
    command += ["--shrink"] if shrink else []
    command += [file_name(location, subject), str(size_bytes)]
    await process.run(command, subject=subject, limits=QUICK)


async def take_snapshot(location: str, snapshot: str, subject: str) -> None:
    """Add an internal snapshot to a qcow2 image. Raises Busy (it is open), NoCapacity."""
    await _snapshot("-c", location, snapshot, subject)


async def revert_snapshot(location: str, snapshot: str, subject: str) -> None:
    """Let a qcow2 image be as an internal snapshot of it. Raises Busy (it is open), NoCapacity."""
    await _snapshot("-a", location, snapshot, subject)


async def remove_snapshot(location: str, snapshot: str, subject: str) -> None:
    """Remove an internal snapshot of a qcow2 image. Raises Busy (it is open)."""
    await _snapshot("-d", location, snapshot, subject)


async def _snapshot(option: str, location: str, snapshot: str, subject: str) -> None:
    options = image_options(location, DiskFormat.QCOW2, subject)
    command = ("qemu-img", "snapshot", "-q", option, snapshot, "--image-opts", options)
    await process.run(command, subject=subject, limits=QUICK)


async def compare(
    first: Address, second_name: str, second_driver: str, size_bytes: int, progress: Progress
) -> bool:
    """Whether two images hold the same bytes; a longer one must go on with zeroes.

    `second_name` is a file in file_name's form, or the URL of an NBD export of our own.
    """
    subject = f"file/{first.location}"
    command = ["qemu-img", "compare", "-p", "-f", driver_of(first.format), "-F", second_driver]
    command += [file_name(first.location, subject), second_name]
    finished = await process.run(
        command,
        subject=subject,
        limits=_copy_limits(size_bytes),
        accepted=(0, DIFFERENT),
        listen=_reports(progress, size_bytes),
    )
    return finished.code != DIFFERENT


async def info(location: str, format: DiskFormat, subject: str) -> Facts:
    """What QEMU itself reads of an image that our own reading has accepted, under tight limits."""
    name = file_name(location, subject)
    command = ("qemu-img", "info", "--output=json", "-f", driver_of(format), name)
    finished = await process.run(command, subject=subject, limits=GUARDED)
    return msgspec.json.decode(finished.output, type=Facts)


async def check(location: str, subject: str, repair: str = "") -> dict[str, str]:
    """What is wrong with a qcow2 image's structure, by qemu-img's names; "leaks" or "all" mended.

    Raises Busy (it is open), Deadline.
    """
    command = ["qemu-img", "check", "--output=json", "-f", driver_of(DiskFormat.QCOW2)]
    command += ["-r", repair] if repair else []
    command.append(file_name(location, subject))
    finished = await process.run(
        command, subject=subject, limits=CHECK, accepted=(0, CORRUPT, LEAKING)
    )
    facts = msgspec.json.decode(finished.output, type=dict[str, str | int])
    return {name: str(value) for name, value in facts.items() if name != "filename"}


async def measure(source: Address, format: DiskFormat, subject: str) -> int:
    """The bytes that a copy of `source` as `format` will take on the storage."""
    command = ["qemu-img", "measure", "--output=json", "-f", driver_of(source.format)]
    command += ["-O", driver_of(format)]
    if source.snapshot:
        command += ["-l", f"snapshot.name={source.snapshot}"]
    command.append(file_name(source.location, subject))
    finished = await process.run(command, subject=subject, limits=QUICK)
    return msgspec.json.decode(finished.output, type=Need).required


def _copy_limits(size_bytes: int) -> Limits:
    return Limits(timeout_s=COPY_LEAST_S + size_bytes / COPY_LEAST_BYTES_PER_S)


def _reports(progress: Progress, size_bytes: int) -> Callable[[bytes], None]:
    """A listener that tells `progress` each percentage which qemu-img prints."""
    tail = b""

    def listen(chunk: bytes) -> None:
        nonlocal tail
        text = tail + chunk
        for percentage in REPORT.findall(text):
            progress(int(float(percentage) * size_bytes / 100), size_bytes)
        tail = text[text.rfind(b"(") :] if b"(" in text else b""

    return listen
