"""What runs for ever ends when it is stopped, also when a driver swallows the cancellation."""

import asyncio
import contextlib

from reentra.common.jobs.loops import Loops


async def test_loops_stop_although_a_cancellation_was_swallowed() -> None:
    rounds = 0
    began = asyncio.Event()

    async def stubborn() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            began.set()
            with contextlib.suppress(asyncio.CancelledError if rounds == 1 else ZeroDivisionError):
                await asyncio.sleep(3600)

    async with asyncio.timeout(30):
        async with Loops([stubborn]):
            await began.wait()
    assert rounds == 2
