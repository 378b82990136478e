"""Resource limits of accounts: what is counted from the records plus what is asked must fit.

Source: semantics section 3.3. Root administrators are never limited; -1 is no limit.
"""

from core.model import errors
from core.model.commands.command import Role
from core.model.records import Account
from core.plans.context import GIB, Context

# resource: (setting, unit in which the setting counts, sum in the inventory)
LIMITS: dict[str, tuple[str, int, str]] = {
    "vm": ("max.account.user.vms", 1, "account.vms"),
    "volume": ("max.account.volumes", 1, "account.volumes"),
    "snapshot": ("max.account.snapshots", 1, "account.snapshots"),
    "template": ("max.account.templates", 1, "account.templates"),
    "primary_storage": ("max.account.primary.storage", GIB, "account.primary_bytes"),
    "secondary_storage": (
        "max.account.secondary.storage",
        GIB,
        "account.secondary_bytes",
    ),
}


def limit_of(context: Context, account: Account, resource: str) -> int:
    """How much the account may have, in the unit of the resource's setting; -1 is no limit."""
    places = (("account", account.id), ("domain", account.domain_id))
    return context.settings.whole(LIMITS[resource][0], *places)


def require_quota(context: Context, account: Account, **asked: int) -> None:
    """Raise QuotaExceeded (535) unless the account may have that much more of each resource."""
    if account.role is Role.ADMIN:
        return
    for resource, amount in asked.items():
        setting, unit, total = LIMITS[resource]
        limit = limit_of(context, account, resource)
        used = context.inventory.total(total, account.id)
        if limit >= 0 and amount > 0 and used + amount > limit * unit:
            raise errors.QuotaExceeded(
                f"{resource} limit of the account is {limit * unit}, {used} are used, "
                f"{amount} more are asked",
                object=f"account/{account.id}",
                hint=f"delete something or raise {setting}",
            )
