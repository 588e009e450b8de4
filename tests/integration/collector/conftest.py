"""One tenant in a simulated cloud on loopback, real embedded stores, real jobs: everything but the processes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reentra.collector.adapters.archive import open_archive
from reentra.collector.operations.backup import TenantArchive, Tools, run_backup
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import Cloud
from reentra.common.clients.graph import GraphClients, GraphSettings
from reentra.common.clients.graph.pace import Pace
from reentra.common.clients.tokens import Purpose
from reentra.common.clock import SystemClock
from reentra.common.errors import NeedsConsent
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.jobs.job import Job, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import Installation, create_installation, create_tenant_keys
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import Snapshot
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.tenants import TENANTS, StoredTenants
from reentra.simulator.demo_apps import register_demo_apps
from reentra.simulator.directory import Directory
from reentra.simulator.server import ServedCloud, Serving, simulated_cloud

READER = "aaaaaaaa-1111-4111-8111-111111111111"


@dataclass(slots=True)
class SimulatedTokens:
    """`is_refused`: sign-in gives no new ones; those of before go on."""

    served: ServedCloud
    is_refused: bool = False

    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:
        if renew and self.is_refused:
            raise NeedsConsent("The app is not consented; let an administrator consent to it.")
        return self.served.cloud.issue_token(tenant_id, READER)


@dataclass(slots=True)
class Bench:
    """`back_up()` runs one whole job; the directory can be changed in between."""

    served: ServedCloud
    stores: EmbeddedStores
    jobs: Jobs
    tools: Tools
    tenant_id: TenantId
    installation: Installation
    folder: Path
    tokens: SimulatedTokens

    @property
    def directory(self) -> Directory:
        return self.served.tenants[0].directory

    async def back_up(self, **params: Any) -> Job:
        job = await self.jobs.submit(NewJob("backup", self.tenant_id, params, "test"))
        lease = await self.jobs.claim(["backup"], "test")
        assert lease is not None
        await run_backup(lease, self.tools)
        return await self.jobs.get(job.id)

    async def snapshot(self, job: Job) -> Snapshot:
        found = await self.stores.catalogue.snapshot(self.tenant_id, SnapshotNumber(job.result["snapshot"]))
        assert found is not None
        return found

    async def state(self, number: int) -> dict[str, dict[str, ObjectRecord]]:
        """Every live object of a snapshot, read from the segments."""
        archive = await self.tools.open_archive(self.tenant_id)
        found: dict[str, dict[str, ObjectRecord]] = {}
        async for batch in self.stores.catalogue.scan(self.tenant_id, SnapshotNumber(number)):
            for record in await archive.records.read([v.place for v in batch]):
                found.setdefault(record.object_type, {})[record.object_id] = record
        return found


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with opened_bench(tmp_path) as bench:
        yield bench


@asynccontextmanager
async def opened_bench(
    tmp_path: Path, *, users: int = 60, graph: GraphSettings | None = None, pace: Pace | None = None
) -> AsyncIterator[Bench]:
    async with simulated_cloud(users=users, seed=3, serving=Serving(https=False)) as served:
        register_demo_apps(served.sign_in)
        tenant = served.tenants[0]
        tenant_id = TenantId(tenant.tenant_id)
        cloud = Cloud("custom", served.login_url, served.graph_url)
        installation = create_installation(tmp_path / "keys")
        tokens = SimulatedTokens(served)
        async with open_stores(tmp_path) as stores, GraphClients(tokens, graph, pace=pace) as graphs:
            await stores.documents.insert(TENANTS, tenant_id, _tenant(tenant.directory.domain))
            await create_tenant_keys(stores.blobs, installation, tenant_id)

            async def open_graph(of: TenantId) -> Any:
                return graphs.open(cloud, of, "backup")

            archive = archives(stores, installation)
            clock = SystemClock()

            async def permissions(of: TenantId) -> frozenset[str] | None:
                return await graphs.permissions(of, "backup")

            tools = Tools(stores.catalogue, archive, open_graph, CollectorSettings(), clock, permissions)
            jobs = Jobs(stores.documents, clock)
            yield Bench(served, stores, jobs, tools, tenant_id, installation, tmp_path, tokens)


def archives(stores: EmbeddedStores, installation: Installation) -> Callable[[TenantId], Awaitable[TenantArchive]]:
    tenants = StoredTenants(stores.documents)

    async def archive(of: TenantId) -> TenantArchive:
        return await open_archive(stores.blobs, tenants, installation, of)

    return archive


def _tenant(domain: str) -> dict[str, Any]:
    return {
        "name": "Contoso",
        "name_key": "contoso",
        "domain": domain,
        "domains": [domain],
        "cloud": "custom",
        "state": "healthy",
        "frequency_minutes": 1440,
        "created_at": "2026-01-01T00:00:00.000000Z",
    }
