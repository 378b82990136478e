"""What the URL of a pool must have, by the pool's type, and how it is written when it is kept.

Source: semantics sections 2.12 and 12.1, the guide's "Hypervisor Support for Primary Storage".
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from core.model import errors
from core.model.pool_types import POOLS, PoolType
from core.model.providers import LINSTOR_PROVIDER

RESOURCE_GROUP = "resourceGroup"
DEFAULT_RESOURCE_GROUP = "DfltRscGrp"
MOUNT_OPTIONS = "nfsmountopts"


class UrlRule(NamedTuple):
    """server: whether the URL must name one. parts: the least and most that its path has."""

    example: str
    server: bool = True
    parts: tuple[int, int] = (1, 99)


URL_RULES: dict[PoolType, UrlRule] = {
    PoolType.NFS: UrlRule("nfs://server/export"),
    PoolType.FILESYSTEM: UrlRule("file:///folder", server=False),
    PoolType.SHARED_MOUNT_POINT: UrlRule("sharedmountpoint:///mnt/primary", server=False),
    PoolType.RBD: UrlRule("rbd://monitor/pool", parts=(1, 1)),
    PoolType.ISCSI: UrlRule("solidfire://storage-system", parts=(0, 99)),
    PoolType.ISCSI_LUN: UrlRule("iscsi://target/iqn.2026-01.example:disks/0", parts=(2, 2)),
    PoolType.LVM: UrlRule("lvm:///volume-group", server=False),
    PoolType.CLVM: UrlRule("clvm:///volume-group", server=False, parts=(1, 1)),
    PoolType.EXT: UrlRule("ext:///folder", server=False),
    PoolType.OCFS2: UrlRule("ocfs2:///folder", server=False),
    PoolType.VMFS: UrlRule("vmfs://vcenter/datacenter/datastore", parts=(2, 2)),
    PoolType.PRE_SETUP: UrlRule("presetup:///storage-repository", server=False),
    PoolType.VSAN: UrlRule("vsan://vcenter/datacenter/datastore", parts=(2, 2)),
    PoolType.VVOLS: UrlRule("vvols://vcenter/datacenter/datastore", parts=(2, 2)),
    PoolType.DATASTORE_CLUSTER: UrlRule(
        "datastorecluster://vcenter/datacenter/cluster", parts=(2, 2)
    ),
    PoolType.SMB: UrlRule("smb://server/share"),
    PoolType.POWERFLEX: UrlRule("powerflex://user:password@gateway/pool", parts=(1, 1)),
    PoolType.LINSTOR: UrlRule("http://controller:3370", parts=(0, 0)),
    PoolType.FIBER_CHANNEL: UrlRule("fiberchannel://array/pool"),
}


class PoolUrl(NamedTuple):
    """A pool's type and its URL as it is kept: equal for equal places."""

    type: PoolType
    url: str


def _split(url: str) -> tuple[SplitResult, str]:
    """The URL in parts, and its server. Raises Invalid."""
    try:
        parts = urlsplit(url)
        at_port = f":{parts.port}" if parts.port is not None else ""
    except ValueError as error:
        hint = "write <scheme>://<server>/<path>"
        raise errors.Invalid("the URL cannot be read", hint=hint) from error
    return parts, (parts.hostname or "") + at_port


def pool_type(url: str, provider: str = "", details: Mapping[str, str] | None = None) -> PoolType:
    """The pool type whose scheme the URL has; a controller's web address is LINSTOR's.

    Raises Invalid.
    """
    scheme = _split(url)[0].scheme.lower()
    web = scheme in ("http", "https")
    if web and provider != LINSTOR_PROVIDER and not (details or {}).get(RESOURCE_GROUP):
        raise errors.Invalid(
            "only a LINSTOR controller has a web address as its URL",
            hint=f"give provider={LINSTOR_PROVIDER}, or details {RESOURCE_GROUP}",
        )
    for kind, row in POOLS.items():
        if scheme in row.schemes:
            return kind
    raise errors.Invalid(
        f"no storage pool has URLs of scheme {scheme!r}",
        hint=f"one of {', '.join(scheme for row in POOLS.values() for scheme in row.schemes)}",
    )


def pool_url(url: str, provider: str = "", details: Mapping[str, str] | None = None) -> PoolUrl:
    """The URL, if it is one of its type's form. Raises Invalid."""
    parts, server = _split(url)
    kind = pool_type(url, provider, details)
    rule = URL_RULES[kind]
    number = sum(1 for part in parts.path.split("/") if part)
    least, most = rule.parts
    if (rule.server and not server) or not least <= number <= most or parts.fragment:
        raise errors.Invalid(f"this is not the URL of a {kind} pool", hint=f"as {rule.example}")
    path = parts.path.rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    if kind is PoolType.LINSTOR:
        group = (details or {}).get(RESOURCE_GROUP) or DEFAULT_RESOURCE_GROUP
        query = f"?resourcegroup={quote(group, safe='')}"
    return PoolUrl(kind, f"{parts.scheme.lower()}://{parts.netloc}{path}{query}")
