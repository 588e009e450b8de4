"""Real stores in a folder, a small backup, and a worker pool that exports from it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reentra.common.clock import SystemClock
from reentra.common.ids import TenantId
from reentra.common.jobs.job import FINISHED, Job, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import Installation, create_installation
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.tenants import StoredTenants
from reentra.common.testing.backups import BackupWriter
from reentra.exporter.app import ExporterApp, build_app
from reentra.exporter.settings import ExporterSettings

TENANT = TenantId("11111111-1111-4111-8111-111111111111")


@dataclass(frozen=True)
class World:
    stores: EmbeddedStores
    installation: Installation
    jobs: Jobs
    writer: BackupWriter

    def app(self, **settings: Any) -> ExporterApp:
        chosen = ExporterSettings(**({"progress_interval_seconds": 0, "batch_objects": 7} | settings))
        tenants = StoredTenants(self.stores.documents)
        return build_app(self.jobs, self.stores.catalogue, self.stores.blobs, tenants, self.installation, chosen)

    async def submit(self, **params: Any) -> Job:
        return await self.jobs.submit(NewJob("export", TENANT, params, "tests"))

    async def ended(self, job: Job) -> Job:
        return await self.until(job, lambda now: now.status in FINISHED)

    async def until(self, job: Job, reached: Callable[[Job], bool]) -> Job:
        async with asyncio.timeout(20):
            while not reached(job := await self.jobs.get(job.id)):
                await asyncio.sleep(0.005)
        return job


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_stores(tmp_path / "data", reserve_bytes=0) as stores:
        installation = create_installation(tmp_path / "data" / "keys")
        writer = BackupWriter(stores.blobs, stores.catalogue, installation, TENANT)
        yield World(stores, installation, Jobs(stores.documents, SystemClock()), writer)


@pytest.fixture
def export(world: World) -> Callable[..., Awaitable[Job]]:
    """Submits a job, lets the pool do it, returns the job as it ended."""

    async def run(**params: Any) -> Job:
        job = await world.submit(**params)
        async with world.app() as app:
            app.pool.wake()
            return await world.ended(job)

    return run
