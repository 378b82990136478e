"""A journal and drivers between which the control plane can be cut off at any chosen point."""

from collections.abc import Callable, Sequence
from typing import Any

from core.driver import HypervisorDriver, ImageDriver, Site, StorageDriver
from core.journal import Stored
from core.model import errors
from sim.journal import MemoryJournal


class PowerCut(BaseException):
    """The control plane dies here; no clean-up of its own may have an effect any more."""


class Mains:
    """Counts the points at which the plane can be cut off, and cuts it off at one of them.

    A point is an append to the journal (before and after it) or a driver's call (before, after).
    """

    def __init__(self, on_cut: Callable[[], None]) -> None:
        self.points = 0
        self.cut_at = 0
        self.is_off = False
        self._on_cut = on_cut

    def pass_point(self) -> None:
        """Go on, or die."""
        if self.is_off:
            raise PowerCut
        self.points += 1
        if self.points == self.cut_at:
            self.cut()
            raise PowerCut

    def cut(self) -> None:
        """From now on nothing goes through."""
        self.is_off = True
        self._on_cut()

    def restore(self) -> None:
        """Power is back."""
        self.is_off = False
        self.cut_at = 0


class CuttableJournal(MemoryJournal):
    """Loses the transaction that is cut off before, keeps the one that is cut off after.

    While `is_full` it takes nothing.
    """

    def __init__(self, mains: Mains) -> None:
        super().__init__()
        self._mains = mains
        self.is_full = False

    def append(self, at_s: float, events: Sequence[bytes], records: Sequence[Stored]) -> int:
        """Append between two points. Raises Unavailable while it is full."""
        if self.is_full:
            raise errors.Unavailable("the disk is full", object="journal", hint="make room")
        self._mains.pass_point()
        head = super().append(at_s, events, records)
        self._mains.pass_point()
        return head


class Meddling:
    """What happens to calls of drivers.

    refused_step: the first call of this step of any job is refused, then it is None again.
    twice: every call is made twice, as after an answer that was lost.
    crashes: so many of the next calls hit a bug.
    """

    def __init__(self) -> None:
        self.crashes = 0
        self.refused_step: int | None = None
        self.has_refused = False
        self.twice = False

    def refuse(self, op: str) -> None:
        """Raise Integrity if the operation is the one to be refused, RuntimeError for a bug."""
        if self.crashes:
            self.crashes -= 1
            raise RuntimeError("a bug in the driver")
        if self.refused_step is not None and op.endswith(f"-{self.refused_step}"):
            self.refused_step = None
            self.has_refused = True
            raise errors.Integrity("refused by the test", object=op)


class MeddledSite:
    """A site whose drivers' calls pass through the mains and the meddling."""

    def __init__(self, site: Site, mains: Mains, meddling: Meddling) -> None:
        self._site = site
        self._mains = mains
        self._meddling = meddling

    def hypervisor(self, host_id: str, url: str) -> HypervisorDriver:
        """The host's driver, meddled with."""
        driver: HypervisorDriver = self._wrapped(self._site.hypervisor(host_id, url))
        return driver

    def storage(self, pool_id: str, url: str) -> StorageDriver:
        """The pool's driver, meddled with."""
        driver: StorageDriver = self._wrapped(self._site.storage(pool_id, url))
        return driver

    def image_store(self, store_id: str, url: str) -> ImageDriver:
        """The image store's driver, meddled with."""
        driver: ImageDriver = self._wrapped(self._site.image_store(store_id, url))
        return driver

    def _wrapped(self, driver: object) -> Any:
        return _Meddled(driver, self._mains, self._meddling)


class _Meddled:
    def __init__(self, driver: object, mains: Mains, meddling: Meddling) -> None:
        self._driver = driver
        self._mains = mains
        self._meddling = meddling

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._driver, name)
        if name in ("address", "capabilities"):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            op = str(args[0]) if args else f"{name}-0"
            self._mains.pass_point()
            self._meddling.refuse(op)
            answer = await method(*args, **kwargs)
            if self._meddling.twice:
                answer = await method(*args, **kwargs)
            self._mains.pass_point()
            return answer

        return call
