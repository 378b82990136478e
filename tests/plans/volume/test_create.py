"""createVolume: which offerings and sizes it admits, what it records, and the disk it makes."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.volume import CreateVolume
from core.model.errors import ForebayError
from core.model.records import Account, DiskOffering, Pool, Project, StoreRef, Volume, Zone
from core.model.states import PoolState, SnapshotState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, ImageAt
from core.plans.step import Drop
from core.plans.volume.create import give_up
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, DORA, NOW_S, SmallZone

SMALL = CreateVolume(zone_id="z1", disk_offering_id="small")
FROM_SNAPSHOT = CreateVolume(snapshot_id="snap")

REFUSALS = [
    pytest.param(CreateVolume(zone_id="z1"), errors.Invalid, "", id="no offering"),
    pytest.param(
        CreateVolume(zone_id="z1", disk_offering_id="none"),
        errors.NotFound,
        "disk_offering/none",
        id="unknown offering",
    ),
    pytest.param(
        CreateVolume(zone_id="z1", disk_offering_id="tiny-root"),
        errors.NotFound,
        "disk_offering/tiny-root",
        id="offering of root disks",
    ),
    pytest.param(CreateVolume(disk_offering_id="small"), errors.Invalid, "", id="which zone"),
    pytest.param(
        CreateVolume(zone_id="z9", disk_offering_id="small"),
        errors.NotFound,
        "zone/z9",
        id="unknown zone",
    ),
    pytest.param(
        CreateVolume(zone_id="z2", disk_offering_id="onhost"),
        errors.Invalid,
        "zone/z2",
        id="no local storage",
    ),
    pytest.param(
        CreateVolume(zone_id="z1", disk_offering_id="small", size=1),
        errors.Invalid,
        "disk_offering/small",
        id="size of a fixed offering",
    ),
    pytest.param(
        CreateVolume(zone_id="z1", disk_offering_id="custom"),
        errors.Invalid,
        "disk_offering/custom",
        id="customized without size",
    ),
    pytest.param(
        CreateVolume(zone_id="z1", disk_offering_id="free-rated", size=1, max_iops=5),
        errors.Invalid,
        "disk_offering/free-rated",
        id="maxiops without miniops",
    ),
    pytest.param(
        CreateVolume(zone_id="z1", disk_offering_id="free-rated", size=1, min_iops=6, max_iops=5),
        errors.Invalid,
        "disk_offering/free-rated",
        id="miniops over maxiops",
    ),
    pytest.param(
        CreateVolume(snapshot_id="none"), errors.NotFound, "snapshot/none", id="unknown snapshot"
    ),
]


@pytest.mark.parametrize(("command", "kind", "object"), REFUSALS)
def test_wrong_requests_are_refused(
    zone: SmallZone, command: CreateVolume, kind: type[ForebayError], object: str
) -> None:
    """All have the number 431."""
    with refusal(kind, 431, object):
        zone.check(command)


@pytest.mark.parametrize(
    ("name", "value", "size", "fits"),
    [
        ("custom.diskoffering.size.min", 5, 5, True),
        ("custom.diskoffering.size.min", 5, 4, False),
        ("custom.diskoffering.size.max", 50, 50, True),
        ("custom.diskoffering.size.max", 50, 51, False),
        ("storage.max.volume.size", 50, 50, True),
        ("storage.max.volume.size", 50, 51, False),
    ],
)
def test_customized_sizes_have_exact_borders(
    zone: SmallZone, name: str, value: int, size: int, *, fits: bool
) -> None:
    """In GiB; the refusal names the setting that is the largest."""
    zone.set(name, value)
    command = CreateVolume(zone_id="z1", disk_offering_id="custom", size=size)
    if fits:
        zone.check(command)
        return
    named = name.replace("size.min", "size.max")
    with refusal(errors.Invalid, 431, f"setting/{named}"):
        zone.check(command)


def test_an_offering_of_other_domains_or_zones_is_unknown(zone: SmallZone) -> None:
    """A root administrator may use every domain's, but none outside its zones."""
    zone.add(
        DiskOffering(id="theirs", name="t", display_text="", size_bytes=GIB, domain_ids=("lab",))
    )
    zone.add(DiskOffering(id="there", name="t", display_text="", size_bytes=GIB, zone_ids=("z2",)))
    theirs = CreateVolume(zone_id="z1", disk_offering_id="theirs")
    with refusal(errors.NotFound, 431, "disk_offering/theirs"):
        zone.check(theirs)
    zone.check(theirs, ADMIN)
    for caller in (ALICE, ADMIN):
        with refusal(errors.NotFound, 431, "disk_offering/there"):
            zone.check(CreateVolume(zone_id="z1", disk_offering_id="there"), caller)
        zone.check(CreateVolume(zone_id="z2", disk_offering_id="there"), caller)


