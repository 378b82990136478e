"""Processors and memory of a machine: its offering's, or chosen where that is customized."""

from collections.abc import Mapping
from typing import NamedTuple

from core.model import errors
from core.model.records import ServiceOffering

MIB = 1 << 20
CHOSEN = ("cpuNumber", "memory")
DIGITS_MAX = 9


class Shape(NamedTuple):
    """How large a machine is."""

    cpus: int
    memory_bytes: int


def shape_of(offering: ServiceOffering, details: Mapping[str, str] | None) -> Shape:
    """What the offering gives; a customized one gives what details ask for (cpuNumber, memory).

    Raises Invalid.
    """
    given = details or {}
    asked = {name: given[name] for name in CHOSEN if name in given}
    if not offering.customized:
        if asked:
            raise _invalid(offering, f"{' and '.join(asked)} are fixed", "leave them out")
        return Shape(offering.cpus, offering.memory_bytes)
    if len(asked) < len(CHOSEN):
        raise _invalid(
            offering,
            "the offering is customized",
            "give details with cpuNumber and memory (MiB)",
        )
    most_mib = offering.max_memory_bytes // MIB
    return Shape(
        _number(offering, asked, "cpuNumber", offering.min_cpus, offering.max_cpus),
        _number(offering, asked, "memory", offering.min_memory_bytes // MIB, most_mib) * MIB,
    )


def whole(details: Mapping[str, str] | None, name: str) -> int | None:
    """The number of that name, None when it is not there. Raises Invalid."""
    text = (details or {}).get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise errors.Invalid(
            f"detail {name} is a whole number, not {text!r}", hint="write it with digits alone"
        )
    return int(text)


def _number(
    offering: ServiceOffering, details: Mapping[str, str], name: str, least: int, most: int
) -> int:
    number, least = whole(details, name) or 0, max(1, least)
    if number < least or (most and number > most):
        upto = f"to {most}" if most else "upwards"
        raise _invalid(offering, f"{name} is {least} {upto}, not {number}", "give another number")
    return number


def _invalid(offering: ServiceOffering, message: str, hint: str) -> errors.Invalid:
    return errors.Invalid(message, object=f"service_offering/{offering.id}", hint=hint)
