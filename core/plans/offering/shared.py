"""What disk and service offerings have in common: where they are offered, throttles, checks."""

from collections.abc import Sequence

import msgspec

from core.model import errors
from core.model.access import is_below
from core.model.commands.command import Command, Role
from core.model.records import Rates, Zone
from core.plans.context import Context

STORAGE_TYPES = ("shared", "local")
PROVISIONING_TYPES = ("thin", "sparse", "fat")
CACHE_MODES = ("none", "writeback", "writethrough", "hypervisor_default")
STATES = ("active", "inactive")


def require_one_of(value: str | None, admitted: tuple[str, ...], parameter: str) -> None:
    """Raise Invalid unless the value, if there is one, is one of those admitted."""
    if value is not None and value.lower() not in admitted:
        raise errors.Invalid(f"{value!r} is no {parameter}", hint=f"one of {', '.join(admitted)}")


def require_size(context: Context, size_gib: int | None, parameter: str) -> None:
    """Raise Invalid unless a disk may be that large."""
    most = context.settings.whole("storage.max.volume.size")
    if size_gib is not None and size_gib > most:
        raise errors.Invalid(
            f"{parameter} is 1 to {most} GiB, not {size_gib}",
            object="setting/storage.max.volume.size",
            hint="ask for a smaller size or raise the setting",
        )


def require_iops(customized: bool | None, least: int | None, most: int | None) -> None:
    """Raise Invalid when fixed operations per second contradict each other (section 2.12)."""
    if customized is not False or not (least or most):
        return
    if not 0 < (least or 0) <= (most or 0):
        raise errors.Invalid(
            f"miniops {least or 0} and maxiops {most or 0} don't fit",
            hint="0 < miniops <= maxiops",
        )


def require_places(
    context: Context, domain_ids: Sequence[str], zone_ids: Sequence[str], tags: str | None
) -> None:
    """Refuse unknown places, and what domain administrators may not offer."""
    for zone_id in zone_ids:
        context.inventory.get(Zone, zone_id)
    for domain_id in domain_ids:
        context.inventory.domain(domain_id)
    if context.caller.role is Role.ADMIN:
        return
    own = context.caller.domain_id
    if not domain_ids or not all(is_below(d, own, context.inventory) for d in domain_ids):
        raise errors.Denied(
            "domain administrators offer things to their own domains only",
            object=f"domain/{own}",
            hint="give domainid with domains that you administer",
        )
    if tags:
        raise errors.Denied(
            "domain administrators give offerings no tags",
            object=f"domain/{own}",
            hint="leave tags out",
        )


def collapsed(context: Context, domain_ids: Sequence[str]) -> tuple[str, ...]:
    """The domains without those that are below another of them."""
    named = dict.fromkeys(domain_ids)
    return tuple(
        each
        for each in named
        if not any(each != other and is_below(each, other, context.inventory) for other in named)
    )


# field of Rates: parameter
_RATES = {
    f"{what}_{way}{burst}": f"{what}_{way}_rate{asked}"
    for what in ("bytes", "iops")
    for way in ("read", "write")
    for burst, asked in (("", ""), ("_max", "_max"), ("_max_s", "_max_length"))
}


def rates_of(command: Command, known: Rates | None = None) -> Rates:
    """The throttles asked for, over those known. Raises Invalid when a burst is below its rate."""
    given = {field: getattr(command, parameter) for field, parameter in _RATES.items()}
    set_now = {field: value for field, value in given.items() if value is not None}
    rates = msgspec.structs.replace(known or Rates(), **set_now)
    for field in _RATES:
        burst = getattr(rates, f"{field}_max", 0)
        if burst and burst < getattr(rates, field):
            raise errors.Invalid(
                f"{field.replace('_', '')}ratemax {burst} is below its rate",
                hint="give a burst of at least the rate, or none",
            )
    return rates
