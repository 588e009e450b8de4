"""Builds the restorer: everything it needs comes in, a worker pool and its router come out."""

import asyncio
from dataclasses import dataclass
from functools import partial

from faststream.kafka import KafkaRouter

from reentra.common.clients.clouds import Clouds
from reentra.common.clients.graph import GraphClient, GraphClients
from reentra.common.clients.tokens import Purpose, TokenSource
from reentra.common.clock import Clock, SystemClock
from reentra.common.errors import NeedsConsent, NotFound
from reentra.common.ids import JobId, TenantId
from reentra.common.jobs.job import FINISHED, Lease
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.pool import WorkerPool
from reentra.common.snapshot.id_maps import IdMapLog
from reentra.common.snapshot.keys import Installation, open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.documents import Documents
from reentra.common.stores.tenants import StoredTenants, Tenant
from reentra.restorer.adapters.rights import rights_in
from reentra.restorer.domain.permissions import Rights
from reentra.restorer.handlers import build_router
from reentra.restorer.operations.apply import run_apply
from reentra.restorer.operations.id_book import IdBook, open_id_book
from reentra.restorer.operations.plan import Tools, run_plan
from reentra.restorer.operations.plans import Plans
from reentra.restorer.operations.turns import Turns
from reentra.restorer.settings import RestorerSettings

_RECORDS_KEPT_BYTES = 8 << 20
"""A plan reads records in the order in which they lie, each once: more than a page's frames would be memory only."""

_WHOLE_BIN = ("global", "custom")
"""Security groups and Conditional Access lie in a recycle bin in the global cloud only (groups-restore-deleted)."""


@dataclass(frozen=True, slots=True)
class Restorer:
    """Start the pool after the broker has the router; stop it before the stores close."""

    pool: WorkerPool
    router: KafkaRouter


def build_app(
    settings: RestorerSettings,
    *,
    jobs: Jobs,
    documents: Documents,
    blobs: Blobs,
    catalogue: Catalogue,
    tenants: StoredTenants,
    installation: Installation,
    graphs: GraphClients,
    tokens: TokenSource,
    clouds: Clouds,
    clock: Clock | None = None,
) -> Restorer:
    """Plans are read with the backup app; only applying one needs the restore app. `tokens`: those of `graphs`."""

    async def records(tenant_id: TenantId) -> RecordReader:
        keys = await open_tenant_keys(blobs, installation, tenant_id)
        return RecordReader(blobs, keys, cache_bytes=_RECORDS_KEPT_BYTES)

    async def connected(tenant_id: TenantId, purpose: Purpose) -> Tenant:
        tenant = await tenants.get(tenant_id)
        if tenant is None:
            raise NotFound(f"Tenant {tenant_id} is not connected.", tenant_id=tenant_id)
        if purpose == "restore" and tenant.restore_client_id is None:
            raise NeedsConsent(
                f"Tenant {tenant.name} has no restore app yet: let an administrator consent to one, then apply it.",
                tenant_id=tenant_id,
            )
        return tenant

    async def graph(tenant_id: TenantId, lease: Lease, purpose: Purpose) -> GraphClient:
        tenant = await connected(tenant_id, purpose)
        cloud = clouds(tenant.cloud)
        return graphs.open(cloud, tenant_id, purpose, check=lease.check, unwanted=lease.is_unwanted)

    async def rights(tenant_id: TenantId) -> Rights | None:
        await connected(tenant_id, "restore")
        return rights_in(await tokens.token(tenant_id, "restore", renew=True))

    async def has_whole_bin(tenant_id: TenantId) -> bool:
        tenant = await tenants.get(tenant_id)
        return tenant is not None and tenant.cloud in _WHOLE_BIN

    async def id_map_log(tenant_id: TenantId) -> IdMapLog:
        return IdMapLog(blobs, await open_tenant_keys(blobs, installation, tenant_id))

    async def book(tenant_id: TenantId) -> IdBook:
        return await open_id_book(documents, tenant_id, id_map_log)

    async def is_over(job_id: JobId) -> bool:
        try:
            return (await jobs.get(job_id)).status in FINISHED
        except NotFound:
            return True

    time, plans, turns = clock or SystemClock(), Plans(documents), Turns(documents, is_over)

    async def run(lease: Lease) -> None:
        reader, writer = (partial(graph, lease=lease, purpose=purpose) for purpose in ("backup", "restore"))
        operation = run_plan if lease.job.kind == "restore_plan" else run_apply
        outside = (catalogue, plans, turns, book, records, reader, writer, rights)
        tools = Tools(*outside, settings, time, asyncio.sleep, has_whole_bin)
        await operation(lease, tools)

    pool = WorkerPool(jobs, ["restore_plan", "restore_apply"], run, concurrency=settings.concurrent_jobs)
    return Restorer(pool, build_router(pool.wake))
