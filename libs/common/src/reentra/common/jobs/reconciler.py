"""Wakes again for jobs that could be worked on and are not: a lost message, a dead worker, a wait that is over."""

import asyncio
import itertools
from typing import get_args

import structlog

from reentra.common.errors import ReentraError
from reentra.common.jobs.announcements import command_for
from reentra.common.jobs.job import JobKind
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import EventPublisher

log = structlog.get_logger()

_KINDS: tuple[JobKind, ...] = get_args(JobKind)
_WOKEN_AT_ONCE = 3
"""Of a kind. A worker that is woken takes all that it can, one that ends a job looks for the next, and idle ones look
by themselves: more would only wake workers that have their hands full."""
_LOOKED_AT = 50
"""Jobs of all kinds in one question. Only behind a longer queue is a kind asked for by itself."""
_ROUNDS_PER_LOOK = 12
"""How rarely a clock is thought to have been set back."""


class Reconciler:
    """One per installation suffices; several are harmless, because a wake is only a hint."""

    def __init__(self, jobs: Jobs, publisher: EventPublisher, *, interval_seconds: float = 5.0) -> None:
        self._jobs = jobs
        self._publisher = publisher
        self._interval = interval_seconds

    async def run(self) -> None:
        """Until cancelled."""
        for number in itertools.count():
            await asyncio.sleep(self._interval)
            try:
                if number % _ROUNDS_PER_LOOK == 0:
                    await self._call_back_astray()
                await self.reconcile_once()
            except ReentraError as error:
                log.warning("reconciling failed, trying again", reason=error.message)

    async def _call_back_astray(self) -> None:
        if count := await self._jobs.call_back_astray():
            log.warning("jobs were due later than they can be: the clock was set back", jobs=count)

    async def reconcile_once(self) -> int:
        """Publishes the command of the first jobs of each kind's queue that waited a whole interval. How many."""
        woken = 0
        found = await self._jobs.runnable(_KINDS, limit=_LOOKED_AT, overdue_seconds=self._interval)
        for kind in _KINDS:
            overdue = [job for job in found if job.kind == kind][:_WOKEN_AT_ONCE]
            if len(found) == _LOOKED_AT and len(overdue) < _WOKEN_AT_ONCE:
                overdue = list(await self._jobs.runnable([kind], limit=_WOKEN_AT_ONCE, overdue_seconds=self._interval))
            for job in overdue:
                await self._publisher.publish(command_for(job))
            woken += len(overdue)
        return woken
