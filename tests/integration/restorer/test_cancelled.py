"""A job that is cancelled while Microsoft lets it wait for minutes ends at once, and knows what it has done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from reentra.common.clients.graph.pace import Pace
from reentra.common.ids import SnapshotNumber, TenantId
from reentra.common.jobs.job import Job, JobKind, NewJob
from reentra.common.stores.documents import Json
from reentra.restorer.operations.plans import Plans
from reentra.restorer.settings import RestorerSettings
from reentra.simulator.graph.faults import FaultRule
from reentra.simulator.server import ServedCloud

from .conftest import Bench, cloud_of
from .station import HUNDREDFOLD, opened

SECOND_BY_SECOND = Pace()
"""Whoever does not hear of the end is still waiting when the test gives up."""
IN_THE_REQUEST, IN_THE_QUEUE = "120", "3000"


@asynccontextmanager
async def patient(
    served: ServedCloud, folder: Path, pace: Pace = SECOND_BY_SECOND, **settings: Any
) -> AsyncIterator[Bench]:
    cloud = cloud_of(served)
    async with opened(cloud, folder, pace=pace, **settings) as station:
        yield Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)


async def waiting(bench: Bench, kind: JobKind, params: Json, fault: FaultRule) -> Job:
    """Once Graph has sent it away."""
    bench.served.cloud.faults.set([fault])
    job = await bench.jobs.submit(NewJob(kind, bench.tenant_id, params, "test"))
    for pool in bench.pools:
        pool.wake()
    async with asyncio.timeout(30):
        while not bench.served.cloud.faults.struck:
            await asyncio.sleep(0.02)
        if fault.headers.get("Retry-After") == IN_THE_QUEUE:
            while (await bench.jobs.get(job.id)).not_before is None:
                await asyncio.sleep(0.02)
    return job


async def cancelled(bench: Bench, job: Job) -> Job:
    await bench.jobs.request_cancel(job.id)
    for pool in bench.pools:
        pool.wake()
    ended = await bench.finished(job)
    assert ended.status == "cancelled"
    assert bench.served.cloud.faults.struck == 1
    assert bench.violations() == []
    return ended


async def is_open(bench: Bench, number: SnapshotNumber) -> bool:
    left = await bench.stores.catalogue.snapshot(bench.tenant_id, number)
    return left is not None and left.status != "abandoned"


def sent_away(method: str, path: str, seconds: str) -> FaultRule:
    return FaultRule("status", method=method, path=path, status=429, headers={"Retry-After": seconds})


@pytest.mark.parametrize("seconds", [IN_THE_REQUEST, IN_THE_QUEUE])
async def test_backup_that_graph_lets_wait_ends_when_it_is_cancelled(
    served: ServedCloud, tmp_path: Path, seconds: str
) -> None:
    async with patient(served, tmp_path) as bench:
        fault = sent_away("GET", "/groups", seconds)
        await cancelled(bench, await waiting(bench, "backup", {"object_types": ["group"]}, fault))
        async with asyncio.timeout(30):  # first the job ends, then what it began is given up
            while await is_open(bench, SnapshotNumber(1)):
                await asyncio.sleep(0.02)


@pytest.mark.parametrize("seconds", [IN_THE_REQUEST, IN_THE_QUEUE])
@pytest.mark.parametrize(("method", "path", "done"), [("POST", "/groups$", 0), ("PATCH", "/groups/", 1)])
async def test_restore_that_graph_lets_wait_ends_when_it_is_cancelled_and_can_go_on_later(
    served: ServedCloud, tmp_path: Path, method: str, path: str, done: int, seconds: str
) -> None:
    async with patient(served, tmp_path) as bench:
        group = bench.plain_group()
        name, members = bench.get(group)["displayName"], bench.links("members", group)
        await bench.back_up(["group"])
        bench.directory.hard_delete(group)
        plan = await bench.plan("group", group)
        fault = sent_away(method, path, seconds)
        await cancelled(bench, await waiting(bench, "restore_apply", {"plan_id": plan.id}, fault))
        states = [step.state for step in await bench.steps(plan)]
        assert states == ["confirmed"] * done + ["planned"] * (len(states) - done)

    served.cloud.faults.set(())
    async with patient(served, tmp_path, HUNDREDFOLD) as later:  # what Graph asked for is over
        assert (await later.apply(plan)).status == "succeeded"
        made = [g["id"] for g in later.directory.objects("group") if g["displayName"] == name]
        assert len(made) == 1
        assert later.links("members", made[0]) == members


async def test_backup_ends_when_it_is_cancelled_in_a_pause_after_a_server_error(
    served: ServedCloud, tmp_path: Path
) -> None:
    async with patient(served, tmp_path, first_pause_seconds=60) as bench:
        away = FaultRule("status", method="GET", path="/groups", status=503)
        await cancelled(bench, await waiting(bench, "backup", {"object_types": ["group"]}, away))


SLOW = RestorerSettings(first_pause_seconds=1000.0, longest_pause_seconds=1000.0, lag_patience_seconds=5000.0)


async def test_restore_that_waits_for_lagging_replicas_ends_when_it_is_cancelled(
    served: ServedCloud, tmp_path: Path
) -> None:
    async with patient(served, tmp_path, settings=SLOW) as bench:
        group = bench.plain_group()
        await bench.back_up(["group"])
        bench.directory.hard_delete(group)
        plan = await bench.plan("group", group)
        lagging = FaultRule("status", method="PATCH", path="/groups/", status=404, code="Request_ResourceNotFound")
        job = await waiting(bench, "restore_apply", {"plan_id": plan.id}, lagging)
        await bench.jobs.request_cancel(job.id)
        assert (await bench.finished(job)).status == "cancelled"
        states = [step.state for step in await bench.steps(plan)]
        assert states[0] == "confirmed"
        assert not {"sent", "confirmed"} & set(states[1:])


async def test_restore_that_looks_for_a_lost_answer_ends_when_it_is_cancelled(
    served: ServedCloud, tmp_path: Path
) -> None:
    async with patient(served, tmp_path, settings=SLOW) as bench:
        group = bench.plain_group()
        await bench.back_up(["group"])
        bench.directory.hard_delete(group)
        plan = await bench.plan("group", group)
        lost = FaultRule("commit_then_504", method="POST", path="/groups$", times=1)
        job = await waiting(bench, "restore_apply", {"plan_id": plan.id}, lost)
        await bench.jobs.request_cancel(job.id)
        ended = await bench.finished(job)
        assert ended.status == "cancelled"
        assert [failure["message"] for failure in ended.result["failures"]] == [
            "It was cancelled before it was known whether this happened. Plan again."
        ]
        assert (await bench.steps(plan))[0].state == "unknown"


async def test_what_was_on_its_way_when_a_worker_died_is_told_as_unknown_by_a_cancelled_restore(
    served: ServedCloud, tmp_path: Path
) -> None:
    async with patient(served, tmp_path) as bench:
        group = bench.plain_group()
        await bench.back_up(["group"])
        bench.directory.hard_delete(group)
        plan = await bench.plan("group", group)
        fault = sent_away("POST", "/groups$", IN_THE_QUEUE)
        job = await waiting(bench, "restore_apply", {"plan_id": plan.id}, fault)
        ledger = Plans(bench.stores.documents)
        chunk = (await ledger.chunks(await ledger.plan(plan.id)))[0]
        chunk.outcomes[0]["state"] = "sent"
        await ledger.save(chunk)
        ended = await cancelled(bench, job)
        told = [failure["message"] for failure in ended.result["failures"]]
        assert told == ["It was cancelled before it was known whether this happened. Plan again."]
        assert (await bench.steps(plan))[0].state == "unknown"
