"""A disk that is full in the middle of a restore: it waits, what was written is in the ledger, and it goes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reentra.common.ids import TenantId
from reentra.common.jobs.job import NewJob
from reentra.simulator.server import ServedCloud

from .conftest import Bench, cloud_of
from .station import Station, opened

MORE_THAN_ANY_DISK = 1 << 60


class InAMinute:
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=1)


async def test_a_restore_waits_for_room_and_makes_nothing_twice(served: ServedCloud, tmp_path: Path) -> None:
    cloud, directory = cloud_of(served), served.tenants[0].directory

    def bench_of(station: Station) -> Bench:
        return Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)

    async with opened(cloud, tmp_path) as station:
        bench = bench_of(station)
        group = bench.plain_group()
        name = bench.get(group)["displayName"]
        await bench.back_up()
        directory.hard_delete(group)
        plan = await bench.plan("group", group)

    async with opened(cloud, tmp_path, reserve_bytes=MORE_THAN_ANY_DISK) as station:
        bench = bench_of(station)
        job = await bench.jobs.submit(NewJob("restore_apply", bench.tenant_id, {"plan_id": plan.id}, "test"))
        station.pools[-1].wake()
        while (waiting := await bench.jobs.get(job.id)).error is None:
            await asyncio.sleep(0.02)
        assert waiting.status == "queued"
        assert "Free some disk space; accepted jobs go on by themselves." in waiting.error["message"]
        confirmed = [step.new_id for step in await bench.steps(plan) if step.state == "confirmed"]
        assert set(confirmed) == set(_called(bench, name))

    async with opened(cloud, tmp_path, clock=InAMinute()) as station:
        bench = bench_of(station)
        ended = await bench.finished(job)
        assert ended.status == "succeeded", ended.error
        [made] = _called(bench, name)
        assert {row["object_id"]: row["new_id"] for row in ended.result["objects"]}[group] == made
        assert (await bench.plan("group", group)).is_identical


def _called(bench: Bench, name: str) -> list[str]:
    return [str(g["id"]) for g in bench.directory.objects("group") if g["displayName"] == name]
