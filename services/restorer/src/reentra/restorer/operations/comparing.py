"""How far a comparison with the tenant has come, told by its job while it goes on."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from reentra.common.jobs.job import Lease

PHASE: Final = "comparing with the tenant"
_SECONDS = 1.0

Compared = Callable[[float], Awaitable[None]]
"""Hears of how many more objects were compared. Raises JobCancelled and Stale, as `Lease.commit` does."""


async def silently(objects: float) -> None:
    """Nobody waits for this comparison alone."""


class Comparing:
    """`total`: objects to compare."""

    def __init__(self, lease: Lease, total: int) -> None:
        self._lease = lease
        self._total = total
        self._done = 0.0
        self._told_at = time.monotonic()

    async def begin(self) -> None:
        await self._lease.commit(progress=self._progress())

    async def compared(self, objects: float) -> None:
        self._done += objects
        now = time.monotonic()
        if now - self._told_at >= _SECONDS:
            self._told_at = now
            await self._lease.commit(progress=self._progress())

    def _progress(self) -> dict[str, Any]:
        done = min(int(self._done), self._total)
        percent = min(99, 100 * done // self._total) if self._total else 0
        return {"phase": PHASE, "done": done, "total": self._total, "percent": percent}
