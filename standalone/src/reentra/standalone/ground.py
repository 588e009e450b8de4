"""What services stand on, whichever run in this process, and how each is built on it.

A service is imported when it is built: a process that runs one of them starts without the others, which would be a
third of what its start costs.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from faststream.kafka import KafkaRouter

from reentra.auth.app import Auth
from reentra.auth.app import build_app as build_auth
from reentra.auth.settings import AuthSettings
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import Clouds
from reentra.common.clients.graph import GraphClients, Waits
from reentra.common.clients.graph.pace import Pace
from reentra.common.clients.telemetry import Metrics
from reentra.common.clock import SystemClock
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import EventPublisher
from reentra.common.jobs.pool import WorkerPool
from reentra.common.jobs.sending import SendingDocuments
from reentra.common.jobs.settings import JobSettings
from reentra.common.snapshot.keys import Installation
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.counted import CountedBlobs
from reentra.common.stores.documents import Documents
from reentra.common.stores.tenants import TENANTS, StoredTenants
from reentra.common.stores.waits import StoredWaits
from reentra.exporter.settings import ExporterSettings
from reentra.gateway.operations.audit import AUDIT
from reentra.gateway.settings import GatewaySettings
from reentra.restorer.settings import RestorerSettings
from reentra.scheduler.settings import SchedulerSettings

if TYPE_CHECKING:
    from reentra.gateway.app import Gateway
    from reentra.gateway.operations.dead_letters import Carrier
    from reentra.scheduler.app import SchedulerApp

ALL_OUTBOXES = (JOBS, TENANTS, AUDIT)
"""The collections whose documents carry events."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every service's own, from the environment unless given."""

    auth: AuthSettings = field(default_factory=AuthSettings)
    scheduler: SchedulerSettings = field(default_factory=SchedulerSettings)
    collector: CollectorSettings = field(default_factory=CollectorSettings)
    exporter: ExporterSettings = field(default_factory=ExporterSettings)
    restorer: RestorerSettings = field(default_factory=RestorerSettings)
    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    clouds: Clouds = field(default_factory=Clouds)
    jobs: JobSettings = field(default_factory=JobSettings)


class Stores(Protocol):
    @property
    def documents(self) -> Documents: ...
    @property
    def blobs(self) -> Blobs: ...
    @property
    def catalogue(self) -> Catalogue: ...


class Worker(Protocol):
    """A service that hears of jobs and works on them: the pool runs while the router is on a broker."""

    @property
    def pool(self) -> WorkerPool: ...
    @property
    def router(self) -> KafkaRouter: ...


@dataclass(frozen=True, slots=True)
class Front:
    """What is served by HTTP, and who makes the first administrator."""

    auth: Auth
    gateway: "Gateway"


@dataclass(frozen=True, slots=True)
class Ground:
    """`documents`: the stores', sending their own events while `documents.sending` is entered."""

    settings: Settings
    stores: Stores
    documents: SendingDocuments
    blobs: Blobs
    installation: Installation
    jobs: Jobs
    tenants: StoredTenants
    auth: Auth
    graphs: GraphClients

    def collector(self) -> Worker:
        from reentra.collector.app import build_app

        return build_app(
            self.settings.collector,
            jobs=self.jobs,
            blobs=self.blobs,
            catalogue=self.stores.catalogue,
            tenants=self.tenants,
            installation=self.installation,
            graphs=self.graphs,
            clouds=self.settings.clouds,
        )

    def exporter(self) -> Worker:
        from reentra.exporter.app import build_app

        stores = self.stores
        return build_app(
            self.jobs, stores.catalogue, self.blobs, self.tenants, self.installation, self.settings.exporter
        )

    def restorer(self) -> Worker:
        from reentra.restorer.app import build_app

        return build_app(
            self.settings.restorer,
            jobs=self.jobs,
            documents=self.documents,
            blobs=self.blobs,
            catalogue=self.stores.catalogue,
            tenants=self.tenants,
            installation=self.installation,
            graphs=self.graphs,
            tokens=self.auth.tokens,
            clouds=self.settings.clouds,
        )

    def gateway(self, carrier: "Carrier", *, check_room: Callable[[], Awaitable[object]] | None = None) -> "Gateway":
        from reentra.gateway.app import build_app
        from reentra.gateway.routes.identity import Identity

        auth = self.auth
        return build_app(
            self.settings.gateway,
            documents=self.documents,
            blobs=self.blobs,
            catalogue=self.stores.catalogue,
            jobs=self.jobs,
            installation=self.installation,
            identity=Identity(auth.people, auth.sessions, auth.api_tokens, auth.connections, auth.membership),
            carrier=carrier,
            check_room=check_room,
        )

    def scheduler(self, publisher: EventPublisher) -> "SchedulerApp":
        from reentra.scheduler.app import build_app

        return build_app(
            self.settings.scheduler,
            documents=self.stores.documents,
            jobs=self.jobs,
            tenants=self.tenants,
            publisher=publisher,
            outboxes=ALL_OUTBOXES,
        )


@asynccontextmanager
async def ground(
    settings: Settings, stores: Stores, installation: Installation, metrics: Metrics
) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        documents = SendingDocuments(stores.documents)
        waits = Waits(StoredWaits(documents))
        auth = build_auth(
            settings.auth,
            documents=documents,
            sealer=installation.sealer("credentials"),
            clouds=settings.clouds,
            waits=waits,
        )
        stack.push_async_callback(auth.close)
        graphs = await stack.enter_async_context(
            GraphClients(auth.tokens, waits=waits, pace=Pace(sleep=metrics.sleep), watch=metrics.requested)
        )
        jobs = Jobs(documents, SystemClock(), metrics, lease_seconds=settings.jobs.lease_seconds)
        blobs = CountedBlobs(stores.blobs, metrics.stored)
        tenants = StoredTenants(documents)
        yield Ground(settings, stores, documents, blobs, installation, jobs, tenants, auth, graphs)
