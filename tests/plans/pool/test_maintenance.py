"""enableStorageMaintenance and cancelStorageMaintenance."""

from collections.abc import Iterable

import msgspec
import pytest
from msgspec.structs import replace

from core.model.commands.pool import CancelStorageMaintenance, EnableStorageMaintenance
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.volume import AttachVolume, MigrateVolume
from core.model.errors import Conflict, ForebayError, NotFound, Unavailable
from core.model.records import Job, Pool, PoolWork, Vm
from core.model.states import PoolState, VmState, VolumeState
from core.plans.context import GIB
from core.plans.operation import CreateDisk, MirrorDisk, RemoveDisk, RunJobs, StopVm
from core.plans.pool import cancel_maintenance, enable_maintenance
from core.plans.step import Plan
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

ENABLE = EnableStorageMaintenance(id="nfs")
CANCEL = CancelStorageMaintenance(id="nfs")


@pytest.fixture
def zone() -> SmallZone:
    """Machines one and two run with volumes on pool nfs, three is stopped, four is on far."""
    zone = SmallZone()
    zone.vm("one")
    zone.vm("two")
    zone.stopped_vm("three")
    zone.vm("four", host_id="h3")
    zone.root("one")
    zone.root("two", pool_id="more")
    zone.volume("data", vm_id="two", device_id=1)
    zone.root("three")
    zone.root("four", pool_id="far")
    zone.volume("loose")
    return zone


def _state(zone: SmallZone, state: PoolState, *names: str) -> None:
    for name in names:
        zone.add(replace(zone.inventory.get(Pool, name), state=state))


def _states(zone: SmallZone, *names: str) -> list[PoolState]:
    return [zone.inventory.get(Pool, name).state for name in names]


def _stopped(plan: Plan) -> list[str]:
    return [step.do.vm_id for step in plan.steps if isinstance(step.do, StopVm)]


@pytest.mark.parametrize(
    "state", [PoolState.DISABLED, PoolState.MAINTENANCE, PoolState.PREPARE_FOR_MAINTENANCE]
)
def test_only_a_pool_that_is_up_or_failed_enters(zone: SmallZone, state: PoolState) -> None:
    """From any other state it is refused with 431."""
    _state(zone, state, "nfs")
    with refusal(Conflict, 431, "pool/nfs"):
        zone.check(ENABLE, ADMIN)


def test_an_unknown_pool_is_refused(zone: SmallZone) -> None:
    """With 431, as every unknown id."""
    with refusal(NotFound, 431, "pool/none"):
        zone.check(EnableStorageMaintenance(id="none"), ADMIN)


def test_one_pool_of_a_scope_prepares_at_a_time(zone: SmallZone) -> None:
    """The one refused stays Up; pools of another cluster or scope are not in the way."""
    _state(zone, PoolState.PREPARE_FOR_MAINTENANCE, "more")
    with refusal(Conflict, 530, "pool/more"):
        zone.check(ENABLE, ADMIN)
    assert _states(zone, "nfs") == [PoolState.UP]
    zone.check(EnableStorageMaintenance(id="far"), ADMIN)
    zone.check(EnableStorageMaintenance(id="wide"), ADMIN)


def test_new_volumes_are_kept_away_from_the_claim_on(zone: SmallZone) -> None:
    """Before anything is stopped, and while the job still waits."""
    zone.claim(ENABLE, ADMIN)
    assert _states(zone, "nfs") == [PoolState.PREPARE_FOR_MAINTENANCE]


def test_it_waits_for_all_that_is_under_way_on_the_pool(zone: SmallZone) -> None:
    """It holds the machines with volumes there, and what jobs on those volumes hold."""
    zone.add(
        Job(
            id="j",
            command="attachVolume",
            account_id="alice",
            domain_id="sales",
            user_id="u",
            instance_kind="volume",
            instance_id="coming",
            request=msgspec.Raw(b"{}"),
            locks=("vm/four", "volume/coming"),
        )
    )
    zone.volume(
        "coming", pool_id="far", target_pool_id="nfs", job_id="j", state=VolumeState.MIGRATING
    )
    claim = zone.claim(ENABLE, ADMIN)
    assert set(claim.locks) == {
        "pool/nfs", "vm/one", "vm/two", "vm/three", "vm/four", "volume/coming",
    }  # fmt: skip


