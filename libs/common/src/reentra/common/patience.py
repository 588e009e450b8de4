"""A start that waits for the servers it needs, says for what, and gives up in the end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from reentra.common.errors import RetryLater

T = TypeVar("T")
log = structlog.get_logger()

START_SECONDS = 300.0
_PAUSE_SECONDS = 1.0


@dataclass(slots=True)
class Waiting:
    """What a start waits for at this moment, and why; empty when for nothing."""

    what: str = ""
    reason: str = ""


async def patiently(
    what: str,
    attempt: Callable[[], Awaitable[T]],
    *,
    seconds: float = START_SECONDS,
    waiting: Waiting | None = None,
) -> T:
    """Repeats what raises RetryLater; after `seconds` that is raised. Any other error ends the waiting at once.
    `waiting` is kept up to date for whoever asks meanwhile."""
    told = waiting or Waiting()
    told.what, told.reason = what, ""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = await attempt()
        except RetryLater as error:
            if time.monotonic() > deadline:
                raise
            told.reason = error.message
            log.warning("the start waits", waits_for=what, reason=error.message)
        else:
            told.what, told.reason = "", ""
            return answer
        await asyncio.sleep(_PAUSE_SECONDS)
