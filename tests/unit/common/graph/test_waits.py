"""A wait that Graph asked for outlives the process, and counts for every app and job of the tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from reentra.common.clients.graph import BatchRequest, GraphClient, GraphOutcomeUnknown
from reentra.common.errors import RetryLater
from reentra.common.ids import TenantId
from reentra.common.stores.waits import StoredWaits
from reentra.common.testing.fakes import FakeClock, MemoryDocuments

from .conftest import CLOUD, TENANT, Scripted, Step, Waits, answer, batch, page

Work = Callable[[GraphClient], Awaitable[Any]]
CONDITIONAL_ACCESS = "/identity/conditionalAccess/policies"


class Killed(Exception):
    """The process ends while it waits."""


class DyingWaits(Waits):
    async def sleep(self, seconds: float) -> None:
        raise Killed


def memory(clock: FakeClock) -> StoredWaits:
    return StoredWaits(MemoryDocuments(clock))


def process(store: StoredWaits, *steps: Step, dies: bool = False) -> Scripted:
    """Every process counts its seconds from a start of its own."""
    return Scripted(list(steps), waits=DyingWaits(at=70_000.0) if dies else Waits(at=3.0), memory=store)


REFUSED: dict[str, tuple[Step, Work]] = {
    "a read": (answer(429, None, retry_after="30"), lambda graph: graph.page("/users")),
    "a write": (answer(429, None, retry_after="30"), lambda graph: graph.send("POST", "/users", {})),
    "a batch": (
        answer(429, None, retry_after="30"),
        lambda graph: graph.batch([BatchRequest("GET", "/users/1")]),
    ),
    "an item of a batch": (
        batch((429, {}, {"Retry-After": "30"})),
        lambda graph: graph.batch([BatchRequest("GET", "/users/1")]),
    ),
    "a busy service": (answer(503, None, retry_after="30"), lambda graph: graph.page("/users")),
    "Conditional Access": (answer(429, None, retry_after="30"), lambda graph: graph.page(CONDITIONAL_ACCESS)),
}


@pytest.mark.parametrize("refused", REFUSED)
@pytest.mark.parametrize("purpose", ["backup", "restore"])
async def test_the_next_process_keeps_the_wait_in_which_the_last_one_was_killed(refused: str, purpose: Any) -> None:
    clock = FakeClock()
    store = memory(clock)
    step, work = REFUSED[refused]
    first = process(store, step, dies=True)
    first.waits.at += 60.0
    with pytest.raises(Killed):
        await work(first.open("backup"))
    clock.move(seconds=12)
    second = process(store, page())
    await second.open(purpose).page("/groups")
    assert 18.0 <= second.times[0] - 3.0 <= 19.0


async def test_a_wait_is_stored_when_the_refused_write_is_not_repeated() -> None:
    store = memory(FakeClock())
    first = process(store, answer(503, None, retry_after="9"))
    with pytest.raises(GraphOutcomeUnknown):
        await first.open("restore").send("POST", "/users", {})
    assert (await store.remaining(CLOUD.name, TENANT))["conditional_access"] >= 9.0


async def test_conditional_access_has_its_second_after_a_start() -> None:
    """The process before may have asked a moment ago."""
    second = process(memory(FakeClock()), page(), page())
    await second.open().page("/users")
    await second.open("restore").page(CONDITIONAL_ACCESS)
    assert second.times[0] == 3.0
    assert second.times[1] >= 4.0


async def test_jobs_and_apps_of_a_tenant_that_run_together_keep_one_wait() -> None:
    graph = Scripted([answer(429, None, retry_after="20"), *[page() for _ in range(4)]])
    await asyncio.gather(
        graph.open("backup").page("/users"),
        graph.open("backup").page("/groups"),
        graph.open("restore").page("/devices"),
        graph.open("restore").page(CONDITIONAL_ACCESS),
    )
    on_their_way = [at for at in graph.times if at == graph.times[0]]
    assert len(on_their_way) <= 4
    assert all(at >= graph.times[0] + 20 for at in graph.times[len(on_their_way) :])
    await graph.clients.close()


async def test_processes_that_run_together_keep_one_wait() -> None:
    clock = FakeClock()
    store = memory(clock)
    here = process(store, page(), page())
    await here.open("backup").page("/users")
    there = process(store, answer(429, None, retry_after="30"), dies=True)
    there.waits.at += 60.0
    with pytest.raises(Killed):
        await there.open("restore").page("/groups")
    clock.move(seconds=2)
    here.waits.at += 2.0
    await here.open("backup").page("/devices")
    assert here.times[1] - here.times[0] >= 30.0


async def test_a_store_that_fails_later_holds_up_nobody() -> None:
    class Failing(StoredWaits):
        asked = 0

        async def remaining(self, cloud: str, tenant_id: TenantId) -> Mapping[str, float]:
            self.asked += 1
            if self.asked > 1:
                raise RetryLater("The database is away.")
            return await super().remaining(cloud, tenant_id)

    store = Failing(MemoryDocuments())
    here = process(store, page(), page())
    await here.open().page("/users")
    here.waits.at += 2.0
    await here.open().page("/groups")
    assert store.asked == 2


async def test_a_clock_that_was_set_back_lengthens_no_wait() -> None:
    clock = FakeClock()
    store = memory(clock)
    await store.keep("global", TENANT, ("directory",), 30)
    clock.move(hours=-5)
    assert await store.remaining("global", TENANT) == {"directory": 30}
    clock.move(hours=5, seconds=31)
    assert await store.remaining("global", TENANT) == {}


async def test_a_shorter_wait_does_not_take_the_place_of_a_longer_one() -> None:
    store = memory(FakeClock())
    await store.keep("global", TENANT, ("directory", "conditional_access"), 30)
    await store.keep("global", TENANT, ("directory",), 5)
    assert await store.remaining("global", TENANT) == {"directory": 30, "conditional_access": 30}
