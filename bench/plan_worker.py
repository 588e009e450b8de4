"""One process that plans a whole tenant's restore from the first snapshot of a data folder, and prints what it cost.

python -m bench.plan_worker '<json of SimulatedCloud>' DATA
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from bench.cloud import SimulatedCloud
from bench.worker import Tokens
from reentra.common.clients.graph import GraphClients
from reentra.common.clock import SystemClock
from reentra.common.ids import TenantId
from reentra.common.jobs.job import FINISHED, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import open_or_create_installation
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.tenants import StoredTenants
from reentra.restorer.app import build_app
from reentra.restorer.settings import RestorerSettings


async def plan(cloud: SimulatedCloud, data: Path) -> dict[str, Any]:
    clouds = cloud.clouds()
    async with open_stores(data) as stores, GraphClients(Tokens(cloud)) as graphs:
        jobs = Jobs(stores.documents, SystemClock())
        restorer = build_app(
            RestorerSettings(),
            jobs=jobs,
            documents=stores.documents,
            blobs=stores.blobs,
            catalogue=stores.catalogue,
            tenants=StoredTenants(stores.documents),
            installation=open_or_create_installation(data / "keys"),
            graphs=graphs,
            tokens=Tokens(cloud),
            clouds=clouds,
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        job = await jobs.submit(NewJob("restore_plan", TenantId(cloud.tenant_id), {"snapshot": 1}, "bench"))
        wall, cpu = time.perf_counter(), time.process_time()
        async with restorer.pool:
            while (job := await jobs.get(job.id)).status not in FINISHED:
                await asyncio.sleep(0.2)
        return {
            "status": job.status,
            "error": job.error,
            "steps": job.result.get("steps"),
            "wall_seconds": round(time.perf_counter() - wall, 1),
            "cpu_seconds": round(time.process_time() - cpu, 1),
            "start_mib": before // 1024,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(plan(SimulatedCloud(**json.loads(sys.argv[1])), Path(sys.argv[2])))))
