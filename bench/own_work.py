"""The collector's own work, alone: the pages of a whole backup lie in a file as JSON, no socket and no Graph.

python -m bench.own_work '<json of SimulatedCloud>' FOLDER

Everything else is real: parsing, merging, hashing, segments, the catalogue on disk, the job's checkpoints, the seal.
One run records the pages through the real client, the following ones replay them into fresh data folders.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from bench.cloud import SimulatedCloud
from bench.worker import Tokens, know_tenant
from reentra.collector.adapters.archive import open_archive
from reentra.collector.operations.backup import Tools, run_backup
from reentra.collector.operations.ports import GraphReader
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.graph import BatchAnswer, BatchRequest, GraphClients, GraphStats, Page
from reentra.common.clients.graph.rows import page_body
from reentra.common.clock import SystemClock
from reentra.common.garbage import rare_garbage_collection
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.jobs.job import NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import open_or_create_installation
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.tenants import StoredTenants

_REPLAYS = 3
_NOTHING = (BatchAnswer(200), b'{"value":[]}')
"""Of more objects than are asked one by one, which ones are depends on how pages came together in time."""
Asked = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class Recorder:
    """Passes on to Graph and keeps every answer. Pages go to a file: a large tenant's would take the memory, and with
    it the processor's cache, of what is measured."""

    graph: GraphReader
    file: BinaryIO
    pages: dict[Asked, tuple[int, int, Page]] = field(default_factory=dict)
    answers: dict[str, tuple[BatchAnswer, bytes]] = field(default_factory=dict)

    @property
    def stats(self) -> GraphStats:
        return self.graph.stats

    @property
    def throttled_for(self) -> float:
        return self.graph.throttled_for

    async def page(self, path_or_link: str, *, params: Mapping[str, str] | None = None) -> Page:
        page = await self.graph.page(path_or_link, params=params)
        body = orjson.dumps({"value": list(page.values)})
        self.pages[_asked(path_or_link, params)] = (self.file.tell(), len(body), replace(page, values=()))
        self.file.write(body)
        return page

    async def batch(self, items: Sequence[BatchRequest]) -> Sequence[BatchAnswer]:
        answers = await self.graph.batch(items)
        for item, answer in zip(items, answers, strict=True):
            self.answers[item.path] = (replace(answer, body=None), orjson.dumps(answer.body))
        return answers


@dataclass(slots=True)
class Replayer:
    """Answers from memory, always the same."""

    recorded: Recorder
    stats: GraphStats = field(default_factory=GraphStats)
    throttled_for: float = 0.0

    async def page(self, path_or_link: str, *, params: Mapping[str, str] | None = None) -> Page:
        offset, length, page = self.recorded.pages[_asked(path_or_link, params)]
        read = page_body(os.pread(self.recorded.file.fileno(), length, offset))
        assert read is not None
        return replace(page, values=read["value"])

    async def batch(self, items: Sequence[BatchRequest]) -> Sequence[BatchAnswer]:
        found = [self.recorded.answers.get(item.path, _NOTHING) for item in items]
        return [replace(answer, body=orjson.loads(body)) for answer, body in found]


@dataclass(frozen=True, slots=True)
class Cost:
    objects: int
    wall_seconds: float
    cpu_seconds: float


async def measure(cloud: SimulatedCloud, folder: Path) -> dict[str, Any]:
    clouds = cloud.clouds()
    folder.mkdir()
    with (folder / "pages").open("wb+") as file:
        async with GraphClients(Tokens(cloud)) as graphs:
            recorder = Recorder(graphs.open(clouds("custom"), TenantId(cloud.tenant_id), "backup"), file)
            await back_up(cloud, folder / "recorded", recorder)
        file.flush()
        with rare_garbage_collection():
            costs = [await back_up(cloud, folder / f"replay-{n}", Replayer(recorder)) for n in range(_REPLAYS)]
        size = file.tell()
    best = min(costs, key=lambda cost: cost.cpu_seconds)
    return {
        "pages": len(recorder.pages),
        "page_bytes": size,
        "objects": best.objects,
        "cpu_seconds": best.cpu_seconds,
        "wall_seconds": best.wall_seconds,
    }


async def back_up(cloud: SimulatedCloud, data: Path, graph: GraphReader) -> Cost:
    tenant_id = TenantId(cloud.tenant_id)
    data.mkdir()
    installation = open_or_create_installation(data / "keys")
    async with open_stores(data) as stores:
        await know_tenant(stores, cloud)
        tenants = StoredTenants(stores.documents)

        async def archive(of: TenantId) -> Any:
            return await open_archive(stores.blobs, tenants, installation, of)

        async def reader(_of: TenantId) -> GraphReader:
            return graph

        tools = Tools(stores.catalogue, archive, reader, CollectorSettings(), SystemClock())
        jobs = Jobs(stores.documents, SystemClock())
        job = await jobs.submit(NewJob("backup", tenant_id, {}, "bench"))
        lease = await jobs.claim(["backup"], "bench")
        assert lease is not None
        wall, cpu = time.perf_counter(), time.process_time()
        await run_backup(lease, tools)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        result = (await jobs.get(job.id)).result
        snapshot = await stores.catalogue.snapshot(tenant_id, SnapshotNumber(result["snapshot"]))
        assert snapshot is not None
        return Cost(sum(t["objects"] for t in snapshot.types.values()), wall, cpu)


def _asked(path_or_link: str, params: Mapping[str, str] | None) -> Asked:
    return path_or_link, tuple((params or {}).items())


if __name__ == "__main__":
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    print(json.dumps(asyncio.run(measure(SimulatedCloud(**json.loads(sys.argv[1])), Path(sys.argv[2])))))
