"""An exporter in a process of its own, to be killed: `python worker.py DATA_FOLDER` works until nothing is left."""

import asyncio
import sys
from pathlib import Path

from reentra.common.clock import SystemClock
from reentra.common.jobs.job import JobFilter
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import open_installation
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.tenants import StoredTenants
from reentra.exporter.app import build_app
from reentra.exporter.settings import ExporterSettings


async def work(folder: Path) -> None:
    installation = open_installation(folder / "keys")
    async with open_stores(folder, reserve_bytes=0) as stores:
        jobs = Jobs(stores.documents, SystemClock())
        await jobs.release_all()
        settings = ExporterSettings(batch_objects=5, progress_interval_seconds=0)
        tenants = StoredTenants(stores.documents)
        async with build_app(jobs, stores.catalogue, stores.blobs, tenants, installation, settings) as app:
            app.pool.wake()
            while await jobs.list(JobFilter(statuses=("queued", "running"))):
                await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
