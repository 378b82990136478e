"""A refusal because of a state says what to do about it."""

import pytest
from msgspec.structs import replace

from core.model.errors import Conflict
from core.model.records import Pool, Record, Volume
from core.model.states import PoolState, VolumeState
from core.plans.admission import WAYS, require_state
from tests.small_zone import SmallZone


def hint(record: Record, *admitted: str) -> str:
    """What the refusal advises."""
    with pytest.raises(Conflict) as refused:
        require_state(record, *admitted, doing="this")
    return refused.value.hint


@pytest.fixture
def pool() -> Pool:
    """A pool that is Up."""
    return SmallZone().inventory.get(Pool, "nfs")


@pytest.fixture
def volume() -> Volume:
    """A volume that is Ready."""
    return SmallZone().volume()


@pytest.mark.parametrize(
    ("state", "wanted", "command"),
    [
        (PoolState.UP, PoolState.MAINTENANCE, "enableStorageMaintenance"),
        (PoolState.UP, PoolState.DISABLED, "enabled=false"),
        (PoolState.DISABLED, PoolState.UP, "enabled=true"),
        (PoolState.MAINTENANCE, PoolState.UP, "cancelStorageMaintenance"),
    ],
)
def test_the_command_is_named(
    pool: Pool, state: PoolState, wanted: PoolState, command: str
) -> None:
    """That brings the thing to the state."""
    assert command in hint(replace(pool, state=state), wanted)


def test_the_first_state_that_can_be_had_counts(volume: Volume) -> None:
    """An image that nobody sent is given up some day; it is never Ready by itself."""
    waiting = replace(volume, state=VolumeState.NOT_UPLOADED)
    assert "upload.operation.timeout" in hint(
        waiting, VolumeState.READY, VolumeState.UPLOAD_ABANDONED
    )


def test_where_nothing_helps_another_thing_is_to_be_chosen(volume: Volume) -> None:
    """Nobody is told to destroy a volume in order to recover it."""
    assert hint(volume, VolumeState.DESTROY) == "choose one that is Destroy"
    assert (VolumeState.READY, VolumeState.DESTROY) not in WAYS


def test_a_job_at_work_is_waited_for(volume: Volume) -> None:
    """It will leave the state by itself."""
    busy = replace(volume, state=VolumeState.MIGRATING, job_id="j")
    assert hint(busy, VolumeState.READY) == "wait for the job that works on it"
