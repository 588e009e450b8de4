"""All six services in one process: embedded stores, one in-process transport, one event loop.

Order of starting: stores (one process per data folder) -> keys -> what the previous process left is released ->
listeners -> workers -> the scheduler, which publishes from the outboxes. Stopping goes the other way round; running
jobs are given back and continue with the next start.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faststream.kafka import KafkaBroker, KafkaRouter

from reentra.auth.app import Auth
from reentra.auth.app import build_app as build_auth
from reentra.auth.operations.people import PEOPLE
from reentra.auth.settings import AuthSettings
from reentra.collector.app import build_app as build_collector
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import Clouds
from reentra.common.clients.graph import GraphClients, Waits
from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, make_broker
from reentra.common.clock import SystemClock
from reentra.common.garbage import rare_garbage_collection
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import Installation, open_installation, open_or_create_installation
from reentra.common.stores.documents import Query
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.tenants import StoredTenants
from reentra.common.stores.waits import StoredWaits
from reentra.exporter.app import build_app as build_exporter
from reentra.exporter.settings import ExporterSettings
from reentra.gateway.app import OUTBOXES as GATEWAY_OUTBOXES
from reentra.gateway.app import Gateway, Identity
from reentra.gateway.app import build_app as build_gateway
from reentra.gateway.settings import GatewaySettings
from reentra.restorer.app import build_app as build_restorer
from reentra.restorer.settings import RestorerSettings
from reentra.scheduler.app import OUTBOXES
from reentra.scheduler.app import build_app as build_scheduler
from reentra.scheduler.settings import SchedulerSettings


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


@dataclass(frozen=True, slots=True)
class OneProcess:
    """What the command needs of it."""

    stores: EmbeddedStores
    auth: Auth
    gateway: Gateway


@asynccontextmanager
async def one_process(data: Path, settings: Settings) -> AsyncIterator[OneProcess]:
    """Raises Rejected when another process holds the data folder; NotFound, Forbidden, Unreadable for its keys."""
    data.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        stores = await stack.enter_async_context(open_stores(data))
        installation = await _installation(data / "keys", stores)
        jobs = Jobs(stores.documents, clock)
        await jobs.release_all()
        tenants = StoredTenants(stores.documents)
        clouds = settings.clouds
        waits = Waits(StoredWaits(stores.documents))
        auth = build_auth(
            settings.auth,
            documents=stores.documents,
            sealer=installation.sealer("credentials"),
            clouds=clouds,
            waits=waits,
        )
        stack.push_async_callback(auth.close)
        graphs = await stack.enter_async_context(GraphClients(auth.tokens, waits=waits))
        collector = build_collector(
            settings.collector,
            jobs=jobs,
            blobs=stores.blobs,
            catalogue=stores.catalogue,
            tenants=tenants,
            installation=installation,
            graphs=graphs,
            clouds=clouds,
        )
        exporter = build_exporter(jobs, stores.catalogue, stores.blobs, tenants, installation, settings.exporter)
        restorer = build_restorer(
            settings.restorer,
            jobs=jobs,
            documents=stores.documents,
            blobs=stores.blobs,
            catalogue=stores.catalogue,
            tenants=tenants,
            installation=installation,
            graphs=graphs,
            tokens=auth.tokens,
            clouds=clouds,
        )
        identity = Identity(auth.people, auth.sessions, auth.api_tokens, auth.connections)
        gateway = build_gateway(
            settings.gateway,
            documents=stores.documents,
            blobs=stores.blobs,
            catalogue=stores.catalogue,
            jobs=jobs,
            installation=installation,
            identity=identity,
            check_room=stores.blobs.check_room,
        )
        transport = InProcessTransport()
        announcing = make_broker(transport)
        scheduler = build_scheduler(
            settings.scheduler,
            documents=stores.documents,
            jobs=jobs,
            tenants=tenants,
            publisher=BrokerPublisher(announcing),
            outboxes=(*OUTBOXES, *GATEWAY_OUTBOXES),
        )
        stack.enter_context(rare_garbage_collection())
        for router in (gateway.router, scheduler.router, collector.router, exporter.router, restorer.router):
            await _listen(stack, make_broker(transport), router)
        await _listen(stack, announcing)
        for pool in (collector.pool, exporter.pool, restorer.pool):
            await stack.enter_async_context(pool)
        await stack.enter_async_context(scheduler)
        yield OneProcess(stores, auth, gateway)


async def _installation(folder: Path, stores: EmbeddedStores) -> Installation:
    """Keys are made for an empty data folder only: beside data of before, new ones would hide that the old are lost."""
    people = await stores.documents.find(PEOPLE, Query(limit=1))
    if people or await anext(aiter(stores.blobs.list("")), None) is not None:
        return open_installation(folder)
    return open_or_create_installation(folder)


async def _listen(stack: AsyncExitStack, broker: KafkaBroker, router: KafkaRouter | None = None) -> None:
    if router is not None:
        broker.include_router(router)
    await broker.start()
    stack.push_async_callback(broker.stop)
