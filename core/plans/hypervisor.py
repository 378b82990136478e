"""Hypervisors by name."""

from core.model import errors
from core.model.hypervisors import HYPERVISORS, Hypervisor


def named_hypervisor(name: str) -> Hypervisor:
    """The hypervisor of that name, whatever its case. Raises Invalid, Unsupported."""
    for hypervisor in Hypervisor:
        if hypervisor.value.lower() == name.lower():
            if hypervisor not in HYPERVISORS:
                raise errors.Unsupported(
                    f"{hypervisor} is not supported",
                    hint=f"one of {', '.join(map(str, HYPERVISORS))}",
                    number=431,
                )
            return hypervisor
    raise errors.Invalid(
        f"{name!r} is no hypervisor", hint=f"one of {', '.join(map(str, HYPERVISORS))}"
    )