def test_every_machine_that_runs_is_stopped_in_a_step_of_its_own(zone: SmallZone) -> None:
    """Root or data disk alike; gently; what is stopped or elsewhere is left alone."""
    plan = zone.plan(ENABLE, ADMIN)
    assert _stopped(plan) == ["one", "two"]
    assert all(not step.do.forced for step in plan.steps if isinstance(step.do, StopVm))
    zone.run(plan)
    assert _states(zone, "nfs") == [PoolState.MAINTENANCE]
    assert [work.vm_id for work in zone.inventory.all(PoolWork) if work.stopped] == ["one", "two"]
    states = {vm.id: vm.state for vm in zone.inventory.all(Vm)}
    assert states == {
        "one": VmState.STOPPED,
        "two": VmState.STOPPED,
        "three": VmState.STOPPED,
        "four": VmState.RUNNING,
    }


def test_machines_that_can_move_do_so_before_others_are_stopped(zone: SmallZone) -> None:
    """Here machine one has more room elsewhere than machine two, which has two disks to move."""
    migrate = replace(ENABLE, migrate=True)
    for name in ("more", "wide", "rbd"):
        zone.add(replace(zone.inventory.get(Pool, name), capacity_bytes=3 * GIB))
    zone.set("storage.overprovisioning.factor", 1)
    zone.volume("data", vm_id="two", device_id=1, size_bytes=4 * GIB)
    claim = zone.claim(migrate, ADMIN)
    assert {"volume/root-one", "volume/data"} <= set(claim.locks)
    plan = enable_maintenance.plan(zone.context(ADMIN), migrate, "nfs")
    kinds = [type(step.do) for step in plan.steps if step.do is not None]
    assert kinds == [CreateDisk, MirrorDisk, RemoveDisk, StopVm]
    assert _stopped(plan) == ["two"]


def test_room_is_promised_to_one_machine_only(zone: SmallZone) -> None:
    """Of two machines that would fit where one does, one is stopped."""
    for name in ("more", "wide", "rbd"):
        zone.add(replace(zone.inventory.get(Pool, name), capacity_bytes=GIB))
    zone.set("storage.overprovisioning.factor", 1)
    zone.add(replace(zone.inventory.get(Pool, "wide"), capacity_bytes=3 * GIB))
    zone.root("two")
    zone.inventory.remove(type(zone.root("one")), "data")
    plan = zone.plan(replace(ENABLE, migrate=True), ADMIN)
    assert len(_stopped(plan)) == 1


def test_a_pool_without_machines_enters_at_once(zone: SmallZone) -> None:
    """Nothing is asked of any host."""
    plan = zone.plan(EnableStorageMaintenance(id="rbd"), ADMIN)
    assert all(step.do is None for step in plan.steps)
    zone.run(plan)
    assert _states(zone, "rbd") == [PoolState.MAINTENANCE]


def test_a_failure_leaves_the_pool_in_error(zone: SmallZone) -> None:
    """Only the job that owns the state ends it."""
    zone.claim(ENABLE, ADMIN)
    zone.apply(enable_maintenance.give_up(zone.context(ADMIN), "nfs"))
    assert _states(zone, "nfs") == [PoolState.ERROR_IN_MAINTENANCE]
    assert enable_maintenance.give_up(zone.context(ADMIN), "nfs") == ()
    assert enable_maintenance.give_up(zone.context(ADMIN), "none") == ()


def test_trying_again_keeps_what_was_stopped_before(zone: SmallZone) -> None:
    """The machine that the first try has stopped is still started when all is over."""
    _state(zone, PoolState.ERROR_IN_MAINTENANCE, "nfs")
    zone.add(replace(zone.inventory.get(Vm, "one"), state=VmState.STOPPED, host_id=""))
    zone.add(PoolWork(id="nfs/one", pool_id="nfs", vm_id="one", stopped=True))
    plan = zone.plan(ENABLE, ADMIN)
    assert _stopped(plan) == ["two"]
    zone.run(plan)
    assert _started(zone.plan(CANCEL, ADMIN)) == ["one", "two"]


def test_what_an_older_maintenance_noted_is_forgotten(zone: SmallZone) -> None:
    """A machine that ran then but not now is not started after this one."""
    zone.add(PoolWork(id="nfs/three", pool_id="nfs", vm_id="three", stopped=True))
    zone.run(zone.plan(ENABLE, ADMIN))
    assert _started(zone.plan(CANCEL, ADMIN)) == ["one", "two"]


def _started(plan: Plan) -> list[str]:
    (step,) = plan.steps
    assert isinstance(step.do, RunJobs)
    return [msgspec.json.decode(errand.request)["id"] for errand in step.do.errands]


