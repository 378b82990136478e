"""updateStorageCapabilities: a pool is asked anew what it has."""

from msgspec.structs import replace

from core.model import errors
from core.model.commands.pool import UpdateStorageCapabilities
from core.model.records import Pool
from core.plans.operation import ProbePool
from core.plans.step import Change
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


def _learnt(zone: SmallZone) -> set[str]:
    (step,) = zone.plan(UpdateStorageCapabilities(id="nfs"), ADMIN).steps
    assert step.do == ProbePool()
    (change,) = step.commit
    assert isinstance(change, Change)
    return set(change.learn)


def test_a_pool_tells_its_room_nodes_and_replicas(zone: SmallZone) -> None:
    """A managed one keeps the capacity that it was given."""
    assert _learnt(zone) == {"capacity_bytes", "used_bytes", "nodes", "replicas"}
    zone.add(replace(zone.inventory.get(Pool, "nfs"), managed=True))
    assert _learnt(zone) == {"used_bytes", "nodes", "replicas"}


def test_an_unknown_pool_is_not_asked(zone: SmallZone) -> None:
    """NotFound, as everywhere."""
    with refusal(errors.NotFound, 431, "pool/none"):
        zone.check(UpdateStorageCapabilities(id="none"), ADMIN)
