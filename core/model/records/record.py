"""What all records have, and those with details."""

from collections.abc import Mapping

import msgspec


def kind_name(name: str) -> str:
    """How a kind is called in events and keys: `StoreRef` is "store_ref"."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


# A record cannot be in a reference cycle, so the collector need not walk through them all (gc).
class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", tag=kind_name):
    """What all records have."""

    id: str
    rev: int = 1
    created_s: float = 0.0


class Detailed(Record, frozen=True, kw_only=True):
    """What all records have with which details are kept: keys and values for whoever reads them.

    hidden_details: keys of those that only root administrators see.
    """

    details: Mapping[str, str] = {}
    hidden_details: tuple[str, ...] = ()
