"""importVolume and unmanageVolume: what may become a volume, and what may be let go."""

import pytest
from msgspec.structs import replace

from core.model import errors
from core.model.commands.volume import ImportVolume, UnmanageVolume
from core.model.hypervisors import Hypervisor
from core.model.pool_types import PoolType
from core.model.records import DiskOffering, Pool, PoolTemplate, Volume
from core.model.states import PoolState, RefState, VolumeState
from core.plans.context import GIB
from core.plans.operation import AdoptDisk, ReleaseDisk
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


def _import(path: str = "old.qcow2", **fields: str) -> ImportVolume:
    return ImportVolume(path=path, storage_id=fields.pop("storage_id", "nfs"), **fields)


def test_an_image_gets_the_volumes_name_and_tells_its_size(zone: SmallZone) -> None:
    """It is a data volume of the account named, with a customized offering."""
    claim = zone.claim(_import(account="alice", domain_id="sales", name="mine"), ADMIN)
    volume = zone.inventory.get(Volume, claim.id)
    assert (volume.name, volume.account_id, volume.type) == ("mine", "alice", "DATADISK")
    assert (volume.disk_offering_id, volume.state) == ("custom", VolumeState.ALLOCATED)
    (step,) = zone.plan(_import(account="alice", domain_id="sales"), ADMIN).steps
    assert isinstance(step.do, AdoptDisk)
    assert (step.actor, step.do.path) == ("pool/nfs", "old.qcow2")
    assert step.undo == ReleaseDisk(name=step.do.name, path="old.qcow2")


def test_an_image_is_named_after_its_file(zone: SmallZone) -> None:
    """Without the folders that lead there."""
    claim = zone.claim(_import("lost/old.qcow2"), ADMIN)
    assert zone.inventory.get(Volume, claim.id).name == "old.qcow2"


def test_an_image_may_be_as_large_as_the_account_has_left(zone: SmallZone) -> None:
    """Only the image itself tells its size, so the storage is asked to refuse more."""
    zone.limit("alice", "primary_storage", 5)
    zone.volume("other", size_bytes=2 * GIB)
    (step,) = zone.plan(_import(account="alice", domain_id="sales"), ADMIN).steps
    assert isinstance(step.do, AdoptDisk)
    assert step.do.size_limit_bytes == 3 * GIB


@pytest.mark.parametrize(
    ("command", "kind", "number", "object"),
    [
        (_import(storage_id="none"), errors.NotFound, 431, "pool/none"),
        (_import(storage_id="fire"), errors.Unsupported, 431, "pool/fire"),
        (_import(storage_id="xen"), errors.Unsupported, 431, "pool/xen"),
        (_import(storage_id="down"), errors.Conflict, 431, "pool/down"),
        (_import("vol.qcow2"), errors.Invalid, 431, "volume/vol"),
        (_import("tmpl"), errors.Invalid, 431, "template/tmpl"),
        (_import(disk_offering_id="small"), errors.Invalid, 431, "disk_offering/small"),
        (_import(disk_offering_id="secret"), errors.Invalid, 431, "disk_offering/secret"),
        (_import(disk_offering_id="near"), errors.Invalid, 431, "disk_offering/near"),
        (_import(account="alice", domain_id="sales"), errors.QuotaExceeded, 535, "account/alice"),
    ],
)
def test_what_cannot_be_imported_is_refused(
    zone: SmallZone,
    command: ImportVolume,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Before anything of it is touched."""
    zone.volume()
    zone.limit("alice", "volume", 1)
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(replace(nfs, id="fire", type=PoolType.ISCSI))
    zone.add(replace(nfs, id="xen", hypervisor=Hypervisor.XENSERVER))
    zone.add(replace(nfs, id="down", state=PoolState.MAINTENANCE))
    copy = PoolTemplate(
        id="copy", pool_id="nfs", template_id="tmpl", size_bytes=GIB, state=RefState.READY
    )
    zone.add(copy)
    custom = zone.inventory.get(DiskOffering, "custom")
    zone.add(replace(custom, id="secret", encrypt=True))
    zone.add(replace(custom, id="near", storage_type="local"))
    with refusal(kind, number, object):
        zone.claim(command, ADMIN)


def test_without_a_customized_offering_nothing_is_imported(zone: SmallZone) -> None:
    """It says which kind to create."""
    with refusal(errors.Invalid, 431, "zone/z1"):
        zone.check(_import(storage_id="local"), ADMIN)


def test_a_volume_is_let_go_without_touching_its_pool(zone: SmallZone) -> None:
    """It is forgotten with all that goes with it."""
    zone.volume()
    (step,) = zone.plan(UnmanageVolume(id="vol"), ADMIN).steps
    assert step.do is None
    zone.run(zone.plan(UnmanageVolume(id="vol"), ADMIN))
    assert zone.inventory.find(Volume, "vol") is None


@pytest.mark.parametrize(
    ("fields", "kind", "object"),
    [
        ({"vm_id": "vm"}, errors.Conflict, "volume/vol"),
        ({"state": VolumeState.ALLOCATED, "pool_id": ""}, errors.Conflict, "volume/vol"),
        ({"pool_id": "fire"}, errors.Unsupported, "pool/fire"),
        ({"disk_offering_id": "secret"}, errors.Invalid, "volume/vol"),
    ],
)
def test_what_cannot_be_let_go_is_refused(
    zone: SmallZone, fields: dict[str, object], kind: type[errors.ForebayError], object: str
) -> None:
    """What is in use, has no image, or has one that would not stand alone."""
    nfs = zone.inventory.get(Pool, "nfs")
    zone.add(replace(nfs, id="fire", type=PoolType.ISCSI))
    zone.add(replace(zone.inventory.get(DiskOffering, "custom"), id="secret", encrypt=True))
    zone.vm()
    zone.volume(**fields)
    with refusal(kind, 431, object):
        zone.check(UnmanageVolume(id="vol"), ADMIN)


def test_a_volume_with_a_snapshot_inside_is_kept(zone: SmallZone) -> None:
    """One that an image store has outlives it."""
    zone.volume()
    snapshot = zone.snapshot()
    zone.check(UnmanageVolume(id="vol"), ADMIN)
    zone.add(replace(snapshot, pool_id="nfs"))
    with refusal(errors.Conflict, 431, f"snapshot/{snapshot.id}"):
        zone.check(UnmanageVolume(id="vol"), ADMIN)
