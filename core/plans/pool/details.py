"""What the details of a pool may say."""

from collections.abc import Mapping

from core.model import errors
from core.model.pool_types import PoolType
from core.model.records import Pool
from core.plans.detail.kept import require_few
from core.plans.pool.pool_url import MOUNT_OPTIONS, RESOURCE_GROUP
from core.plans.pool.rules import ACCELERATION

# detail: the only pool type that knows it
OWN: dict[str, PoolType] = {
    RESOURCE_GROUP: PoolType.LINSTOR,
    MOUNT_OPTIONS: PoolType.NFS,
    ACCELERATION: PoolType.NFS,
}


def require_details(details: Mapping[str, str] | None, kind: PoolType) -> None:
    """Raise Invalid for details that mean nothing to pools of the type, or for too many."""
    given = details or {}
    require_few(given)
    for name in given:
        if OWN.get(name, kind) is not kind:
            raise errors.Invalid(
                f"a {kind} pool has no {name}", hint=f"it belongs to {OWN[name]} pools"
            )


def require_group_stays(pool: Pool, changed: Mapping[str, str]) -> None:
    """Raise Invalid when the resource group, which says where the pool is, is to be another."""
    if RESOURCE_GROUP in changed:
        raise errors.Invalid(
            "a pool keeps its resource group",
            object=f"pool/{pool.id}",
            hint="add a pool for the other resource group",
        )
