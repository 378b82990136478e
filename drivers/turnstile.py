"""Lets through one caller at a time for each name."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio


class Turnstile:
    """Locks by name, made when first asked for and forgotten when nobody wants them."""

    def __init__(self) -> None:
        self._locks: dict[str, anyio.Lock] = {}
        self._wanted: dict[str, int] = {}

    @asynccontextmanager
    async def pass_through(self, name: str) -> AsyncGenerator[None]:
        """Wait until nobody else is inside for `name`, and keep others out until the block ends."""
        lock = self._locks.setdefault(name, anyio.Lock())
        self._wanted[name] = self._wanted.get(name, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._wanted[name] -= 1
            if not self._wanted[name]:
                del self._wanted[name], self._locks[name]
