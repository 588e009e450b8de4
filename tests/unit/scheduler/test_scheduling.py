"""Schedules follow tenants; due slots become jobs exactly once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from reentra.common.clock import to_text
from reentra.common.errors import NotFound, RetryLater
from reentra.common.events.auth import TenantConnected
from reentra.common.ids import TenantId
from reentra.common.jobs.job import Job, JobFilter, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.stores.documents import Collection, Document, Query
from reentra.common.stores.tenants import TENANTS, StoredTenants
from reentra.common.testing.fakes import FakeClock, MemoryDocuments
from reentra.scheduler.operations import Scheduling

T = TenantId("11111111-1111-4111-8111-111111111111")


class CountedDocuments(MemoryDocuments):
    asked = 0

    async def now(self) -> datetime:
        self.asked += 1
        return await super().now()

    async def get(self, collection: Collection, id: str) -> Document | None:
        self.asked += 1
        return await super().get(collection, id)

    async def find(self, collection: Collection, query: Query) -> Sequence[Document]:
        self.asked += 1
        return await super().find(collection, query)


@dataclass
class World:
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.documents = CountedDocuments(self.clock)
        self.jobs = Jobs(self.documents, self.clock)
        self.scheduling = Scheduling(self.documents, self.jobs, StoredTenants(self.documents))

    async def tenant(self, tenant_id: TenantId = T, **changes: Any) -> None:
        """What auth would have stored."""
        body = {
            "tenant_id": tenant_id,
            "name": f"Contoso {tenant_id}",
            "name_key": f"contoso {tenant_id}",
            "domain": "contoso.com",
            "domains": ["contoso.com"],
            "cloud": "global",
            "state": "healthy",
            "frequency_minutes": 60,
            "created_at": to_text(self.clock.now()),
        } | changes
        stored = await self.documents.get(TENANTS, tenant_id)
        if stored is None:
            await self.documents.insert(TENANTS, tenant_id, body)
        else:
            await self.documents.replace(TENANTS, tenant_id, body, revision=stored.revision)

    async def all_jobs(self) -> list[Job]:
        return list(await self.jobs.list(JobFilter(newest_first=False)))

    async def finish_all(self) -> None:
        while (lease := await self.jobs.claim(["backup"], "w")) is not None:
            await lease.finish("succeeded")

    async def fire_for(self, **amount: float) -> int:
        """Ticks once a minute, every backup succeeding at once. How many jobs were made."""
        fired = 0
        for _ in range(int(timedelta(**amount) / timedelta(minutes=1))):
            self.clock.move(minutes=1)
            fired += await self.scheduling.fire_due()
            await self.finish_all()
        return fired


@pytest.fixture
def world() -> World:
    return World()


async def connected(world: World, **changes: Any) -> None:
    await world.tenant(**changes)
    await world.scheduling.follow_tenant(T)


async def test_connected_tenant_is_backed_up_at_its_frequency(world: World) -> None:
    await connected(world)
    assert await world.fire_for(minutes=59) == 0
    assert await world.fire_for(hours=5) == 5
    job = (await world.all_jobs())[0]
    assert (job.kind, job.tenant_id, job.created_by, job.active_key) == ("backup", T, "schedule", f"backup:{T}")


async def test_immediate_backup_is_made_once_however_often_the_message_comes(world: World) -> None:
    await world.tenant()
    event = TenantConnected(tenant_id=T, name="Contoso", immediate_backup=True)
    for _ in range(3):
        await world.scheduling.greet_tenant(event)
        await world.finish_all()
    assert len(await world.all_jobs()) == 1


async def test_late_message_about_a_removed_tenant_does_nothing(world: World) -> None:
    await world.tenant(state="disconnected")
    await world.scheduling.greet_tenant(TenantConnected(tenant_id=T, name="Contoso", immediate_backup=True))
    assert await world.all_jobs() == []
    assert await world.scheduling.next_at(T) is None


async def test_connection_without_immediate_backup_waits_for_the_first_slot(world: World) -> None:
    await world.tenant()
    await world.scheduling.greet_tenant(TenantConnected(tenant_id=T, name="Contoso"))
    assert await world.all_jobs() == []
    assert await world.scheduling.next_at(T) == world.clock.now() + timedelta(hours=1)


async def test_slot_passes_by_while_a_backup_is_unfinished(world: World) -> None:
    await connected(world)
    await world.jobs.submit(NewJob("backup", T, {}, "somebody", active_key=f"backup:{T}"))
    world.clock.move(hours=1)
    assert await world.scheduling.fire_due() == 0
    await world.finish_all()
    assert await world.scheduling.fire_due() == 0
    world.clock.move(hours=1)
    assert await world.scheduling.fire_due() == 1


async def test_missed_slots_are_caught_up_by_one_backup(world: World) -> None:
    await connected(world)
    world.clock.move(days=3, minutes=7)
    assert await world.scheduling.fire_due() == 1
    await world.finish_all()
    assert await world.fire_for(minutes=52) == 0
    assert await world.fire_for(minutes=1) == 1


async def test_clock_that_goes_back_fires_no_slot_twice(world: World) -> None:
    await connected(world)
    assert await world.fire_for(hours=3) == 3
    world.clock.move(minutes=-50)
    assert await world.fire_for(minutes=50) == 0
    assert await world.fire_for(hours=1) == 1


async def test_clock_that_was_far_ahead_does_not_end_backups(world: World) -> None:
    await connected(world)
    world.clock.move(days=1500)
    await world.fire_for(hours=1)
    world.clock.move(days=-1500)
    await world.scheduling.follow_all()
    assert await world.fire_for(hours=3) >= 2


async def test_two_schedulers_at_once_make_one_job_per_slot(world: World) -> None:
    others = [TenantId(f"tenant-{number}") for number in range(5)]
    for tenant_id in others:
        await world.tenant(tenant_id)
    schedulers = [world.scheduling, Scheduling(world.documents, world.jobs, StoredTenants(world.documents))]
    await asyncio.gather(*(scheduler.follow_all() for scheduler in schedulers))
    for _ in range(4):
        world.clock.move(hours=1)
        await asyncio.gather(*(scheduler.fire_due() for scheduler in schedulers))
        await world.finish_all()
    assert len(await world.all_jobs()) == 4 * len(others)


class DyingAfterSubmit:
    """A scheduler's process that ends between the two writes of a slot."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def submit(self, new: NewJob) -> Job:
        await self._jobs.submit(new)
        raise RetryLater("The process ended here.")


