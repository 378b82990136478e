"""deleteStoragePool and changeStoragePoolScope."""

import pytest
from msgspec.structs import replace

from core.model.commands.command import Command
from core.model.commands.pool import ChangeStoragePoolScope, DeleteStoragePool
from core.model.errors import Conflict, ForebayError, Invalid, NotFound, Unsupported
from core.model.records import Pool, PoolTemplate, PoolWork, Snapshot, Volume
from core.model.states import PoolState, SnapshotState, VolumeState
from core.plans.operation import ProbePool, RemoveDisk
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

FORCED = DeleteStoragePool(id="nfs", forced=True)
WIDER = ChangeStoragePoolScope(id="nfs", scope="zone")
NARROWER = ChangeStoragePoolScope(id="wide", scope="CLUSTER", cluster_id="c1")


def _in_state(zone: SmallZone, state: PoolState, *names: str) -> None:
    for name in names:
        zone.add(replace(zone.inventory.get(Pool, name), state=state))


@pytest.fixture
def zone() -> SmallZone:
    """Pool nfs is in Maintenance."""
    zone = SmallZone()
    _in_state(zone, PoolState.MAINTENANCE, "nfs")
    return zone


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (DeleteStoragePool(id="none"), NotFound, "pool/none"),
        (DeleteStoragePool(id="more", forced=True), Conflict, "pool/more"),
    ],
)
def test_a_pool_that_is_not_in_maintenance_is_kept(
    zone: SmallZone, command: Command, kind: type[ForebayError], object: str
) -> None:
    """Forced or not."""
    with refusal(kind, 431, object):
        zone.check(command, ADMIN)


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (VolumeState.READY, DeleteStoragePool(id="nfs")),
        (VolumeState.READY, FORCED),
        (VolumeState.DESTROY, DeleteStoragePool(id="nfs")),
    ],
)
def test_a_pool_with_volumes_is_kept(zone: SmallZone, state: VolumeState, command: Command) -> None:
    """Forced helps only where every volume is destroyed."""
    zone.volume(state=state)
    with refusal(Conflict, 530, "pool/nfs"):
        zone.check(command, ADMIN)


def test_a_snapshot_that_is_nowhere_else_keeps_its_pool(zone: SmallZone) -> None:
    """Its volume is gone, so nothing else would notice the loss."""
    snapshot = zone.snapshot(volume_id="gone", pool_id="nfs", state=SnapshotState.BACKED_UP)
    zone.check(DeleteStoragePool(id="nfs"), ADMIN)
    zone.inventory.remove(type(zone.ref("x", "snapshot")), f"ref-{snapshot.id}")
    with refusal(Conflict, 530, "pool/nfs"):
        zone.check(FORCED, ADMIN)


def test_a_child_goes_with_its_datastore_cluster(zone: SmallZone) -> None:
    """It is vCenter's to take a datastore out of a cluster."""
    zone.add(replace(zone.inventory.get(Pool, "nfs"), parent_id="wide"))
    with refusal(Conflict, 431, "pool/nfs"):
        zone.check(DeleteStoragePool(id="nfs"), ADMIN)


def test_forced_removes_the_destroyed_volumes_of_this_pool_only(zone: SmallZone) -> None:
    """Then the pool goes, with what is recorded only because of it."""
    zone.volume("here", state=VolumeState.DESTROY)
    zone.volume("there", pool_id="far", state=VolumeState.DESTROY)
    zone.snapshot(volume_id="gone", pool_id="nfs")
    zone.add(PoolTemplate(id="copy", pool_id="nfs", template_id="debian"))
    zone.add(PoolWork(id="nfs/vm", pool_id="nfs", vm_id="vm"))
    plan = zone.plan(FORCED, ADMIN)
    assert [step.do for step in plan.steps] == [
        RemoveDisk(name="here"),
        RemoveDisk(name="debian"),
        None,
    ]
    assert all(step.final for step in plan.steps)
    zone.run(plan)
    assert [volume.id for volume in zone.inventory.all(Volume)] == ["there"]
    assert zone.inventory.find(Pool, "nfs") is None
    assert not zone.inventory.all(PoolTemplate)
    assert not zone.inventory.all(PoolWork)
    assert zone.inventory.get(Snapshot, "snap").pool_id == ""


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (ChangeStoragePoolScope(id="far", scope="ZONE"), Conflict, "pool/far"),
        (replace(WIDER, scope="GLOBAL"), Invalid, ""),
        (replace(WIDER, scope="HOST"), Invalid, ""),
        (replace(WIDER, scope="CLUSTER"), Invalid, "pool/nfs"),
        (replace(NARROWER, scope="ZONE"), Invalid, "pool/wide"),
        (replace(NARROWER, cluster_id=None), Invalid, ""),
        (replace(NARROWER, cluster_id="c9"), NotFound, "cluster/c9"),
        (replace(NARROWER, cluster_id="c2"), Conflict, "vm/vm"),
        (replace(WIDER, id="xen"), Unsupported, ""),
    ],
)
def test_a_wrong_change_of_scope_is_refused(
    zone: SmallZone, command: Command, kind: type[ForebayError], object: str
) -> None:
    """Only a Disabled pool, to another scope, where no machine would lose it."""
    _in_state(zone, PoolState.DISABLED, "nfs", "wide")
    zone.add(replace(zone.inventory.get(Pool, "nfs"), id="xen", hypervisor="XenServer"))
    zone.vm()
    zone.volume(pool_id="wide", vm_id="vm")
    with refusal(kind, 431, object):
        zone.check(command, ADMIN)


@pytest.mark.parametrize(
    ("command", "place"),
    [(WIDER, ("ZONE", "", "", "KVM")), (NARROWER, ("CLUSTER", "c1", "pod", "KVM"))],
)
def test_the_scope_changes_when_the_storage_answers(
    zone: SmallZone, command: ChangeStoragePoolScope, place: tuple[str, ...]
) -> None:
    """The pool stays Disabled."""
    _in_state(zone, PoolState.DISABLED, "nfs", "wide")
    plan = zone.plan(command, ADMIN)
    assert [type(step.do) for step in plan.steps] == [ProbePool]
    zone.run(plan)
    pool = zone.inventory.get(Pool, command.id)
    assert (pool.scope, pool.cluster_id, pool.pod_id, pool.hypervisor) == place
    assert pool.state is PoolState.DISABLED
