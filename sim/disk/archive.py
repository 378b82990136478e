"""What can be fetched at a simulated site, and OVA archives that have several disks in them."""

from collections.abc import Mapping
from typing import Final

from core.decompression.compression import uncompressed
from core.model import errors
from sim.disk.content import Content
from sim.disk.template import Template
from sim.world import SCHEME

TEMPLATES: Final = f"{SCHEME}://templates/"


def published(templates: Mapping[str, Template], url: str, subject: str) -> Template:
    """What is at that address. Raises Invalid, NotFound."""
    if not url.startswith(TEMPLATES):
        raise errors.Invalid(
            "images may not be fetched from that address",
            object=subject,
            hint=f"a simulated site has only {TEMPLATES}<name>",
        )
    template = templates.get(uncompressed(url.removeprefix(TEMPLATES)))
    if template is None:
        hint = "check the address"
        raise errors.NotFound(f"nothing is at {url}", object=subject, hint=hint)
    return template


def data_disk(template: Template | None, number: int, subject: str) -> Content:
    """A copy of the data disk of that number, from 1. Raises NotFound, Unsupported."""
    if template is None or not template.data_disks:
        raise errors.Unsupported(
            "the image is of one disk", object=subject, hint="take it as it is"
        )
    if not 1 <= number <= len(template.data_disks):
        raise errors.NotFound(
            f"the archive has no data disk {number}",
            object=subject,
            hint=f"it has {len(template.data_disks)}",
        )
    return template.data_disks[number - 1].fork()