async def test_crash_between_job_and_schedule_makes_no_second_job(world: World) -> None:
    await connected(world)
    world.clock.move(hours=1)
    dying = Scheduling(world.documents, DyingAfterSubmit(world.jobs), StoredTenants(world.documents))
    with pytest.raises(RetryLater):
        await dying.fire_due()
    await world.finish_all()
    assert await world.scheduling.fire_due() == 0
    assert len(await world.all_jobs()) == 1
    assert await world.fire_for(hours=1) == 1


async def test_removed_tenant_is_backed_up_no_more_and_resumes_without_catching_up(world: World) -> None:
    await connected(world)
    await connected(world, state="disconnected")
    assert await world.fire_for(hours=5) == 0
    await connected(world)
    assert await world.fire_for(minutes=59) == 0
    assert await world.fire_for(minutes=1) == 1


async def test_lost_messages_are_made_good_by_comparing_all_tenants(world: World) -> None:
    await world.tenant()
    await world.scheduling.follow_all()
    assert await world.scheduling.next_at(T) == world.clock.now() + timedelta(hours=1)
    await world.tenant(frequency_minutes=30)
    await world.scheduling.follow_all()
    assert await world.scheduling.next_at(T) == world.clock.now() + timedelta(minutes=30)
    await world.tenant(state="disconnected")
    await world.scheduling.follow_all()
    assert await world.scheduling.next_at(T) is None


async def test_comparing_more_tenants_asks_the_store_no_more_often(world: World) -> None:
    asked: list[int] = []
    for many in (1, 50):
        for number in range(many):
            await world.tenant(TenantId(f"tenant-{number}"))
        await world.scheduling.follow_all()
        world.documents.asked = 0
        await world.scheduling.follow_all()
        asked.append(world.documents.asked)
    assert asked[0] == asked[1]


@pytest.mark.parametrize(("state", "served"), [("needs_activation", False), ("needs_consent", True)])
async def test_only_tenants_that_were_connected_are_scheduled(world: World, state: str, served: bool) -> None:
    await connected(world, state=state)
    assert (await world.scheduling.next_at(T) is not None) == served


async def test_cron_expression_replaces_the_frequency_until_it_is_taken_away(world: World) -> None:
    await connected(world)
    await world.scheduling.set_cron(T, "30 9 * * *")
    assert await world.fire_for(hours=24) == 1
    await world.scheduling.set_cron(T, None)
    assert await world.fire_for(hours=3) == 3
    with pytest.raises(NotFound):
        await world.scheduling.set_cron(TenantId("nobody"), None)
