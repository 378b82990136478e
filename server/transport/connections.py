"""Counts connections, so that neither one address nor all together can take too many."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import ip_address

from core.model.errors import Busy
from server.limits import Limits


class Place:
    """One connection's place among the others; `identified` frees its place among the unknown."""

    def __init__(self, unidentified: Counter[str], address: str) -> None:
        self._unidentified = unidentified
        self._address = address
        self._known = False
        unidentified[address] += 1

    def identified(self) -> None:
        """Its client has said who it is, or has sent a request that needs no session."""
        if not self._known:
            self._known = True
            _less(self._unidentified, self._address)


class Connections:
    """All open connections, by address."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: Counter[str] = Counter()
        self._unidentified: Counter[str] = Counter()
        self.refused = 0

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open.total()

    @property
    def unidentified(self) -> int:
        """How many of them have not said who they are."""
        return self._unidentified.total()

    @contextmanager
    def place(self, address: str) -> Generator[Place]:
        """Room for a connection from `address` while the block runs. Raises Busy without room."""
        self._require_room(address)
        self._open[address] += 1
        place = Place(self._unidentified, address)
        try:
            yield place
        finally:
            place.identified()
            _less(self._open, address)

    def _require_room(self, address: str) -> None:
        limits = self._limits
        full = self.open >= limits.connections
        if not ip_address(address.partition("%")[0]).is_loopback:
            full |= self._open[address] >= limits.connections_per_address
            full |= self._unidentified[address] >= limits.unidentified_per_address
        if full:
            self.refused += 1
            raise Busy(
                "too many connections",
                object=f"address/{address}",
                hint="close some, or try again later",
            )


def _less(counter: Counter[str], address: str) -> None:
    counter[address] -= 1
    if not counter[address]:
        del counter[address]
