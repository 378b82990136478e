"""First in, first out: never more than the places, in order, and expiry to the second."""

from hypothesis import given
from hypothesis import strategies as st

from core.throttle.fifo import FirstInFirstOut
from core.throttle.policy import Limits, Request

MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(0, 5)),
        st.tuples(st.just("leave"), st.integers(0, 40)),
        st.tuples(st.just("wait"), st.integers(1, 20)),
    ),
    max_size=60,
)


@given(MOVES, st.integers(0, 4), st.integers(5, 30))
def test_it_is_a_bounded_queue(moves: list[tuple[str, int]], places: int, wait_s: int) -> None:
    """Against a plain model: two lists and a clock."""
    policy, limits = FirstInFirstOut(), Limits(places, float(wait_s))
    waiting: list[tuple[str, float]] = []
    running: list[str] = []
    now_s = 0.0
    for number, (move, value) in enumerate(moves):
        if move == "arrive":
            policy.arrive(Request(f"r{number}", now_s))
            waiting.append((f"r{number}", now_s))
        elif move == "leave" and running:
            policy.leave(running.pop(value % len(running)))
        elif move == "wait":
            now_s += value
        decision = policy.decide(now_s, limits)
        expired = [key for key, at_s in waiting if now_s - at_s >= wait_s]
        waiting = [(key, at_s) for key, at_s in waiting if key not in expired]
        free = len(waiting) if not places else max(0, places - len(running))
        started = [key for key, _ in waiting[:free]]
        assert list(decision.expired) == expired
        assert list(decision.started) == started
        waiting, running = waiting[len(started) :], running + started
        assert policy.running() == len(running)
        assert policy.waiting() == len(waiting)
        assert decision.again_s == (waiting[0][1] + wait_s if waiting else None)


def test_positions_count_from_the_front() -> None:
    """1 is next; what runs or is unknown has 0."""
    policy, limits = FirstInFirstOut(), Limits(1, 60.0)
    for key in ("a", "b", "c"):
        policy.arrive(Request(key, 0.0))
    policy.decide(0.0, limits)
    assert [policy.position(key) for key in ("a", "b", "c", "x")] == [0, 1, 2, 0]


def test_one_that_gives_up_makes_way() -> None:
    """Leaving while waiting moves the others up, and starts nobody out of turn."""
    policy, limits = FirstInFirstOut(), Limits(1, 60.0)
    for key in ("a", "b", "c"):
        policy.arrive(Request(key, 0.0))
    policy.decide(0.0, limits)
    policy.leave("b")
    assert policy.decide(1.0, limits).started == ()
    policy.leave("a")
    assert policy.decide(2.0, limits).started == ("c",)


def test_a_new_limit_counts_at_once() -> None:
    """More places let more start; fewer let nobody start, and stop nobody."""
    policy = FirstInFirstOut()
    for key in ("a", "b", "c"):
        policy.arrive(Request(key, 0.0))
    assert policy.decide(0.0, Limits(1, 60.0)).started == ("a",)
    assert policy.decide(0.0, Limits(3, 60.0)).started == ("b", "c")
    policy.arrive(Request("d", 1.0))
    policy.leave("a")
    assert policy.decide(1.0, Limits(2, 60.0)).started == ()
