"""The heap of timers under both virtual fillings."""

from sim.virtual.timers import SWEEP_MIN, Timers


class Alarm:
    """Something that can have a timer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.timer = 0


def test_timers_fire_by_time_and_then_by_number() -> None:
    """Equal instants keep the order in which they were set, and time moves with them."""
    timers: Timers[Alarm] = Timers(100.0)
    for name, seconds in (("c", 2.0), ("a", 1.0), ("d", 2.0), ("b", 1.0)):
        timers.set(Alarm(name), seconds)
    fired: list[tuple[str, float]] = []
    while alarm := timers.pop():
        fired.append((alarm.name, timers.now_s))
    assert fired == [("a", 101.0), ("b", 101.0), ("c", 102.0), ("d", 102.0)]


def test_forgotten_timer_neither_fires_nor_moves_time() -> None:
    """Clearing twice is clearing once, and a target can be set anew."""
    timers: Timers[Alarm] = Timers(0.0)
    alarm = Alarm("a")
    timers.set(alarm, 5.0)
    timers.forget(alarm)
    timers.forget(alarm)
    assert timers.pop() is None
    assert timers.now_s == 0.0
    timers.set(alarm, 1.0)
    timers.forget(alarm)
    timers.set(alarm, 2.0)
    assert timers.pop() is alarm
    assert timers.now_s == 2.0


def test_dead_entries_do_not_pile_up() -> None:
    """However many deadlines are kept, the heap stays within twice the live ones and a margin."""
    timers: Timers[Alarm] = Timers(0.0)
    live = [Alarm(str(number)) for number in range(10)]
    for alarm in live:
        timers.set(alarm, 1_000_000.0)
    for _ in range(20 * SWEEP_MIN):
        alarm = Alarm("kept")
        timers.set(alarm, 3600.0)
        timers.forget(alarm)
    assert len(timers) <= 2 * SWEEP_MIN + len(live)
    assert [timers.pop() for _ in live] == live
