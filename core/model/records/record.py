"""What all records have."""

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
