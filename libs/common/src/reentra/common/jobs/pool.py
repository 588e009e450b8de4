"""The worker pool: claims jobs of its kinds and runs the service's operation on each, a few at a time.

It renews the lease of every running job, and cancels the operation when that is impossible for so long that somebody
else may hold the job. However the operation ends, the job gets an outcome. A stopping pool gives its jobs back.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

import structlog

from reentra.common.errors import ReentraError, RetryLater, Stale
from reentra.common.jobs.job import JobKind, Lease
from reentra.common.jobs.lease import LEASE_SECONDS, DocumentLease
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outcome import end_with_error
from reentra.common.jobs.stopping import cancelled
from reentra.common.testing.failpoints import failpoint

log = structlog.get_logger()

Run = Callable[[Lease], Awaitable[None]]
"""A service's operation: returns after `finish` or `wait_until`."""


@dataclass(frozen=True, slots=True)
class PoolTiming:
    poll_seconds: float = 5.0
    """A wake that got lost costs this much."""
    renew_seconds: float = LEASE_SECONDS / 6
    stop_seconds: float = 10.0
    """How long cancelled operations may clean up when the pool stops."""


def timing_of(lease_seconds: float) -> PoolTiming:
    return PoolTiming(renew_seconds=lease_seconds / 6)


class WorkerPool:
    def __init__(
        self,
        jobs: Jobs,
        kinds: Sequence[JobKind],
        run: Run,
        *,
        concurrency: int = 1,
        owner: str | None = None,
        timing: PoolTiming | None = None,
    ) -> None:
        self._jobs = jobs
        self._kinds = tuple(kinds)
        self._run = run
        self._concurrency = concurrency
        self._owner = owner or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._timing = timing or timing_of(jobs.lease_seconds)
        self._woken = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._working: set[asyncio.Task[None]] = set()
        self._stopping = False

    def wake(self) -> None:
        """There may be work. What handlers call; cheap, and harmless at any time."""
        self._woken.set()

    @property
    def running(self) -> int:
        return len(self._working)

    async def start(self) -> None:
        self._stopping = False
        self._serving = asyncio.create_task(self._serve(), name=f"pool {self._owner}")

    async def stop(self) -> None:
        """Running jobs are interrupted and queued again, so that another process continues at once."""
        self._stopping = True
        if self._serving is not None:
            await cancelled([self._serving])
        for task in self._working:
            task.cancel()
        if self._working:
            await asyncio.wait(self._working, timeout=self._timing.stop_seconds)

    async def __aenter__(self) -> "WorkerPool":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _serve(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._fill()
            except ReentraError as error:
                log.warning("no job could be claimed, trying again", kinds=self._kinds, reason=error.message)
            except Exception:
                # A pool that dies of a defect looks like a service without work; it must stay and be heard.
                log.exception("claiming failed", kinds=self._kinds)
            # Not `wait_for`: before Python 3.12 it swallows a cancellation that meets the end of what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.poll_seconds):
                    await self._woken.wait()

    async def _fill(self) -> None:
        while len(self._working) < self._concurrency:
            lease = await self._jobs.claim(self._kinds, self._owner)
            if lease is None:
                return
            failpoint("jobs.after-claim")
            task = asyncio.create_task(self._work(lease), name=f"job {lease.job.id}")
            self._working.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a job's outcome could not be written", reason=str(error), exc_info=error)

    async def _work(self, lease: DocumentLease) -> None:
        job = lease.job
        log.info("job claimed", job_id=job.id, kind=job.kind, tenant_id=job.tenant_id, attempt=job.attempts)
        operation = asyncio.ensure_future(self._run(lease))
        keeper = asyncio.create_task(self._keep(lease, operation))
        try:
            await asyncio.wait([operation])
        except asyncio.CancelledError:
            operation.cancel()
            await asyncio.wait([operation])
        finally:
            keeper.cancel()
        await self._settle(lease, operation)

    async def _settle(self, lease: DocumentLease, operation: "asyncio.Future[None]") -> None:
        """Tried as long as the lease is sure: what keeps a store from taking the outcome may pass before that."""
        error = None if operation.cancelled() else operation.exception()
        while lease.is_open:
            try:
                lease.check()
                if self._stopping:
                    # Whatever it raised, it raised while everything around it was being closed.
                    await lease.hand_back()
                else:
                    await end_with_error(lease, error)
            except Stale:
                log.info("job was taken over", job_id=lease.job.id, epoch=lease.epoch)
            except RetryLater as away:
                log.warning("a job's outcome waits for its store", job_id=lease.job.id, reason=away.message)
                await asyncio.sleep(self._timing.renew_seconds)
            else:
                return

    async def _keep(self, lease: DocumentLease, operation: "asyncio.Future[None]") -> None:
        """Renews until cancelled; cancels the operation when the lease is or may be lost."""
        with contextlib.suppress(Stale):
            while True:
                await asyncio.sleep(self._timing.renew_seconds)
                lease.check()  # not asked of the store first: the operation would go on meanwhile
                try:
                    async with asyncio.timeout(lease.sure_seconds):
                        await lease.renew()
                except Stale:
                    raise
                except (ReentraError, TimeoutError) as error:
                    log.warning("lease not renewed", job_id=lease.job.id, reason=str(error))
                lease.check()
        if not lease.is_lost or operation.done():
            return
        log.warning("lease lost, worker stopped", job_id=lease.job.id, epoch=lease.epoch)
        operation.cancel()
