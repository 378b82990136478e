"""Transfers over shared links: max-min fairness, exact ends, and what is left of cancelled ones."""

from collections.abc import Awaitable, Callable
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runtime import Runtime
from sim.flow.network import Network
from sim.flow.share import Link, Transfer
from sim.virtual.run import START_S, run_kernel

CLOSE = 1e-6


def fair_rates(transfers: list[Transfer]) -> dict[Transfer, float]:
    """Max-min fair rates by plain progressive filling over all links: slow, and easy to believe."""
    room = {link: link.capacity_bytes for transfer in transfers for link in transfer.path}
    rates: dict[Transfer, float] = {}
    rest = list(transfers)
    while rest:
        shares = {
            link: max(0.0, left) / sum(row.weight for row in rest if link in row.path)
            for link, left in room.items()
            if any(link in row.path for row in rest)
        }
        link = min(shares, key=lambda found: shares[found])
        fixed = [row for row in rest if link in row.path]
        rest = [row for row in rest if link not in row.path]
        for transfer in fixed:
            rates[transfer] = shares[link] * transfer.weight
            for crossed in transfer.path:
                room[crossed] -= rates[transfer]
    return rates


def with_network(body: Callable[[Runtime, Network], Awaitable[None]]) -> None:
    """Run a body with a network on the kernel."""

    async def main(runtime: Runtime) -> None:
        async with runtime.nursery() as nursery:
            await body(runtime, Network(runtime, nursery))
            nursery.cancel()

    run_kernel(main)


def require_fair(network: Network, transfers: list[Transfer]) -> None:
    """Every transfer has the rate that it must have."""
    live = [transfer for transfer in transfers if not transfer.done.is_set()]
    for transfer, rate in fair_rates(live).items():
        assert network.rate_bytes(transfer) == pytest.approx(rate, rel=CLOSE, abs=CLOSE)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_rates_are_max_min_fair_whatever_happens(seed: int) -> None:
    """Random links, paths, weights, ends, cancellations and widths against the plain filling."""
    random = Random(seed)

    async def body(runtime: Runtime, network: Network) -> None:
        links = [Link(f"l{n}", random.choice((1, 2, 5, 100))) for n in range(random.randint(1, 8))]
        transfers: list[Transfer] = []
        for _ in range(40):
            chance = random.random()
            if chance < 0.6 or not transfers:
                path = tuple(random.sample(links, random.randint(1, min(3, len(links)))))
                size_bytes = random.choice((0, 10, random.uniform(1, 200)))
                weight = random.choice((1.0, 1.0, 2.0, 0.5))
                transfers.append(network.start(path, size_bytes, weight=weight))
            elif chance < 0.75:
                network.cancel(random.choice(transfers))
            else:
                network.set_capacity(random.choice(links), random.choice((0, 0.5, 3, 20, 100)))
            if random.random() < 0.5:
                await runtime.sleep(random.uniform(0, 5))
            require_fair(network, transfers)
        for link in links:
            network.set_capacity(link, 10)
        for transfer in transfers:
            await transfer.done.wait()

    with_network(body)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_transfers_end_when_their_bytes_have_flowed(seed: int) -> None:
    """Each end is where integrating the plain filling's rates puts it."""
    random = Random(seed)
    links = [Link(f"l{n}", random.choice((1, 3, 10))) for n in range(random.randint(1, 5))]
    arrivals = sorted(random.uniform(0, 30) for _ in range(12))
    ends_s: dict[Transfer, float] = {}

    async def body(runtime: Runtime, network: Network) -> None:
        transfers: list[Transfer] = []
        for at_s in arrivals:
            await runtime.sleep(START_S + at_s - runtime.now())
            path = tuple(random.sample(links, random.randint(1, len(links))))
            transfers.append(network.start(path, random.uniform(1, 30)))

            def ended(transfer: Transfer = transfers[-1]) -> None:
                ends_s[transfer] = runtime.now() - START_S

            transfers[-1].on_end = ended
        for transfer in transfers:
            await transfer.done.wait()
        for transfer, end_s in expected_ends(transfers, arrivals).items():
            assert ends_s[transfer] == pytest.approx(end_s, abs=1e-4)

    with_network(body)