@pytest.mark.parametrize(
    "state", [PoolState.UP, PoolState.PREPARE_FOR_MAINTENANCE, PoolState.DISABLED]
)
def test_only_a_maintenance_can_be_cancelled(zone: SmallZone, state: PoolState) -> None:
    """A pool that is Up, not yet in maintenance, or Disabled, is refused with 530."""
    _state(zone, state, "nfs")
    with refusal(Unavailable, 530, "pool/nfs"):
        zone.check(CANCEL, ADMIN)


def test_the_pool_is_up_before_machines_start(zone: SmallZone) -> None:
    """They could not start otherwise; afterwards nothing is noted any more."""
    zone.run(zone.plan(ENABLE, ADMIN))
    zone.claim(CANCEL, ADMIN)
    assert _states(zone, "nfs") == [PoolState.UP]
    plan = cancel_maintenance.plan(zone.context(ADMIN), CANCEL, "nfs")
    assert _started(plan) == ["one", "two"]
    zone.run(plan)
    assert not zone.inventory.all(PoolWork)


def test_machines_that_lost_their_root_disk_are_not_started(zone: SmallZone) -> None:
    """Nor those that are gone, or run already."""
    zone.run(zone.plan(ENABLE, ADMIN))
    zone.inventory.remove(type(zone.volume("x")), "root-one")
    zone.inventory.remove(Vm, "two")
    plan = zone.plan(CANCEL, ADMIN)
    assert [step.do for step in plan.steps] == [None]
    zone.run(plan)
    assert not zone.inventory.all(PoolWork)


def test_a_failed_cancellation_leaves_the_pool_up(zone: SmallZone) -> None:
    """Machines that could not be started are their owners' from now on."""
    zone.run(zone.plan(ENABLE, ADMIN))
    zone.claim(CANCEL, ADMIN)
    zone.apply(cancel_maintenance.give_up(zone.context(ADMIN), "nfs"))
    assert _states(zone, "nfs") == [PoolState.UP]
    assert not zone.inventory.all(PoolWork)
    assert cancel_maintenance.give_up(zone.context(ADMIN), "none") == ()


def _family(zone: SmallZone, names: Iterable[str] = ("nfs", "more")) -> None:
    zone.add(replace(zone.inventory.get(Pool, "nfs"), id="dsc", name="dsc", url="dsc"))
    for name in names:
        zone.add(replace(zone.inventory.get(Pool, name), parent_id="dsc"))


def test_a_datastore_cluster_takes_its_children_along(zone: SmallZone) -> None:
    """All enter together, all come back together, and a failure of one is of all."""
    _family(zone)
    enable = EnableStorageMaintenance(id="dsc")
    zone.claim(enable, ADMIN)
    assert set(_states(zone, "dsc", "nfs", "more")) == {PoolState.PREPARE_FOR_MAINTENANCE}
    plan = enable_maintenance.plan(zone.context(ADMIN), enable, "dsc")
    assert _stopped(plan) == ["two", "one"]
    zone.apply(enable_maintenance.give_up(zone.context(ADMIN), "dsc"))
    assert set(_states(zone, "dsc", "nfs", "more")) == {PoolState.ERROR_IN_MAINTENANCE}
    zone.run(zone.plan(enable, ADMIN))
    assert set(_states(zone, "dsc", "nfs", "more")) == {PoolState.MAINTENANCE}
    with refusal(Conflict, 530, "pool/dsc"):
        zone.check(CANCEL, ADMIN)
    zone.claim(CancelStorageMaintenance(id="dsc"), ADMIN)
    assert set(_states(zone, "dsc", "nfs", "more")) == {PoolState.UP}


@pytest.mark.parametrize(
    ("command", "number", "kind"),
    [
        (MigrateVolume(volume_id="far-data", storage_id="nfs"), 431, Conflict),
        (AttachVolume(id="loose", virtual_machine_id="four"), 530, Conflict),
        (CreateSnapshot(volume_id="loose"), 530, Conflict),
    ],
)
@pytest.mark.parametrize(
    "state",
    [
        PoolState.PREPARE_FOR_MAINTENANCE,
        PoolState.ERROR_IN_MAINTENANCE,
        PoolState.MAINTENANCE,
    ],
)
def test_nothing_uses_a_pool_in_maintenance(
    zone: SmallZone, command: object, number: int, kind: type[ForebayError], state: PoolState
) -> None:
    """No volume goes there, and none that is there is plugged in or snapshotted."""
    _state(zone, state, "nfs")
    zone.volume("far-data", pool_id="far")
    with refusal(kind, number, "pool/nfs"):
        zone.check(command, ADMIN)  # type: ignore[arg-type]
