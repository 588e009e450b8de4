"""A start that waits for the servers it needs, says for what, and gives up in the end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from reentra.common.errors import RetryLater

T = TypeVar("T")
log = structlog.get_logger()

START_SECONDS = 300.0
_PAUSE_SECONDS = 1.0


async def patiently(what: str, attempt: Callable[[], Awaitable[T]], *, seconds: float = START_SECONDS) -> T:
    """Repeats what raises RetryLater; after `seconds` that is raised. Any other error ends the waiting at once."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await attempt()
        except RetryLater as error:
            if time.monotonic() > deadline:
                raise
            log.warning("the start waits", waits_for=what, reason=error.message)
        await asyncio.sleep(_PAUSE_SECONDS)
