"""When a zone gets another system VM, and when one goes."""

import pytest

from core.throttle.scale import Load, Scale, change

WAIT_S = 900.0
SCALE = Scale(additional=5, sessions=50, copies=2, standby=10, wait_s=WAIT_S, shrinks=False)
LATE = WAIT_S + 1


def load(
    *waited_s: float, running: int = 1, hosts: int = 9, working: int = 0, since_s: float = LATE
) -> Load:
    """One system VM, long there, with these copies."""
    return Load(running, hosts, working, waited_s, since_s)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (load(running=0), 1),
        (load(running=0, hosts=0), 0),
        (load(), 0),
        (load(working=40), 0),
        (load(working=41), 1),
        (load(running=2, working=90), 0),
        (load(running=2, working=91), 1),
    ],
)
def test_enough_sessions_are_kept_free(now: Load, due: int) -> None:
    """secstorage.session.max times those that run, less what is under way, is the standby."""
    assert change(now, SCALE) == due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (load(LATE), 1),
        (load(WAIT_S), 0),
        (load(LATE, since_s=WAIT_S), 0),
        (load(LATE, running=2), 0),
        (load(LATE, 1.0, running=2), 0),
        (load(LATE, LATE, running=2), 1),
        (load(LATE, LATE, running=3), 0),
        (load(LATE, LATE, LATE, running=3), 1),
    ],
)
def test_late_copies_call_for_help(now: Load, due: int) -> None:
    """Half as many as there are copy sessions must be late, and the newest system VM as old."""
    assert change(now, SCALE) == due


@pytest.mark.parametrize(("sessions", "running", "least"), [(1, 1, 1), (3, 1, 2), (3, 3, 5)])
def test_half_of_an_odd_number_is_rounded_up(sessions: int, running: int, least: int) -> None:
    """One late copy fewer than that calls for nobody."""
    scale = SCALE._replace(copies=sessions)
    assert change(load(*(LATE,) * least, running=running), scale) == 1
    assert change(load(*(LATE,) * (least - 1), running=running), scale) == 0


@pytest.mark.parametrize(
    ("hosts", "additional", "most"), [(9, 5, 6), (9, 0, 1), (3, 5, 4), (1, 5, 2), (0, 5, 0)]
)
def test_there_are_no_more_than_hosts_and_the_setting_admit(
    hosts: int, additional: int, most: int
) -> None:
    """max.ssvm.count are additional ones; however late everything is."""
    running = 0
    scale = SCALE._replace(additional=additional)
    while change(load(*(LATE,) * 99, running=running, hosts=hosts), scale) == 1:
        running += 1
    assert running == most


@pytest.mark.parametrize(
    ("now", "shrinks", "due"),
    [
        (load(running=2), True, -1),
        (load(running=2), False, 0),
        (load(running=1), True, 0),
        (load(1.0, running=2), True, 0),
    ],
)
def test_idle_ones_go_when_that_is_wanted(now: Load, *, shrinks: bool, due: int) -> None:
    """Not the last one, and not while there is anything to copy."""
    assert change(now, SCALE._replace(shrinks=shrinks)) == due
