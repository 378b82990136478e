"""Providers of storage: the plug-ins that CloudStack names, and the pool types that each makes.

Source: semantics sections 2.6, 2.12 and 12.1.
"""

from collections.abc import Mapping
from types import MappingProxyType

from core.model.pool_types import POOLS, PoolType

DEFAULT_PROVIDER = "DefaultPrimary"
LINSTOR_PROVIDER = "Linstor"
_BY_PLUGIN = {
    "SolidFire": frozenset({PoolType.ISCSI}),
    "PowerFlex": frozenset({PoolType.POWERFLEX}),
    LINSTOR_PROVIDER: frozenset({PoolType.LINSTOR}),
}
_PLUGGED = frozenset(kind for kinds in _BY_PLUGIN.values() for kind in kinds)

PRIMARY_PROVIDERS: Mapping[str, frozenset[PoolType]] = MappingProxyType(
    {DEFAULT_PROVIDER: frozenset(POOLS) - _PLUGGED, **_BY_PLUGIN}
)
IMAGE_PROVIDERS = ("NFS", "S3", "Swift", "SMB")


def provider_of(type: PoolType) -> str:
    """The provider whose pools have that type."""
    return next(name for name, kinds in PRIMARY_PROVIDERS.items() if type in kinds)
