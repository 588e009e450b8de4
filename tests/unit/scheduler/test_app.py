"""The whole service over the in-process bus: from a tenant's document to a woken worker."""

import asyncio
from typing import Any

from faststream.kafka import KafkaRouter

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, Patience, listen, make_broker
from reentra.common.clock import SystemClock, to_text
from reentra.common.events.auth import TenantConnected, TenantDisconnected
from reentra.common.events.scheduler import BackupRequested
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import with_events
from reentra.common.stores.tenants import TENANTS, StoredTenants
from reentra.common.testing.fakes import FakeClock, MemoryDocuments
from reentra.scheduler.app import build_app
from reentra.scheduler.settings import SchedulerSettings

QUICK = SchedulerSettings(tick_seconds=0.02, follow_seconds=0.5, relay_seconds=0.01, reconcile_seconds=0.05)


class System:
    """A scheduler, its store and a collector that only notes what wakes it."""

    def __init__(self) -> None:
        self.clock = FakeClock(SystemClock().now())
        self.documents = MemoryDocuments(self.clock)
        jobs = Jobs(self.documents, self.clock)
        self.broker = make_broker(InProcessTransport(), patience=Patience(()))
        publisher = BrokerPublisher(self.broker)
        tenants = StoredTenants(self.documents)
        self.app = build_app(QUICK, documents=self.documents, jobs=jobs, tenants=tenants, publisher=publisher)
        self.broker.include_router(self.app.router)
        self.woken: asyncio.Queue[str | None] = asyncio.Queue()
        self.broker.include_router(self._collector())

    def _collector(self) -> KafkaRouter:
        router = KafkaRouter()

        @listen(router, BackupRequested, group="collector")
        async def wake(event: BackupRequested) -> None:
            await self.woken.put(event.job_id)

        return router

    async def store_tenant(self, state: str, *events: Any) -> None:
        body = {
            "name": "Contoso",
            "name_key": "contoso",
            "domain": "contoso.com",
            "domains": ["contoso.com"],
            "cloud": "global",
            "state": state,
            "frequency_minutes": 60,
            "created_at": to_text(self.clock.now()),
        }
        stored = await self.documents.get(TENANTS, "t")
        if stored is None:
            await self.documents.insert(TENANTS, "t", with_events(body, events))
        else:
            await self.documents.replace(TENANTS, "t", with_events(body, events), revision=stored.revision)


async def test_connected_tenant_wakes_the_collector_and_a_forgotten_job_wakes_it_again() -> None:
    system = System()
    async with system.broker:
        await system.broker.start()
        async with system.app.loops:
            await system.store_tenant("healthy", TenantConnected(tenant_id="t", name="Contoso", immediate_backup=True))
            first = await asyncio.wait_for(system.woken.get(), 5)
            system.clock.move(seconds=5)
            again = await asyncio.wait_for(system.woken.get(), 5)
    assert first is not None
    assert again == first


async def test_removed_tenant_has_no_next_backup() -> None:
    system = System()
    async with system.broker:
        await system.broker.start()
        async with system.app.loops:
            await system.store_tenant("healthy", TenantConnected(tenant_id="t", name="Contoso", immediate_backup=True))
            await asyncio.wait_for(system.woken.get(), 5)
            assert await system.app.scheduling.next_at("t") is not None  # type: ignore[arg-type]
            await system.store_tenant("disconnected", TenantDisconnected(tenant_id="t"))
            async with asyncio.timeout(5):
                while await system.app.scheduling.next_at("t") is not None:  # type: ignore[arg-type]
                    await asyncio.sleep(0.01)
