"""Endless work of a service beside its listeners: begun together, stopped together, and never ended by a defect."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

import structlog

from reentra.common.errors import ReentraError
from reentra.common.jobs.stopping import cancelled

log = structlog.get_logger()

Loop = Callable[[], Awaitable[None]]
_AFTER_A_DEFECT_SECONDS = 5


class Loops:
    """They run between entering and leaving."""

    def __init__(self, loops: Sequence[Loop]) -> None:
        self._loops = tuple(loops)
        self._running: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._running.extend(asyncio.create_task(_endless(loop)) for loop in self._loops)

    async def stop(self) -> None:
        await cancelled(self._running)
        self._running.clear()

    async def __aenter__(self) -> "Loops":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def every(seconds: float, act: Callable[[], Awaitable[object]], *, what: str) -> None:
    """`what` begins the sentence that is logged while a store does not answer."""
    while True:
        try:
            await act()
        except ReentraError as error:
            log.warning(f"{what} waits for its store", reason=error.message)
        await asyncio.sleep(seconds)


async def _endless(loop: Loop) -> None:
    """A loop that ended by a defect would be missed only much later: it is heard and starts again."""
    while True:
        try:
            await loop()
        except Exception:
            log.exception("an endless loop failed and starts again")
            await asyncio.sleep(_AFTER_A_DEFECT_SECONDS)
