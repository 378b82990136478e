"""Changes of the small zone's template, for tests that need another one."""

import msgspec

from core.model.records import StoreRef, Template
from tests.small_zone import SmallZone


def template(zone: SmallZone, id: str = "debian", /, **fields: object) -> Template:
    """The zone's template, changed; under another id a second one that is on the store too."""
    known = zone.inventory.get(Template, "debian")
    if id != known.id:
        ref = zone.inventory.get(StoreRef, "ref-debian")
        zone.add(msgspec.structs.replace(ref, id=f"ref-{id}", of_id=id, path=f"template/{id}"))
    return zone.add(msgspec.structs.replace(known, id=id, **fields))
