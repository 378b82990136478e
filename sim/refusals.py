"""What simulated drivers answer when a thing is gone or not there."""

from core.driver_words import Address
from core.model import errors


def broke(subject: str) -> errors.Unavailable:
    """The failure of a copy whose connection broke."""
    hint = "try again: nothing was left behind"
    return errors.Unavailable("the connection broke during the copy", object=subject, hint=hint)


def died(subject: str) -> errors.Unavailable:
    """The failure of a copy whose guest died."""
    hint = "start the VM, then try again"
    return errors.Unavailable("the VM died during the copy", object=subject, hint=hint)


def no_satellite(address: Address, host_name: str) -> errors.NotFound:
    """The refusal of a host that is no node of the LINSTOR cluster."""
    return errors.NotFound(
        f"LINSTOR has no node {host_name}",
        object=address.location,
        hint="run a satellite there, under the host's name",
    )


def no_place(address: Address) -> errors.NotFound:
    """The refusal of an address that leads nowhere."""
    return errors.NotFound(
        "nothing is there that this host or storage reaches",
        object=address.location,
        hint="list the objects of the pool or store",
    )
