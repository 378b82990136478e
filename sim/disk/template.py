"""Images that a simulated site can fetch, and why a store may refuse one after looking at it."""

import re
from hashlib import new as new_hash
from typing import Final

from core.model import errors
from core.model.pool_types import DiskFormat
from sim.disk.content import Content
from sim.spec import TemplateSpec

CHECKSUM: Final = re.compile(r"(?:\{([A-Z0-9-]+)\})?([0-9a-fA-F]{32,128})", re.ASCII)
ALGORITHMS: Final = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-224": "sha224",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}


class Template:
    """An image that can be fetched; a text of its own stands for its file's bytes in checksums.

    data_disks: what the other disks in its archive hold.
    """

    __slots__ = ("_identity", "content", "data_disks", "spec")

    def __init__(
        self, spec: TemplateSpec, content: Content, data_disks: tuple[Content, ...] = ()
    ) -> None:
        self.spec = spec
        self.content = content
        self.data_disks = data_disks
        self._identity = f"forebay template {spec.name} {spec.size_bytes}".encode()

    @property
    def checksum(self) -> str:
        """Its "{SHA-256}hex"."""
        return f"{{SHA-256}}{self.digest('SHA-256')}"

    def digest(self, algorithm: str) -> str:
        """A checksum of its file, in hex."""
        digest = new_hash(ALGORITHMS[algorithm], self._identity, usedforsecurity=False)
        return digest.hexdigest()

    def refusal(
        self, format: DiskFormat, checksum: tuple[str, str] | None, limit_bytes: int, subject: str
    ) -> errors.ForebayError | None:
        """Why nobody may use it, if so: Integrity (checksum) or Invalid."""
        if checksum is not None and self.digest(checksum[0]) != checksum[1]:
            message = f"its {checksum[0]} is {self.digest(checksum[0])}, not {checksum[1]}"
            hint = "fetch it again, or correct the checksum"
            return errors.Integrity(message, object=subject, hint=hint)
        if self.spec.flaw or self.spec.format is not format:
            found = self.spec.flaw or f"it is {self.spec.format}"
            hint = "give the format that it really has, or convert it to a plain image"
            message = f"no plain {format} image: {found}"
            return errors.Invalid(message, object=subject, hint=hint)
        return too_large(self.spec.size_bytes, limit_bytes, subject)


def too_large(size_bytes: int, limit_bytes: int, subject: str) -> errors.Invalid | None:
    """The refusal of an image whose size is over the limit."""
    if size_bytes <= limit_bytes:
        return None
    hint = "use a smaller image, or let an administrator raise the limit"
    message = f"the image is larger than {limit_bytes} bytes"
    return errors.Invalid(message, object=subject, hint=hint)


def parse_checksum(text: str, subject: str) -> tuple[str, str] | None:
    """The algorithm and the digest of "{ALGORITHM}hex"; hex alone is MD5, as in CloudStack.

    "" is None. Raises Invalid.
    """
    if not text:
        return None
    found = CHECKSUM.fullmatch(text)
    if found is None or (found[1] or "MD5") not in ALGORITHMS:
        hint = f'write "{{SHA-256}}" and the digest in hex; known: {", ".join(ALGORITHMS)}'
        raise errors.Invalid("the checksum cannot be read", object=subject, hint=hint)
    return found[1] or "MD5", found[2].lower()