def expected_ends(transfers: list[Transfer], arrivals: list[float]) -> dict[Transfer, float]:
    """When each transfer ends, by walking from event to event."""
    left = {transfer: transfer.size_bytes for transfer in transfers}
    coming = list(zip(arrivals, transfers, strict=True))
    live: list[Transfer] = []
    ends: dict[Transfer, float] = {}
    now_s = 0.0
    while coming or live:
        rates = fair_rates(live)
        until_s = min((left[row] / rates[row] for row in live), default=inf)
        step_s = min(until_s, coming[0][0] - now_s if coming else inf)
        now_s += step_s
        for row in live:
            left[row] -= rates[row] * step_s
        for row in [row for row in live if left[row] < CLOSE]:
            live.remove(row)
            ends[row] = now_s
        while coming and coming[0][0] <= now_s:
            live.append(coming.pop(0)[1])
    return ends


def test_two_transfers_halve_a_link() -> None:
    """The one that is alone again goes on at full width."""

    async def body(runtime: Runtime, network: Network) -> None:
        link = Link("link", 10.0)
        long, short = network.start((link,), 100), network.start((link,), 20)
        await short.done.wait()
        assert runtime.now() - START_S == pytest.approx(4.0)
        assert network.done_bytes(long) == 20
        await long.done.wait()
        assert runtime.now() - START_S == pytest.approx(12.0)
        assert network.done_bytes(long) == 100

    with_network(body)


def test_a_cancelled_transfer_leaves_its_share_to_the_others() -> None:
    """It is done and cancelled; cancelling it again, or one that has ended, does nothing."""

    async def body(runtime: Runtime, network: Network) -> None:
        link = Link("link", 10.0)
        kept, dropped = network.start((link,), 100), network.start((link,), 100)
        await runtime.sleep(2.0)
        network.cancel(dropped)
        network.cancel(dropped)
        assert dropped.done.is_set()
        assert dropped.cancelled
        await kept.done.wait()
        assert runtime.now() - START_S == pytest.approx(11.0)
        network.cancel(kept)
        assert not kept.cancelled

    with_network(body)


def test_a_link_without_width_stops_its_transfers_until_it_is_back() -> None:
    """The bytes that flowed before are not lost."""

    async def body(runtime: Runtime, network: Network) -> None:
        link = Link("link", 10.0)
        transfer = network.start((link,), 100)
        await runtime.sleep(4.0)
        network.set_capacity(link, 0.0)
        await runtime.sleep(1000.0)
        assert network.done_bytes(transfer) == 40
        network.set_capacity(link, 10.0)
        await transfer.done.wait()
        assert runtime.now() - START_S == pytest.approx(1010.0)

    with_network(body)


def test_an_end_is_told_before_anybody_goes_on() -> None:
    """`on_end` runs at the moment of the end, also of a cancelled transfer."""
    told: list[tuple[str, float]] = []

    async def body(runtime: Runtime, network: Network) -> None:
        link = Link("link", 10.0)

        def note(what: str) -> Callable[[], None]:
            return lambda: told.append((what, runtime.now() - START_S))

        first = network.start((link,), 10, on_end=note("ended"))
        second = network.start((link,), 100, on_end=note("cancelled"))
        await first.done.wait()
        assert told == [("ended", 2.0)]
        network.cancel(second)
        assert [what for what, _ in told] == ["ended", "cancelled"]

    with_network(body)


def test_a_night_of_a_thousand_hosts_moves_every_byte() -> None:
    """4,000 copies over 1,000 network cards and 10 stores: the stores are busy to the end."""
    random = Random(3)
    sizes = [random.lognormvariate(22, 0.8) for _ in range(4000)]

    async def body(runtime: Runtime, network: Network) -> None:
        cards = [Link(f"host{n}", 1.25e9) for n in range(1000)]
        stores = [Link(f"store{n}", 1.25e9) for n in range(10)]
        transfers = [
            network.start((cards[n % 1000], stores[n % 10]), size) for n, size in enumerate(sizes)
        ]
        for transfer in transfers:
            await transfer.done.wait()
        busiest = max(sum(sizes[n::10]) for n in range(10))
        assert runtime.now() - START_S == pytest.approx(busiest / 1.25e9, rel=1e-6)
        assert not any(link.active or link.transfers for link in (*cards, *stores))

    with_network(body)
