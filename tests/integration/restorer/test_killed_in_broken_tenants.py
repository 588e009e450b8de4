"""Killed in the middle of restore, undo and redo of tenants broken in several ways, each goes on by itself."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reentra.common.ids import TenantId
from reentra.common.jobs.job import Job, NewJob
from reentra.common.stores.restores import RestorePlan
from reentra.simulator.server import ServedCloud

from .conftest import Bench, cloud_of
from .station import Cloud, opened
from .test_bad_days import WEATHER, crowd_of_all_fates, robots_in_a_binned_group, units_of_groups
from .test_combinations import Break, broken_and_whole_again, settings_gone
from .test_crash import APPLYING, KILLED, run

PASSED = ["restorer.after-intent", "restorer.after-send", "restorer.after-outcome", "restorer.after-chunk"]
"""By whoever has a step to write."""
PLACES = sorted({place.partition(":")[0] for place in APPLYING} | {"restorer.after-ledger", "restorer.after-lost"})


@dataclass(slots=True)
class MortalBench(Bench):
    """Whoever carries out a plan dies some times on the way."""

    cloud: Cloud
    folder: Path
    chance: random.Random
    station: AsyncExitStack = field(default_factory=AsyncExitStack)
    deaths: list[str] = field(default_factory=list)

    async def apply(self, plan: RestorePlan) -> Job:
        for pool in self.pools:
            await pool.stop()
        job = await self.jobs.submit(NewJob("restore_apply", self.tenant_id, {"plan_id": plan.id}, "test"))
        await self.station.aclose()
        for place in (self.chance.choice(PASSED), f"{self.chance.choice(PLACES)}:{self.chance.randint(1, 3)}"):
            if run(self.cloud, self.folder, failpoint=place) == KILLED:
                self.deaths.append(place)
        await self.open()
        return await self.finished(job)

    async def open(self) -> None:
        station = await self.station.enter_async_context(opened(self.cloud, self.folder))
        self.stores, self.jobs, self.pools = station.stores, station.jobs, station.pools


@pytest.fixture
async def bench(served: ServedCloud, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[MortalBench]:
    cloud = cloud_of(served)
    async with AsyncExitStack() as station:
        first = await station.enter_async_context(opened(cloud, tmp_path))
        chance = random.Random(request.node.name)
        tenant_id = TenantId(cloud.tenant_id)
        yield MortalBench(
            served, first.stores, first.jobs, tenant_id, first.pools, cloud, tmp_path, chance, station
        )  # fmt: skip


@pytest.mark.parametrize("prepare", [crowd_of_all_fates, settings_gone])
async def test_killed_on_a_good_day(bench: MortalBench, prepare: Callable[[Bench], Break]) -> None:
    await broken_and_whole_again(bench, prepare)
    assert bench.deaths


@pytest.mark.parametrize("prepare", [robots_in_a_binned_group, units_of_groups])
async def test_killed_on_a_bad_day(bench: MortalBench, prepare: Callable[[Bench], Break]) -> None:
    await broken_and_whole_again(bench, prepare, WEATHER)
    assert bench.deaths
