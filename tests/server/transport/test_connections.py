"""One address, or all together, cannot take more connections than they may."""

import pytest

from core.model.errors import Busy
from server.limits import Limits, RateLimited, TokenBucket
from server.transport.connections import Connections

LIMITS = Limits(connections=5, connections_per_address=3, unidentified_per_address=2)


def test_an_address_has_few_places_for_unknown_clients() -> None:
    """Those who said who they are make room for others."""
    connections = Connections(LIMITS)
    with connections.place("10.0.0.1") as first, connections.place("10.0.0.1"):
        with pytest.raises(Busy), connections.place("10.0.0.1"):
            pass
        first.identified()
        first.identified()
        with connections.place("10.0.0.1"):
            assert (connections.open, connections.unidentified) == (3, 2)
    assert (connections.open, connections.unidentified, connections.refused) == (0, 0, 1)


def test_an_address_has_so_many_places_and_others_have_theirs() -> None:
    """The fourth of one address is refused, the first of another is not."""
    connections = Connections(LIMITS)
    with (
        connections.place("10.0.0.1") as a,
        connections.place("10.0.0.1") as b,
    ):
        a.identified()
        b.identified()
        with connections.place("10.0.0.1") as c:
            c.identified()
            with pytest.raises(Busy), connections.place("10.0.0.1"):
                pass
            with connections.place("10.0.0.2"):
                pass


def test_the_whole_has_so_many_places() -> None:
    """Also for the machine itself, which has no limit of its own."""
    connections = Connections(Limits(connections=2, unidentified_per_address=1))
    with connections.place("127.0.0.1"), connections.place("127.0.0.1"):
        for address in ("127.0.0.1", "::1", "10.0.0.1"):
            with pytest.raises(Busy), connections.place(address):
                pass


def test_a_bucket_gives_a_burst_and_then_its_rate() -> None:
    """Ten a second: twenty at once after a rest, then one each tenth of a second."""
    bucket = TokenBucket(10, 0.0)
    for _ in range(20):
        bucket.take(0.0)
    with pytest.raises(RateLimited) as refused:
        bucket.take(0.05)
    assert refused.value.code == "rate.limited"
    assert refused.value.retryable
    bucket.take(0.1)
