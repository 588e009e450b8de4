"""Every type gone for good, planned, restored and read back while Graph has one kind of bad day after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from reentra.common.jobs.job import Job
from reentra.common.stores.restores import RestorePlan
from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench
from .test_every_type import test_one_of_each_type_deleted_for_good_comes_back_with_every_reference as one_of_each_type

_WRITES, _ITEMS = "POST|PATCH|PUT|DELETE", "^/(?!.*batch)"
DAYS: dict[str, Sequence[FaultRule]] = {
    "committed, then 504": [FaultRule("commit_then_504", method=_WRITES, path=_ITEMS, percentage=35, seed=3)],
    "hostile links": [
        FaultRule("hostile_next_link", method="GET", path="^/groups/delta", times=3, link="other_host"),
        FaultRule("hostile_next_link", method="GET", path="^/groups/delta", link="cycle"),
    ],
    "all of it": [
        FaultRule("reset", percentage=3, seed=9),
        FaultRule("half_body", percentage=3, seed=10),
        FaultRule("drop_batch_item", method="POST", path="batch$", percentage=8, seed=11),
        FaultRule("commit_then_504", method=_WRITES, path=_ITEMS, percentage=12, seed=12),
        FaultRule("status", path=_ITEMS, percentage=4, seed=13, status=429, headers={"Retry-After": "1"}),
    ],
}
LAGS = {"lagging replicas": 0.4}


@dataclass(slots=True)
class StormyBench(Bench):
    """Weather while something is planned, written and read back."""

    day: str = ""
    accidents: int = 0

    async def plan_all(self, snapshot: int = 1) -> RestorePlan:
        with self.weather():
            return await Bench.plan_all(self, snapshot)

    async def apply(self, plan: RestorePlan) -> Job:
        with self.weather():
            return await Bench.apply(self, plan)

    @contextmanager
    def weather(self) -> Iterator[None]:
        cloud = self.served.cloud
        cloud.faults.set(DAYS.get(self.day, ()))
        if self.day in LAGS:
            cloud.lag.set(seconds=LAGS[self.day])
        try:
            yield
        finally:
            self.accidents += cloud.faults.struck
            cloud.faults.set(())
            cloud.lag.set()


@pytest.fixture
def stormy(bench: Bench, request: Any) -> StormyBench:
    return StormyBench(bench.served, bench.stores, bench.jobs, bench.tenant_id, bench.pools, request.param)


@pytest.mark.parametrize("stormy", [*DAYS, *LAGS], indirect=True)
async def test_every_type_comes_back_whole(stormy: StormyBench) -> None:
    await one_of_each_type(stormy)
    assert stormy.accidents or stormy.day in LAGS
