"""Which scopes a pool may have, and which hypervisors may use its type there.

Source: semantics sections 1.3, 2.12 and 8.3, the guide's "Hypervisor Support for Primary Storage".
"""

from core.model import errors
from core.model.hypervisors import ANY, HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS, PoolType
from core.plans.hypervisor import named_hypervisor

SCOPES = ("HOST", "CLUSTER", "ZONE")
CLUSTER_ONLY = frozenset({PoolType.ISCSI_LUN, PoolType.OCFS2, PoolType.PRE_SETUP})


def named_scope(name: str | None, type: PoolType) -> str:
    """The scope of that name, whatever its case; the type's usual one without a name.

    Raises Invalid.
    """
    scope = (name or ("CLUSTER" if POOLS[type].shared else "HOST")).upper()
    if scope not in SCOPES:
        raise errors.Invalid(f"{name!r} is no scope", hint=f"one of {', '.join(SCOPES)}")
    if scope == "HOST" and POOLS[type].shared:
        raise errors.Invalid("shared storage is never of HOST scope", hint="use CLUSTER or ZONE")
    if scope != "HOST" and not POOLS[type].shared:
        raise errors.Invalid(f"a {type} pool belongs to one host", hint="use scope=HOST")
    if scope == "ZONE" and type in CLUSTER_ONLY:
        raise errors.Invalid(f"a {type} pool belongs to one cluster", hint="use scope=CLUSTER")
    return scope


def zone_hypervisor(name: str, type: PoolType) -> str:
    """The hypervisor that a pool of a whole zone is for, or Any. Raises Invalid, Unsupported."""
    if name.lower() == ANY.lower():
        able = [kind for kind, row in HYPERVISORS.items() if row.zone_wide and type in row.pools]
        if not any(kind is not Hypervisor.SIMULATOR for kind in able):
            raise errors.Unsupported(
                f"no hypervisor uses {type} pools of a whole zone",
                hint="use scope=CLUSTER",
                number=431,
            )
        return ANY
    hypervisor = named_hypervisor(name)
    if not HYPERVISORS[hypervisor].zone_wide:
        able = [kind for kind, row in HYPERVISORS.items() if row.zone_wide]
        raise errors.Unsupported(
            f"{hypervisor} uses no pools of a whole zone",
            hint=f"use scope=CLUSTER; {', '.join(able)} or {ANY} can",
            number=431,
        )
    require_pool_type(hypervisor, type)
    return str(hypervisor)


def require_pool_type(hypervisor: Hypervisor, type: PoolType) -> None:
    """Raise Unsupported unless the hypervisor can use pools of the type."""
    able = HYPERVISORS[hypervisor].pools
    if type not in able:
        raise errors.Unsupported(
            f"{hypervisor} cannot use {type} pools",
            hint=f"it can use {', '.join(sorted(able))}",
            number=431,
        )
