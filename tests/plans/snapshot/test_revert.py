"""revertSnapshot: refusals, both ways back, size and counts."""

from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.commands.snapshot import RevertSnapshot
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat
from core.model.records import StoreRef, Volume
from core.model.states import SnapshotState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import ReplaceDisk, RevertDisk
from tests.plans.snapshot.preparing import Prepare, Refused, in_turn
from tests.refusal import refusal
from tests.small_zone import BOB, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With volume vol and its snapshot snap on store s1."""
    zone = SmallZone()
    zone.volume()
    zone.snapshot(hypervisor=Hypervisor.KVM)
    return zone


def plug(zone: SmallZone, **fields: Any) -> None:
    """Let the volume be attached to a stopped machine, unless told otherwise."""
    zone.stopped_vm(**fields)
    edit(zone, vm_id="vm", device_id=1)


def edit(zone: SmallZone, **fields: object) -> None:
    """Change volume vol."""
    zone.add(msgspec.structs.replace(zone.inventory.get(Volume, "vol"), **fields))


def snapshotted_whole(zone: SmallZone) -> None:
    """The machine has a snapshot of its own."""
    plug(zone)
    zone.vm_snapshot("whole")


def forget_image(zone: SmallZone) -> None:
    """No image store has the snapshot."""
    zone.inventory.remove(StoreRef, "ref-snap")


def on_rbd(zone: SmallZone) -> None:
    """A raw disk on RBD whose snapshot only an image store has."""
    edit(zone, pool_id="rbd", format=DiskFormat.RAW)


REFUSALS: list[Refused] = [
    (
        lambda z: z.snapshot(state=SnapshotState.CREATED_ON_PRIMARY),
        errors.Conflict,
        431,
        "snapshot/snap",
    ),
    (lambda z: z.snapshot(type="GROUP"), errors.Invalid, 431, "snapshot/snap"),
    (lambda z: z.snapshot(volume_id="gone"), errors.NotFound, 431, "volume/gone"),
    (lambda z: edit(z, state=VolumeState.MIGRATING), errors.Conflict, 431, "volume/vol"),
    (
        lambda z: plug(z, state=VmState.RUNNING, host_id="h1"),
        errors.Conflict,
        431,
        "vm/vm",
    ),
    (snapshotted_whole, errors.Conflict, 431, "vm/vm"),
    (forget_image, errors.Unavailable, 530, "snapshot/snap"),
    (
        lambda z: plug(z, hypervisor=Hypervisor.XENSERVER),
        errors.Unsupported,
        530,
        "volume/vol",
    ),
    (on_rbd, errors.Unsupported, 530, "volume/vol"),
    (
        in_turn(
            lambda z: z.set("max.account.primary.storage", 1),
            lambda z: z.snapshot(size_bytes=2 * GIB),
        ),
        errors.QuotaExceeded,
        535,
        "account/alice",
    ),
]


@pytest.mark.parametrize(("prepare", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_as_it_was_is_refused(
    zone: SmallZone,
    prepare: Prepare,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each by its own rule."""
    zone.check(RevertSnapshot(id="snap"))
    prepare(zone)
    with refusal(kind, number, object):
        zone.check(RevertSnapshot(id="snap"))


def test_anothers_is_unknown(zone: SmallZone) -> None:
    """As if there were none."""
    with refusal(errors.NotFound, 431, "snapshot/snap"):
        zone.check(RevertSnapshot(id="snap"), BOB)


def test_the_image_takes_the_disks_place(zone: SmallZone) -> None:
    """Where the pool has the snapshot no more."""
    plug(zone)
    step = zone.plan(RevertSnapshot(id="snap")).steps[0]
    assert isinstance(step.do, ReplaceDisk)
    assert (step.actor, step.certain) == ("pool/nfs", False)


def test_the_pool_reverts_what_it_has(zone: SmallZone) -> None:
    """Inside the disk, also on storage with snapshots of its own."""
    zone.snapshot(pool_id="nfs")
    assert zone.plan(RevertSnapshot(id="snap")).steps[0].do == RevertDisk(
        name="vol", snapshot="snap"
    )
    on_rbd(zone)
    zone.snapshot(pool_id="rbd")
    assert isinstance(zone.plan(RevertSnapshot(id="snap")).steps[0].do, RevertDisk)


def test_another_snapshot_that_would_be_lost_stands_in_the_way(zone: SmallZone) -> None:
    """One that is only inside the disk that is to be replaced."""
    zone.snapshot("inside", pool_id="nfs")
    zone.inventory.remove(StoreRef, "ref-inside")
    with refusal(errors.Conflict, 530, "volume/vol"):
        zone.check(RevertSnapshot(id="snap"))


def test_the_volume_has_the_size_that_it_had(zone: SmallZone) -> None:
    """And counts so; its chain of increments ends."""
    edit(zone, size_bytes=5 * GIB)
    zone.run(zone.plan(RevertSnapshot(id="snap")))
    volume = zone.inventory.get(Volume, "vol")
    assert (volume.size_bytes, volume.state, volume.chain_ended) == (GIB, VolumeState.READY, True)
    assert zone.inventory.total("account.primary_bytes", "alice") == GIB
    assert zone.inventory.total("pool.allocated", "nfs") == GIB
