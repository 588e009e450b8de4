"""Joins the scheduler's parts. Nobody else constructs them."""

from collections.abc import Sequence
from dataclasses import dataclass

from faststream.kafka import KafkaRouter

from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.loops import Loops, every
from reentra.common.jobs.outbox import EventPublisher, Relay
from reentra.common.jobs.reconciler import Reconciler
from reentra.common.stores.documents import Collection, Documents
from reentra.common.stores.tenants import TENANTS, StoredTenants
from reentra.scheduler.handlers import build_router
from reentra.scheduler.operations import Scheduling
from reentra.scheduler.settings import SchedulerSettings

OUTBOXES: tuple[Collection, ...] = (JOBS, TENANTS)
"""The collections whose documents carry events."""


@dataclass(frozen=True, slots=True)
class SchedulerApp:
    """The router belongs on a broker. The loops publish from the outboxes: enter them after everybody who listens has
    started, and leave them first."""

    router: KafkaRouter
    scheduling: Scheduling
    loops: Loops


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
        await every(settings.tick_seconds, scheduling.fire_due, what="scheduling")

    async def follow() -> None:
        await every(settings.follow_seconds, scheduling.follow_all, what="scheduling")

    return SchedulerApp(build_router(scheduling), scheduling, Loops((relay.run, reconciler.run, fire, follow)))
