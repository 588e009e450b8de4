"""A worker that was frozen wakes after another took its job; a worker dies between sealing and telling so."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from tests.integration.collector.conftest import Bench, SimulatedTokens

from reentra.collector.app import build_app
from reentra.collector.operations.backup import Tools, run_backup
from reentra.collector.settings import CollectorSettings
from reentra.common.clients.clouds import Cloud
from reentra.common.clients.graph import GraphClients, GraphSettings, GraphStats
from reentra.common.clients.graph.transport import GraphTransport
from reentra.common.errors import NeedsConsent, Stale
from reentra.common.jobs.job import Lease, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.stores.tenants import StoredTenants


@dataclass(frozen=True, slots=True)
class Refusing:
    """Graph, without consent."""

    meanwhile: Callable[[], Awaitable[Any]]
    stats: GraphStats = field(default_factory=GraphStats)
    throttled_for: float = 0.0

    async def page(self, *_: Any, **__: Any) -> Any:
        await self.meanwhile()
        raise NeedsConsent("An administrator revoked the consent.")

    async def batch(self, *_: Any) -> Any:
        raise AssertionError("it asks for nothing more")


@dataclass(frozen=True, slots=True)
class Dying:
    """The lease of a process that dies at its last step."""

    lease: Lease

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lease, name)

    async def finish(self, *_: Any, **__: Any) -> None:
        raise ConnectionAbortedError


class Freezing(httpx.AsyncBaseTransport):
    """The whole process stands still for `seconds` just as its fifth answer comes in."""

    def __init__(self, inner: httpx.AsyncBaseTransport, seconds: float) -> None:
        self.inner = inner
        self.seconds = seconds
        self.asked = self.answered = 0
        self.asked_when_frozen = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        response = await self.inner.handle_async_request(request)
        self.answered += 1
        if self.answered == 5:
            self.asked_when_frozen = self.asked
            time.sleep(self.seconds)
        return response

    async def aclose(self) -> None:
        await self.inner.aclose()


async def taken_over(bench: Bench) -> Lease:
    await bench.jobs.release_all()
    lease = await bench.jobs.claim(["backup"], "another")
    assert lease is not None
    return lease


def refused(bench: Bench, meanwhile: Callable[[], Awaitable[Any]]) -> Tools:
    async def open_graph(_: Any) -> Any:
        return Refusing(meanwhile)

    return replace(bench.tools, open_graph=open_graph)


async def test_worker_that_lost_its_job_takes_nothing_back_of_what_its_successor_writes(bench: Bench) -> None:
    job = await bench.jobs.submit(NewJob("backup", bench.tenant_id, {}, "test"))
    frozen = await bench.jobs.claim(["backup"], "frozen")
    assert frozen is not None
    successors: list[Lease] = []

    async def sleep() -> None:
        successors.append(await taken_over(bench))

    with pytest.raises(Stale):
        await run_backup(frozen, refused(bench, sleep))
    await run_backup(successors[0], bench.tools)
    assert (await bench.jobs.get(job.id)).status == "succeeded"


async def test_backup_that_was_sealed_has_succeeded_whatever_its_successor_meets(bench: Bench) -> None:
    async def at_once() -> None: ...

    job = await bench.jobs.submit(NewJob("backup", bench.tenant_id, {}, "test"))
    lease = await bench.jobs.claim(["backup"], "dying")
    assert lease is not None
    with pytest.raises(ConnectionAbortedError):
        await run_backup(Dying(lease), bench.tools)
    await run_backup(await taken_over(bench), refused(bench, at_once))
    ended = await bench.jobs.get(job.id)
    assert (ended.status, ended.result["snapshot"]) == ("succeeded", 1)


async def test_worker_that_wakes_up_asks_graph_for_nothing_before_it_hears_that_its_time_is_over(bench: Bench) -> None:
    cloud = Cloud("custom", bench.served.login_url, bench.served.graph_url)
    jobs = Jobs(bench.stores.documents, bench.tools.clock, lease_seconds=3.0)
    graph = Freezing(GraphTransport(cloud, GraphSettings()), seconds=jobs.lease_seconds * 3 / 4)
    await jobs.submit(NewJob("backup", bench.tenant_id, {}, "test"))
    async with GraphClients(SimulatedTokens(bench.served), transport=graph) as graphs:
        collector = build_app(
            CollectorSettings(),
            jobs=jobs,
            blobs=bench.stores.blobs,
            catalogue=bench.stores.catalogue,
            tenants=StoredTenants(bench.stores.documents),
            installation=bench.installation,
            graphs=graphs,
            clouds=lambda _: cloud,
        )
        async with collector.pool as pool, asyncio.timeout(30):
            while not graph.asked_when_frozen or pool.running:
                await asyncio.sleep(0.01)
    # Begun after that is also what was stopped before its first byte: what counts is what came to Graph.
    assert 5 <= bench.served.cloud.counters.requests <= graph.asked_when_frozen
