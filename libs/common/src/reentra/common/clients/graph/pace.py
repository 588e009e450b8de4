"""Time as an argument, so that waiting can be tested without waiting."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Now = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

Unwanted = Callable[[], Awaitable[bool]]
"""Asked every second of a wait: whether nobody wants any more what is waited for."""

LOOK_SECONDS = 1.0

SPACING_SECONDS = 1.0
"""Between two requests to Conditional Access and its neighbours, for all apps of a tenant together (GRAPH.md 7)."""
MARGIN_SECONDS = 0.05
"""Clocks differ: what Graph calls over is over for us a moment later."""


@dataclass(frozen=True, slots=True)
class Pace:
    now: Now = time.monotonic
    sleep: Sleep = asyncio.sleep

    async def wait(self, seconds: float, unwanted: Unwanted | None) -> float:
        """What is left of the wait when nobody wants it any more; else 0."""
        while seconds > 0:
            slept = min(seconds, LOOK_SECONDS) if unwanted else seconds
            await self.sleep(slept)
            seconds -= slept
            if seconds > 0 and unwanted and await unwanted():
                return seconds
        return 0.0
