"""Offerings: what may be offered, to whom, and what of it can change."""

import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command
from core.model.commands.offering import (
    CreateDiskOffering,
    CreateServiceOffering,
    DeleteDiskOffering,
    DeleteServiceOffering,
    UpdateDiskOffering,
    UpdateServiceOffering,
)
from core.model.commands.volume import CreateVolume
from core.model.records import DiskOffering, Domain, ServiceOffering
from core.plans.context import GIB
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, DORA, SmallZone

SIZE = "setting/storage.max.volume.size"


@pytest.mark.parametrize(
    ("command", "caller", "kind", "number", "object"),
    [
        (CreateDiskOffering(name="x"), ADMIN, errors.Invalid, 431, ""),
        (
            CreateDiskOffering(name="x", disk_size=5, customized=True),
            ADMIN,
            errors.Invalid,
            431,
            "",
        ),
        (CreateDiskOffering(name="x", disk_size=2001), ADMIN, errors.Invalid, 431, SIZE),
        (
            CreateDiskOffering(name="x", disk_size=1, storage_type="cloud"),
            ADMIN,
            errors.Invalid,
            431,
            "",
        ),
        (
            CreateDiskOffering(name="x", disk_size=1, cache_mode="fast"),
            ADMIN,
            errors.Invalid,
            431,
            "",
        ),
        (
            CreateDiskOffering(name="x", disk_size=1, customized_iops=False, min_iops=5),
            ADMIN,
            errors.Invalid,
            431,
            "",
        ),
        (
            CreateDiskOffering(name="x", disk_size=1, bytes_read_rate=10, bytes_read_rate_max=5),
            ADMIN,
            errors.Invalid,
            431,
            "",
        ),
        (CreateDiskOffering(name="x", disk_size=1), DORA, errors.Denied, 531, "domain/sales"),
        (
            CreateDiskOffering(name="x", disk_size=1, domain_id=("lab",)),
            DORA,
            errors.Denied,
            531,
            "domain/sales",
        ),
        (
            CreateDiskOffering(name="x", disk_size=1, domain_id=("sales",), tags="ssd"),
            DORA,
            errors.Denied,
            531,
            "domain/sales",
        ),
        (
            CreateServiceOffering(name="x", offer_ha=True, storage_type="local"),
            ADMIN,
            errors.Invalid,
            431,
            "",
        ),
        (CreateServiceOffering(name="x", root_disk_size=2001), ADMIN, errors.Invalid, 431, SIZE),
        (CreateServiceOffering(name="x", min_cpu_number=1), ADMIN, errors.Invalid, 431, ""),
        (
            CreateServiceOffering(name="x", min_memory=4, max_memory=2, customized=True),
            ADMIN,
            errors.Invalid,
            431,
            "",
        ),
        (
            CreateServiceOffering(name="x", disk_offering_id="tiny-root"),
            ADMIN,
            errors.NotFound,
            431,
            "disk_offering/tiny-root",
        ),
    ],
)
def test_offerings_that_may_not_be_created(
    zone: SmallZone,
    command: Command,
    caller: Caller,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """As CloudStack refuses them (semantics section 2.12)."""
    with refusal(kind, number, object):
        zone.check(command, caller)


def test_a_size_of_zero_is_customized(zone: SmallZone) -> None:
    """As in CloudStack."""
    made = zone.claim(CreateDiskOffering(name="x", disk_size=0), ADMIN)
    assert zone.inventory.get(DiskOffering, made.id).size_bytes == 0


@pytest.mark.parametrize(("fixed", "least"), [(False, 100), (True, 0), (None, 0)])
def test_promised_operations_count_only_where_they_are_fixed(
    zone: SmallZone, *, fixed: bool | None, least: int
) -> None:
    """With customizediops true or left out they are dropped."""
    command = CreateDiskOffering(
        name="x", disk_size=1, customized_iops=fixed, min_iops=100, max_iops=200
    )
    assert zone.inventory.get(DiskOffering, zone.claim(command, ADMIN).id).min_iops == least


def test_a_service_offering_hides_what_concerns_its_root_disk(zone: SmallZone) -> None:
    """In a disk offering that nobody can name."""
    made = zone.claim(CreateServiceOffering(name="x", root_disk_size=7, tags="ssd"), ADMIN)
    offering = zone.inventory.get(ServiceOffering, made.id)
    root = zone.inventory.get(DiskOffering, offering.disk_offering_id)
    assert (root.size_bytes, root.tags) == (7 * GIB, ("ssd",))
    assert root.service_offering_id == offering.id
    with refusal(errors.NotFound, 431, f"disk_offering/{root.id}"):
        zone.check(CreateVolume(zone_id="z1", disk_offering_id=root.id))


def test_a_service_offering_may_name_a_disk_offering(zone: SmallZone) -> None:
    """Then no other is made."""
    made = zone.claim(CreateServiceOffering(name="x", disk_offering_id="large"), ADMIN)
    assert zone.inventory.get(ServiceOffering, made.id).disk_offering_id == "large"
    assert len(made.effects) == 1


def test_offerings_of_a_domain_are_for_it_and_below(zone: SmallZone) -> None:
    """Others cannot name them; domains below another one named are left out."""
    zone.add(Domain(id="north", name="north", path="ROOT/sales/north", parent_id="sales"))
    command = CreateDiskOffering(name="x", disk_size=1, domain_id=("north", "sales"))
    made = zone.claim(command, DORA).id
    assert zone.inventory.get(DiskOffering, made).domain_ids == ("sales",)
    zone.check(CreateVolume(zone_id="z1", disk_offering_id=made), ALICE)
    with refusal(errors.NotFound, 431, f"disk_offering/{made}"):
        zone.check(CreateVolume(zone_id="z1", disk_offering_id=made), BOB)


def test_a_deleted_offering_is_offered_no_longer(zone: SmallZone) -> None:
    """What has it keeps it."""
    zone.volume()
    zone.claim(DeleteDiskOffering(id="small"), ADMIN)
    with refusal(errors.NotFound, 431, "disk_offering/small"):
        zone.check(CreateVolume(zone_id="z1", disk_offering_id="small"), ALICE)
    assert not zone.inventory.get(DiskOffering, "small").active
    zone.claim(DeleteServiceOffering(id="tiny"), ADMIN)
    assert not zone.inventory.get(ServiceOffering, "tiny").active


def test_updates_change_what_is_given_and_nothing_else(zone: SmallZone) -> None:
    """Throttles one by one; storage tags of a service offering on its root disk's offering."""
    zone.claim(UpdateDiskOffering(id="small", iops_read_rate=500, tags="ssd, fast"), ADMIN)
    zone.claim(UpdateDiskOffering(id="small", name="little", iops_write_rate=300), ADMIN)
    small = zone.inventory.get(DiskOffering, "small")
    assert (small.name, small.tags, small.size_bytes) == ("little", ("ssd", "fast"), GIB)
    assert (small.rates.iops_read, small.rates.iops_write) == (500, 300)
    zone.claim(UpdateServiceOffering(id="tiny", storage_tags="ssd", host_tags="gpu"), ADMIN)
    assert zone.inventory.get(ServiceOffering, "tiny").host_tags == ("gpu",)
    assert zone.inventory.get(DiskOffering, "tiny-root").tags == ("ssd",)