def test_a_volume_from_an_offering_is_only_a_record(zone: SmallZone) -> None:
    """Allocated, without a pool; its plan has no steps."""
    command = CreateVolume(zone_id="z1", disk_offering_id="rated", name="data")
    plan = zone.plan(command)
    assert plan.steps == ()
    (volume,) = zone.inventory.all(Volume)
    assert volume == Volume(
        id=volume.id,
        created_s=NOW_S,
        name="data",
        account_id="alice",
        domain_id="sales",
        zone_id="z1",
        type="DATADISK",
        size_bytes=GIB,
        disk_offering_id="rated",
        min_iops=100,
        max_iops=200,
    )
    assert volume.state is VolumeState.ALLOCATED


def test_the_only_zone_need_not_be_named(zone: SmallZone) -> None:
    """Nor the volume, which is named by its id then."""
    zone.inventory.remove(Zone, "z2")
    claim = zone.claim(CreateVolume(disk_offering_id="small"))
    volume = zone.inventory.get(Volume, claim.id)
    assert (volume.zone_id, volume.name) == ("z1", volume.id)
    assert claim.locks == (f"volume/{volume.id}",)


@pytest.mark.parametrize(
    ("offering", "asked", "promised"),
    [
        ("rated", (1, 2), (100, 200)),
        ("free-rated", (7, 9), (7, 9)),
        ("free-rated", (7, 7), (7, 7)),
        ("free-rated", (None, None), (0, 0)),
        ("custom", (7, 9), (0, 0)),
    ],
)
def test_operations_per_second_are_the_callers_where_the_offering_lets_him(
    zone: SmallZone,
    offering: str,
    asked: tuple[int | None, int | None],
    promised: tuple[int, int],
) -> None:
    """Else they are the offering's."""
    size = None if offering == "rated" else 1
    least, most = asked
    command = CreateVolume(
        zone_id="z1", disk_offering_id=offering, size=size, min_iops=least, max_iops=most
    )
    volume = zone.inventory.get(Volume, zone.claim(command).id)
    assert (volume.min_iops, volume.max_iops) == promised


def test_a_domain_administrator_creates_for_accounts_below(zone: SmallZone) -> None:
    """The volume is theirs, and counts against their limit; others are out of reach."""
    command = CreateVolume(
        zone_id="z1", disk_offering_id="small", domain_id="sales", account="alice"
    )
    volume = zone.inventory.get(Volume, zone.claim(command, DORA).id)
    assert (volume.account_id, volume.domain_id) == ("alice", "sales")
    zone.limit("alice", "volume", 1)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(command, DORA)
    with refusal(errors.Denied, 531, "account/dora"):
        zone.check(msgspec.structs.replace(command, account="dora"))
    with refusal(errors.NotFound, 431, "domain/sales"):
        zone.check(msgspec.structs.replace(command, account="bob"), DORA)


def test_a_projects_volume_is_the_projects(zone: SmallZone) -> None:
    """Foreign projects are unknown; account and project together contradict each other."""
    zone.add(
        Project(
            id="p",
            name="p",
            display_text="p",
            domain_id="sales",
            account_id="team",
            owner_id="alice",
            members=("alice",),
        )
    )
    alice = zone.inventory.get(Account, "alice")
    zone.add(msgspec.structs.replace(alice, id="team", name="team", project_id="p"))
    command = CreateVolume(zone_id="z1", disk_offering_id="small", project_id="p")
    assert zone.inventory.get(Volume, zone.claim(command).id).account_id == "team"
    with refusal(errors.Invalid, 431):
        zone.check(msgspec.structs.replace(command, account="alice"))


def test_the_limit_counts_the_size_of_a_snapshots_volume(zone: SmallZone) -> None:
    """And is asked once, before the claim itself takes it."""
    zone.volume()
    zone.snapshot(size_bytes=3 * GIB)
    zone.limit("alice", "primary_storage", 4)
    zone.claim(FROM_SNAPSHOT)
    with refusal(errors.QuotaExceeded, 535, "account/alice"):
        zone.check(FROM_SNAPSHOT)


