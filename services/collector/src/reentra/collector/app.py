"""Builds the collector: everything it needs comes in, a worker pool and its router come out."""

from dataclasses import dataclass
from functools import partial

from faststream.kafka import KafkaRouter

from reentra.collector.adapters.archive import Archive, open_archive
from reentra.collector.handlers import build_router
from reentra.collector.operations.backup import Tools, run_backup
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import Clouds
from reentra.common.clients.graph import GraphClient, GraphClients
from reentra.common.clock import Clock, SystemClock
from reentra.common.errors import NotFound
from reentra.common.ids import TenantId
from reentra.common.jobs.job import Lease
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.pool import WorkerPool
from reentra.common.snapshot.keys import Installation
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.tenants import StoredTenants


@dataclass(frozen=True, slots=True)
class Collector:
    """Start the pool after the broker has the router; stop it before the stores close."""

    pool: WorkerPool
    router: KafkaRouter


def build_app(
    settings: CollectorSettings,
    *,
    jobs: Jobs,
    blobs: Blobs,
    catalogue: Catalogue,
    tenants: StoredTenants,
    installation: Installation,
    graphs: GraphClients,
    clouds: Clouds,
    clock: Clock | None = None,
) -> Collector:
    async def archive(tenant_id: TenantId) -> Archive:
        return await open_archive(blobs, tenants, installation, tenant_id)

    async def graph(tenant_id: TenantId, lease: Lease) -> GraphClient:
        tenant = await tenants.get(tenant_id)
        if tenant is None:
            raise NotFound(f"Tenant {tenant_id} is not connected.", tenant_id=tenant_id)
        return graphs.open(clouds(tenant.cloud), tenant_id, "backup", check=lease.check, unwanted=lease.is_unwanted)

    async def permissions(tenant_id: TenantId) -> frozenset[str] | None:
        return await graphs.permissions(tenant_id, "backup")

    time = clock or SystemClock()

    async def run(lease: Lease) -> None:
        open_graph = partial(graph, lease=lease)
        await run_backup(lease, Tools(catalogue, archive, open_graph, settings, time, permissions))

    pool = WorkerPool(jobs, ["backup"], run, concurrency=settings.concurrent_jobs)
    return Collector(pool, build_router(pool.wake))
