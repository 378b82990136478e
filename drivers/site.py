"""Makes the real drivers from the URLs that hosts, pools and image stores are added with.

    host         qemu:///run/folder               VMs as QEMU processes on this machine
    pool         file:///folder                   a folder of this machine
                 sharedmountpoint:///folder       a folder that is mounted there on every host
    image store  file:///folder                   a folder, mounted or not

Options follow a "?", joined by "&". Of a host: `cpus`, `memory` (bytes), `durable` (true: each
write lasts before the guest is told of it), `powerdown` (seconds that a guest may take to shut
down), `copyrate` (bytes per second of one copy), `localpath` and `localuuid` (folders that may
become local pools, and their UUIDs, separated by commas as in agent.properties). Of a pool or
store: `capacity` (bytes that its files may take; without it, the room of the file system).
"""

import posixpath
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from core.driver import HypervisorDriver, ImageDriver, StorageDriver
from core.driver_words import LocalStorage
from core.model import errors
from drivers.directory import DirectoryPool
from drivers.download import Rules
from drivers.image_directory import ImageDirectory
from drivers.qemu.host import QemuHost
from drivers.qemu.machine import Settings

T = TypeVar("T", bound=msgspec.Struct)

HOST_SCHEMES = ("qemu",)
POOL_SCHEMES = ("file", "sharedmountpoint")
STORE_SCHEMES = ("file",)


class HostOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may follow the "?" of a host's URL."""

    cpus: int = 0
    memory: int = 0
    durable: bool = False
    powerdown: float = 5.0
    copyrate: int = 0
    localpath: str = ""
    localuuid: str = ""


class FolderOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may follow the "?" of a pool's or image store's URL."""

    capacity: int = 0


class RealSite:
    """Fills Site with QEMU and folders; `rules` says where image stores may fetch images from."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules or Rules()

    def hypervisor(self, host_id: str, url: str) -> HypervisorDriver:
        """A host of QEMU processes; its run folder is made when the first VM starts."""
        folder, options = _parsed(url, HOST_SCHEMES, HostOptions, f"host/{host_id}")
        settings = Settings(
            cpus=options.cpus,
            memory_bytes=options.memory,
            durable=options.durable,
            powerdown_s=options.powerdown,
            copy_bytes_per_s=options.copyrate,
            local_storage=_local_storage(options, f"host/{host_id}"),
        )
        return QemuHost(host_id, folder, settings)

    def storage(self, pool_id: str, url: str) -> StorageDriver:
        """A pool in a folder, which must be there: a missing mount must not be written under."""
        folder, options = _parsed(url, POOL_SCHEMES, FolderOptions, f"pool/{pool_id}")
        return DirectoryPool(pool_id, folder, capacity_bytes=options.capacity)

    def image_store(self, store_id: str, url: str) -> ImageDriver:
        """An image store in a folder, which must be there."""
        folder, options = _parsed(url, STORE_SCHEMES, FolderOptions, f"imagestore/{store_id}")
        return ImageDirectory(store_id, folder, capacity_bytes=options.capacity, rules=self._rules)


def _local_storage(options: HostOptions, subject: str) -> tuple[LocalStorage, ...]:
    """The host's folders with their UUIDs. Raises Invalid when they are not as many."""
    paths = [path for path in options.localpath.split(",") if path]
    uuids = [uuid for uuid in options.localuuid.split(",") if uuid]
    if len(paths) != len(uuids):
        hint = "give one UUID in localuuid for each folder in localpath"
        message = f"{len(paths)} local folders have {len(uuids)} UUIDs"
        raise errors.Invalid(message, object=subject, hint=hint)
    return tuple(
        LocalStorage(uuid=uuid, path=path) for uuid, path in zip(uuids, paths, strict=True)
    )


def _parsed(url: str, schemes: tuple[str, ...], kind: type[T], subject: str) -> tuple[str, T]:
    """The folder and the options of a URL. Raises Invalid."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        hint = f"write it as {schemes[0]}:///folder"
        raise errors.Invalid("the URL cannot be read", object=subject, hint=hint) from error
    folder = unquote(parts.path)
    if parts.scheme not in schemes or parts.netloc not in ("", "localhost") or parts.fragment:
        hint = f"use {' or '.join(schemes)}:///folder; mount other storage and give its folder"
        raise errors.Invalid(f"nothing can be made of {url}", object=subject, hint=hint)
    if (
        not folder.strip("/")
        or folder[0] != "/"
        or posixpath.normpath(folder) != folder
        or "\0" in folder
    ):
        hint = "give an absolute path without ., .. or a slash at its end"
        raise errors.Invalid(f"{folder!r} is no plain folder", object=subject, hint=hint)
    return folder, _options(dict(pairs), kind, subject)


def _options(pairs: Mapping[str, str], kind: type[T], subject: str) -> T:
    try:
        return msgspec.convert(pairs, kind, strict=False)
    except msgspec.ValidationError as error:
        names = ", ".join(field.name for field in msgspec.structs.fields(kind))
        hint = f"known options: {names}"
        raise errors.Invalid(f"the URL's options: {error}", object=subject, hint=hint) from error
