"""A collector process that a test can kill: continues the unfinished job of its data folder, or starts one.

python -m tests.integration.collector.process '<json of bench.cloud.SimulatedCloud>' DATA
"""

import asyncio
import json
import sys
from pathlib import Path

from bench.cloud import SimulatedCloud
from bench.worker import Tokens, know_tenant

from reentra.collector.app import build_app
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.graph import GraphClients, Waits
from reentra.common.clock import SystemClock
from reentra.common.ids import TenantId
from reentra.common.jobs.job import FINISHED, JobFilter, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import open_or_create_installation
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.tenants import StoredTenants
from reentra.common.stores.waits import StoredWaits


async def main(cloud: SimulatedCloud, data: Path) -> None:
    installation = open_or_create_installation(data / "keys")
    clouds = cloud.clouds()
    async with open_stores(data) as stores, graph_clients(cloud, stores) as graphs:
        await know_tenant(stores, cloud)
        jobs = Jobs(stores.documents, SystemClock())
        await jobs.release_all()
        unfinished = await jobs.list(JobFilter(statuses=("queued", "running")))
        job = (
            unfinished[0] if unfinished else await jobs.submit(NewJob("backup", TenantId(cloud.tenant_id), {}, "test"))
        )
        collector = build_app(
            # What is only noted is saved as late as it can be, so that a kill loses as much as it can.
            CollectorSettings(commit_rows=100, progress_interval_seconds=600),
            jobs=jobs,
            blobs=stores.blobs,
            catalogue=stores.catalogue,
            tenants=StoredTenants(stores.documents),
            installation=installation,
            graphs=graphs,
            clouds=clouds,
        )
        async with collector.pool:
            while (job := await jobs.get(job.id)).status not in FINISHED:
                await asyncio.sleep(0.05)
        print(json.dumps({"status": job.status, "result": job.result, "error": job.error, "attempts": job.attempts}))


def graph_clients(cloud: SimulatedCloud, stores: EmbeddedStores) -> GraphClients:
    return GraphClients(Tokens(cloud), waits=Waits(StoredWaits(stores.documents)))


if __name__ == "__main__":
    asyncio.run(main(SimulatedCloud(**json.loads(sys.argv[1])), Path(sys.argv[2])))
