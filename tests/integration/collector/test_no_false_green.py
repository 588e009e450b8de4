"""Each type in turn cannot be read, in each way in which Graph may refuse: it says so, and the others are whole."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.collector.conftest import Bench, opened_bench

from reentra.collector.domain.choices import first_request
from reentra.collector.operations.backup import run_backup
from reentra.common.clients.graph import GraphRetryLater, GraphSettings
from reentra.common.clients.graph.pace import Pace
from reentra.common.directory.catalog import CATALOG, ObjectType
from reentra.common.jobs.job import Job, NewJob
from reentra.simulator.graph.faults import FaultRule

_MOST_ATTEMPTS = 10
REFUSALS: dict[str, dict[str, Any]] = {
    "forbidden": {"status": 403, "code": "Authorization_RequestDenied", "message": "Insufficient privileges."},
    "not there": {"status": 404, "code": "Request_ResourceNotFound", "message": "Resource not found."},
    "bad request": {"status": 400, "code": "Request_BadRequest", "message": "Something is wrong."},
    "never answered": {"status": 503, "code": "ServiceUnavailable", "message": "Try later."},
    "no JSON": {"status": 200, "body": b"<html>maintenance</html>"},
    "no page": {"status": 200, "body": {"value": None}},
    "rows that are none": {"status": 200, "body": {"value": ["x", None, 5]}},
    "rows without ids": {"status": 200, "body": {"value": [{"displayName": "x"}]}},
}


class Hasty:
    """Waits take no time, but are over."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> float:
        return time.monotonic() + self._skipped

    async def sleep(self, seconds: float) -> None:
        self._skipped += seconds
        await asyncio.sleep(0)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    hasty = Hasty()
    settings = GraphSettings(attempts=2, first_pause_seconds=0.01)
    async with opened_bench(tmp_path, users=10, graph=settings, pace=Pace(hasty.now, hasty.sleep)) as bench:
        bench.served.cloud.settings.throttle_scale = None
        yield bench


def pattern_of(row: ObjectType) -> str:
    """The type's own list; of a type without one its parent's, which both then miss."""
    if row.parent_type is not None:
        return f"^{CATALOG[row.parent_type].collection}$"
    return f"^{first_request(row)[0]}$"


async def back_up(bench: Bench) -> Job:
    """As the worker pool does it: a job that must wait is taken up again."""
    job = await bench.jobs.submit(NewJob("backup", bench.tenant_id, {}, "test"))
    for _ in range(_MOST_ATTEMPTS):
        lease = await bench.jobs.claim(["backup"], "test")
        assert lease is not None
        try:
            await run_backup(lease, bench.tools)
        except GraphRetryLater:
            await bench.jobs.release_all()
        else:
            break
    return await bench.jobs.get(job.id)


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_type_that_cannot_be_read_makes_the_snapshot_partial_and_leaves_the_others_whole(
    bench: Bench, refusal: str
) -> None:
    await back_up(bench)
    before = await bench.state(1)
    for row in CATALOG.values():
        bench.served.cloud.faults.set([FaultRule("status", path=pattern_of(row), **REFUSALS[refusal])])
        job = await back_up(bench)
        assert job.status == "partial", (row.name, job.status, job.error)
        types = (await bench.snapshot(job)).types
        missed = {row.name, row.parent_type} - {None}
        assert {name for name, facts in types.items() if facts["status"] != "complete"} == missed, row.name
        for name in missed:
            assert types[str(name)]["reason"], row.name
            assert "\n" not in types[str(name)]["reason"]
        assert CATALOG[row.name].labels in job.result["message"]
        assert ".;" not in job.result["message"]
        assert ".." not in job.result["message"]
    bench.served.cloud.faults.set([])
    job = await back_up(bench)
    assert job.status == "succeeded"
    assert await bench.state(job.result["snapshot"]) == before


async def test_when_graph_answers_nothing_at_all_the_backup_waits_for_it(bench: Bench) -> None:
    bench.served.cloud.faults.set([FaultRule("status", **REFUSALS["never answered"])])
    assert (await back_up(bench)).status == "queued"
    assert await bench.stores.catalogue.latest(bench.tenant_id) is None
    bench.served.cloud.faults.set([])
    lease = await bench.jobs.claim(["backup"], "test")
    assert lease is not None
    await run_backup(lease, bench.tools)
    assert lease.job.status == "succeeded"
