"""Where bytes are, and what all operations are."""

from typing import Union

import msgspec


class DiskAt(msgspec.Struct, frozen=True, kw_only=True, tag="disk", omit_defaults=True):
    """A disk, or a snapshot inside it, on a pool."""

    pool_id: str
    name: str
    snapshot: str = ""


class ImageAt(msgspec.Struct, frozen=True, kw_only=True, tag="image"):
    """An image on an image store."""

    store_id: str
    path: str


Source = Union[DiskAt, ImageAt]


class PluggedDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A pool's disk in a VM's slot."""

    device_id: int
    pool_id: str
    name: str
    size_bytes: int


class Operation(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", omit_defaults=True):
    """Something that an actor lets its driver do; the fields are the driver method's arguments."""
