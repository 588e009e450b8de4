"""One collector process: backs a tenant up into a data folder and prints what it cost as one JSON line.

python -m bench.worker '<json of SimulatedCloud>' DATA
"""

import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cloud import SimulatedCloud
from reentra.collector.app import build_app
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.graph import GraphClients
from reentra.common.clients.tokens import Purpose
from reentra.common.clock import SystemClock
from reentra.common.events.envelope import Event
from reentra.common.garbage import rare_garbage_collection
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.job import FINISHED, Job, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.snapshot.keys import open_or_create_installation
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.tenants import TENANTS, StoredTenants


@dataclass(frozen=True, slots=True)
class Tokens:
    cloud: SimulatedCloud

    async def token(self, tenant_id: TenantId, purpose: Purpose, *, renew: bool = False) -> str:
        return await asyncio.to_thread(self.cloud.token)


class Nobody:
    """Hears the events. They have to go out as in the product: else they pile up in the job's document."""

    async def publish(self, event: Event) -> None:
        pass


async def back_up(cloud: SimulatedCloud, data: Path) -> dict[str, Any]:
    tenant_id = TenantId(cloud.tenant_id)
    installation = open_or_create_installation(data / "keys")
    clouds = cloud.clouds()
    async with open_stores(data) as stores, GraphClients(Tokens(cloud)) as graphs:
        await know_tenant(stores, cloud)
        jobs = Jobs(stores.documents, SystemClock())
        collector = build_app(
            CollectorSettings(),
            jobs=jobs,
            blobs=stores.blobs,
            catalogue=stores.catalogue,
            tenants=StoredTenants(stores.documents),
            installation=installation,
            graphs=graphs,
            clouds=clouds,
        )
        job = await jobs.submit(NewJob("backup", tenant_id, {}, "bench"))
        relay = asyncio.create_task(Relay(stores.documents, Nobody(), [JOBS]).run())
        wall, cpu = time.perf_counter(), time.process_time()
        with rare_garbage_collection():
            async with collector.pool:
                while (job := await jobs.get(job.id)).status not in FINISHED:
                    await asyncio.sleep(0.2)
        relay.cancel()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return await _report(job, stores, wall, cpu)


async def _report(job: Job, stores: EmbeddedStores, wall: float, cpu: float) -> dict[str, Any]:
    if job.status == "failed":
        raise SystemExit(f"the backup failed: {job.error}")
    number = SnapshotNumber(job.result["snapshot"])
    snapshot = await stores.catalogue.snapshot(job.tenant_id, number)
    assert snapshot is not None
    segments = await stores.catalogue.segments(job.tenant_id, number)
    return {
        "result": job.result["result"],
        "stats": job.result["stats"],
        "objects": sum(t["objects"] for t in snapshot.types.values()),
        "types": {name: t["objects"] for name, t in snapshot.types.items()},
        "singles": {name: t["singles"] for name, t in snapshot.types.items()},
        "changed": {name: t["added"] + t["changed"] + t["removed"] for name, t in snapshot.types.items()},
        "read": sum(t["read"] for t in snapshot.types.values()),
        "written": sum(s.records for s in segments),
        "segments": len(segments),
        "segment_bytes": sum(s.size for s in segments),
        "wall_seconds": wall,
        "cpu_seconds": cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


async def know_tenant(stores: EmbeddedStores, cloud: SimulatedCloud) -> None:
    if await stores.documents.get(TENANTS, cloud.tenant_id) is None:
        body = {
            "name": "Bench",
            "name_key": "bench",
            "domain": cloud.domain,
            "domains": [cloud.domain],
            "cloud": "custom",
            "state": "healthy",
            "frequency_minutes": 1440,
            "created_at": "2026-01-01T00:00:00.000000Z",
        }
        await stores.documents.insert(TENANTS, cloud.tenant_id, body)


if __name__ == "__main__":
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    print(json.dumps(asyncio.run(back_up(SimulatedCloud(**json.loads(sys.argv[1])), Path(sys.argv[2])))))
