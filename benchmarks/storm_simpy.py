"""The same storm as a SimPy model without a control plane, written for this one question."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Generator
from heapq import heappop, heappush
from math import inf

import simpy

from benchmarks.storm_site import (
    EXPIRE_MINUTES,
    PLACES_PER_HOST,
    STORE_BYTES_PER_S,
    Machine,
    stores,
)

OVERHEAD_S = 0.12
"""Sum of the mean durations of the calls that one snapshot makes beside its copy."""


class SharedStore:
    """An image store whose copies share its bandwidth equally; by virtual time, O(log n) each."""

    def __init__(self, environment: simpy.Environment, capacity_bytes_per_s: float) -> None:
        self._environment = environment
        self._capacity = capacity_bytes_per_s
        self._copies: list[tuple[float, int, simpy.Event]] = []
        self._virtual = 0.0
        self._at_s = 0.0
        self._serial = 0
        self._alarm_s = inf
        self.promised_bytes = 0

    def write(self, size_bytes: int) -> simpy.Event:
        """Begin a copy; the event happens at its end."""
        self._advance()
        done = self._environment.event()
        self._serial += 1
        heappush(self._copies, (self._virtual + size_bytes, self._serial, done))
        self._arm()
        return done

    def _advance(self) -> None:
        now_s = self._environment.now
        if self._copies:
            self._virtual += (now_s - self._at_s) * self._capacity / len(self._copies)
        self._at_s = now_s

    def _arm(self) -> None:
        if not self._copies:
            return
        rest = self._copies[0][0] - self._virtual
        due_s = self._environment.now + max(0.0, rest) * len(self._copies) / self._capacity
        if due_s < self._alarm_s:
            self._alarm_s = due_s
            alarm = self._environment.timeout(due_s - self._environment.now, due_s)
            alarm.callbacks.append(self._ring)

    def _ring(self, alarm: simpy.Event) -> None:
        if alarm.value != self._alarm_s:
            return
        self._alarm_s = inf
        self._advance()
        # One byte of slack absorbs what floating point loses.
        while self._copies and self._copies[0][0] <= self._virtual + 1.0:
            heappop(self._copies)[2].succeed()
        self._arm()


class Storm:
    """One run: `done` and `expired` count jobs, `makespan_s` is when the last one was done."""

    def __init__(self, machines: list[Machine]) -> None:
        self._environment = simpy.Environment()
        hosts = 1 + max(machine.host for machine in machines)
        self._stores = [
            SharedStore(self._environment, STORE_BYTES_PER_S) for _ in range(stores(hosts))
        ]
        places = [simpy.Resource(self._environment, PLACES_PER_HOST) for _ in range(hosts)]
        self.done = 0
        self.expired = 0
        self.makespan_s = 0.0
        for machine in machines:
            self._environment.process(self._job(machine, places[machine.host]))

    def run(self) -> None:
        """Until nothing is left to happen."""
        self._environment.run()

    def _job(
        self, machine: Machine, places: simpy.Resource
    ) -> Generator[simpy.Event, object, None]:
        environment = self._environment
        with places.request() as place:
            yield place
            if environment.now >= EXPIRE_MINUTES * 60:
                self.expired += 1
                return
            store = min(self._stores, key=lambda store: store.promised_bytes)
            store.promised_bytes += machine.written_bytes
            yield environment.timeout(OVERHEAD_S)
            yield store.write(machine.written_bytes)
        self.done += 1
        self.makespan_s = environment.now