SNAPSHOT_REFUSALS = [
    pytest.param(
        {"state": SnapshotState.CREATED_ON_PRIMARY}, {}, errors.Conflict, 431, id="not backed up"
    ),
    pytest.param({}, {"disk_offering_id": "small"}, errors.Invalid, 431, id="offering of data"),
    pytest.param({"volume_type": "ROOT"}, {}, errors.Invalid, 431, id="root without offering"),
    pytest.param(
        {"volume_type": "ROOT", "size_bytes": GIB + 1},
        {"disk_offering_id": "small"},
        errors.Invalid,
        431,
        id="offering too small",
    ),
    pytest.param({"disk_offering_id": "gone"}, {}, errors.Invalid, 431, id="offering is gone"),
    pytest.param({}, {"zone_id": "z2"}, errors.Invalid, 431, id="other zone"),
    pytest.param({"account_id": "bob", "domain_id": "lab"}, {}, errors.NotFound, 431, id="foreign"),
]


@pytest.mark.parametrize(("fields", "asked", "kind", "number"), SNAPSHOT_REFUSALS)
def test_some_snapshots_make_no_volume(
    zone: SmallZone,
    fields: dict[str, object],
    asked: dict[str, str],
    kind: type[ForebayError],
    number: int,
) -> None:
    """The refusal names the snapshot."""
    zone.volume()
    zone.snapshot(**fields)
    with refusal(kind, number, "snapshot/snap"):
        zone.check(msgspec.structs.replace(FROM_SNAPSHOT, **asked))


def test_a_snapshot_out_of_reach_makes_no_volume(zone: SmallZone) -> None:
    """No store has it, and its pool is Disabled."""
    zone.volume()
    zone.snapshot(pool_id="nfs")
    zone.inventory.remove(StoreRef, "ref-snap")
    zone.check(FROM_SNAPSHOT)
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(msgspec.structs.replace(nfs, state=PoolState.DISABLED))
    with refusal(errors.Unavailable, 530, "snapshot/snap"):
        zone.check(FROM_SNAPSHOT)


@pytest.mark.parametrize(
    ("volume_type", "asked", "size_bytes", "offering"),
    [
        ("DATADISK", {}, 2 * GIB, "small"),
        ("DATADISK", {"size": 1}, 2 * GIB, "small"),
        ("DATADISK", {"size": 5}, 5 * GIB, "small"),
        ("ROOT", {"disk_offering_id": "large"}, 10 * GIB, "large"),
        ("ROOT", {"disk_offering_id": "custom"}, 2 * GIB, "custom"),
        ("ROOT", {"disk_offering_id": "custom", "size": 4}, 4 * GIB, "custom"),
    ],
)
def test_a_snapshots_volume_is_at_least_as_large(
    zone: SmallZone, volume_type: str, asked: dict[str, object], size_bytes: int, offering: str
) -> None:
    """A data disk's inherits its offering, a root disk's is given one."""
    zone.volume()
    zone.snapshot(volume_type=volume_type, size_bytes=2 * GIB)
    claim = zone.claim(msgspec.structs.replace(FROM_SNAPSHOT, **asked))
    volume = zone.inventory.get(Volume, claim.id)
    assert (volume.size_bytes, volume.disk_offering_id, volume.type) == (
        size_bytes,
        offering,
        "DATADISK",
    )
    assert claim.locks == (f"volume/{claim.id}", "snapshot/snap:read")


def test_a_snapshots_volume_is_made_at_once_where_its_offering_fits(zone: SmallZone) -> None:
    """From the image store, on a pool with the offering's tags."""
    zone.volume()
    zone.snapshot(disk_offering_id="tagged", hypervisor="KVM")
    (step,) = zone.plan(FROM_SNAPSHOT).steps
    assert step.actor == "pool/more"
    assert isinstance(step.do, CreateDisk)
    assert step.do.source == ImageAt(store_id="s1", path="snapshots/snap")
    assert step.bytes == GIB


def test_a_snapshots_volume_goes_to_a_pool_of_its_hypervisor(zone: SmallZone) -> None:
    """Another hypervisor could not read it."""
    zone.volume()
    zone.snapshot(disk_offering_id="tagged", hypervisor="XenServer")
    with refusal(errors.NoCapacity, 533, "zone/z1"):
        zone.plan(FROM_SNAPSHOT)


def test_a_volume_that_could_not_be_made_is_forgotten(zone: SmallZone) -> None:
    """Its limit is given back with it."""
    zone.limit("alice", "volume", 1)
    claim = zone.claim(SMALL)
    assert give_up(zone.context(), claim.id) == (Drop(kind="volume", id=claim.id),)
    zone.apply(give_up(zone.context(), claim.id))
    zone.check(SMALL)
