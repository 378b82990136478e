"""What the details of a pool may say."""

from collections.abc import Mapping

from core.model import errors
from core.model.pool_types import PoolType
from core.plans.pool.pool_url import MOUNT_OPTIONS, RESOURCE_GROUP
from core.plans.pool_rules import ACCELERATION

# detail: the only pool type that knows it
OWN: dict[str, PoolType] = {
    RESOURCE_GROUP: PoolType.LINSTOR,
    MOUNT_OPTIONS: PoolType.NFS,
    ACCELERATION: PoolType.NFS,
}
DETAILS_MAX = 64


def require_details(details: Mapping[str, str] | None, kind: PoolType) -> None:
    """Raise Invalid for details that mean nothing to pools of the type, or for too many."""
    given = details or {}
    if len(given) > DETAILS_MAX:
        raise errors.Invalid("so many details", hint=f"give at most {DETAILS_MAX}")
    for name in given:
        if OWN.get(name, kind) is not kind:
            raise errors.Invalid(
                f"a {kind} pool has no {name}", hint=f"it belongs to {OWN[name]} pools"
            )
