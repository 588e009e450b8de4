"""Waits of an operation, in which it hears that nobody wants it any more."""

from collections.abc import Awaitable, Callable

from reentra.common.jobs.job import JobCancelled, Lease

_SLICE_SECONDS = 1.0

Sleep = Callable[[float], Awaitable[None]]


def hearing(lease: Lease, sleep: Sleep) -> Sleep:
    """Sleeps as long as asked, and raises JobCancelled within a second or so of a person's wish."""

    async def slept(seconds: float) -> None:
        left = seconds
        while left > 0:
            if await lease.is_unwanted():
                raise JobCancelled
            await sleep(min(left, _SLICE_SECONDS))
            left -= _SLICE_SECONDS

    return slept
