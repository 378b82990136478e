"""Who may keep images: the providers of image stores and how far each one reaches."""

from collections.abc import Mapping
from types import MappingProxyType

# provider: the scopes that a store of its may have
IMAGE_PROVIDERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "NFS": frozenset({"ZONE"}),
        "SMB": frozenset({"ZONE"}),
        "S3": frozenset({"REGION"}),
        "Swift": frozenset({"REGION"}),
    }
)
