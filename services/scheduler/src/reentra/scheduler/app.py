"""Joins the scheduler's parts. Nobody else constructs them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

import structlog
from faststream.kafka import KafkaRouter

from reentra.common.errors import ReentraError
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import EventPublisher, Relay
from reentra.common.jobs.reconciler import Reconciler
from reentra.common.stores.documents import Collection, Documents
from reentra.common.stores.tenants import TENANTS, StoredTenants
from reentra.scheduler.handlers import build_router
from reentra.scheduler.operations import Scheduling
from reentra.scheduler.settings import SchedulerSettings

log = structlog.get_logger()

OUTBOXES: tuple[Collection, ...] = (JOBS, TENANTS)
"""The collections whose documents carry events."""


@dataclass(frozen=True, slots=True)
class SchedulerApp:
    """The router belongs on a broker; the loops run between entering and leaving. Enter it after everybody who
    listens has started and leave it first: it publishes from the outboxes."""

    router: KafkaRouter
    scheduling: Scheduling
    loops: Sequence[Callable[[], Awaitable[None]]]
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        self._running.extend(asyncio.create_task(_endless(loop)) for loop in self.loops)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        self._running.clear()

    async def __aenter__(self) -> "SchedulerApp":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def build_app(
    settings: SchedulerSettings,
    *,
    documents: Documents,
    jobs: Jobs,
    tenants: StoredTenants,
    publisher: EventPublisher,
    outboxes: Sequence[Collection] = OUTBOXES,
) -> SchedulerApp:
    scheduling = Scheduling(documents, jobs, tenants)
    relay = Relay(documents, publisher, outboxes, interval_seconds=settings.relay_seconds)
    reconciler = Reconciler(jobs, publisher, interval_seconds=settings.reconcile_seconds)

    async def fire() -> None:
        await _every(settings.tick_seconds, scheduling.fire_due)

    async def follow() -> None:
        await _every(settings.follow_seconds, scheduling.follow_all)

    return SchedulerApp(build_router(scheduling), scheduling, (relay.run, reconciler.run, fire, follow))


async def _every(seconds: float, act: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await act()
        except ReentraError as error:
            log.warning("scheduling waits for its store", reason=error.message)
        await asyncio.sleep(seconds)


async def _endless(loop: Callable[[], Awaitable[None]]) -> None:
    """A loop that ended by a defect would be missed only much later: it is heard and starts again."""
    while True:
        try:
            await loop()
        except Exception:
            log.exception("a loop of the scheduler failed and starts again")
            await asyncio.sleep(5)
