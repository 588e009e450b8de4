"""Stopping tasks that would run for ever."""

import asyncio
from collections.abc import Collection
from typing import Any

_AGAIN_SECONDS = 1.0


async def cancelled(tasks: Collection["asyncio.Task[Any]"]) -> None:
    """When they have ended. Each is cancelled until it has: before Python 3.12 `asyncio.wait_for`, which drivers use
    for every answer, swallows a cancellation that comes at the end of its wait, and an endless loop would go on."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_AGAIN_SECONDS)
