"""The feed by itself: facts come over the bus, and a reader never skips one."""

import asyncio
from datetime import timedelta

import pytest
from faststream.kafka import KafkaBroker

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, make_broker
from reentra.common.clock import to_text
from reentra.common.events.auth import TenantDisconnected
from reentra.common.events.collector import BackupFinished, BackupProgressed
from reentra.common.events.dead_letter import DeadLetter
from reentra.common.events.envelope import Event
from reentra.common.events.gateway import Audited
from reentra.common.events.scheduler import BackupRequested
from reentra.common.stores.documents import Collection, Document, Json, Query
from reentra.common.testing.fakes import FakeClock, MemoryDocuments
from reentra.gateway.handlers import build_router
from reentra.gateway.operations.feed import FEED, Feed, FeedFilter


class SlowToStore(MemoryDocuments):
    """The first row takes longer to store than those that are asked for after it."""

    slow = True

    async def insert(self, collection: Collection, id: str, body: Json) -> Document:
        if self.slow:
            self.slow = False
            await asyncio.sleep(0.1)
        return await super().insert(collection, id, body)


def feed_over(documents: MemoryDocuments, clock: FakeClock | None = None) -> Feed:
    return Feed(documents, clock or FakeClock(), kept=timedelta(days=7), poll_seconds=0.01)


async def test_reader_skips_nothing_while_a_row_is_slow_to_store() -> None:
    feed, seen = feed_over(SlowToStore()), []

    async def read() -> None:
        async for row in feed.follow(0, FeedFilter()):
            seen.append(row.number)
            if len(seen) == 3:
                return

    reading = asyncio.create_task(read())
    await asyncio.gather(*(feed.record(TenantDisconnected(tenant_id=str(n))) for n in range(3)))
    await asyncio.wait_for(reading, 2)

    assert seen == [1, 2, 3]


async def test_readers_that_are_cancelled_more_than_once_hold_up_nobody() -> None:
    """Whoever goes away is told so at every turn of the loop until it has gone, by anyio under every request."""
    feed = Feed(MemoryDocuments(), FakeClock(), kept=timedelta(days=7), poll_seconds=60)

    async def read() -> None:
        async for _ in feed.follow(0, FeedFilter()):
            pass

    readers = [asyncio.create_task(read()) for _ in range(4)]
    await asyncio.wait(readers, timeout=0.05)
    for _ in range(4):
        for reader in readers:
            reader.cancel()
        await asyncio.sleep(0)
    ended = await asyncio.gather(*readers, return_exceptions=True)
    assert {type(one) for one in ended} == {asyncio.CancelledError}

    await asyncio.wait_for(feed.record(TenantDisconnected(tenant_id="a")), 2)
    assert (await asyncio.wait_for(anext(feed.follow(0, FeedFilter())), 2)).tenant_id == "a"


async def no_letters(letter: DeadLetter) -> None:
    raise AssertionError(letter)


def row_of(number: int, at: str, tenant_id: str) -> Json:
    return {"number": number, "topic": "t", "time": at, "tenant_id": tenant_id, "job_id": None, "data": {}}


async def test_several_processes_leave_no_number_out_and_a_fact_that_comes_twice_is_one_row() -> None:
    documents = MemoryDocuments()
    facts = [TenantDisconnected(tenant_id=str(number)) for number in range(20)]
    await asyncio.gather(*(feed.record(fact) for feed in map(feed_over, 3 * [documents]) for fact in facts))
    assert await feed_over(documents).newest() == 20
    await feed_over(documents).record(TenantDisconnected(tenant_id="next"))
    rows = await documents.find(FEED, Query(order_by="number"))
    assert [row.body["number"] for row in rows] == list(range(1, 22))


async def test_a_row_waits_for_one_that_another_process_is_still_storing() -> None:
    documents, clock = MemoryDocuments(), FakeClock()
    here, seen = feed_over(documents, clock), []
    at = to_text(clock.now())
    await documents.insert(FEED, "next", row_of(2, at, "b"))

    async def read() -> None:
        async for row in here.follow(0, FeedFilter()):
            seen.append((row.number, row.tenant_id))
            if len(seen) == 2:
                return

    reading = asyncio.create_task(read())
    await asyncio.wait([reading], timeout=0.1)
    assert seen == []
    await documents.insert(FEED, "late", row_of(1, at, "a"))
    await asyncio.wait_for(reading, 2)
    assert seen == [(1, "a"), (2, "b")]


@pytest.mark.parametrize(("gap_seconds", "minutes"), [(0.05, 0), (60.0, 10)])
async def test_a_number_that_never_comes_is_passed_over(gap_seconds: float, minutes: int) -> None:
    documents, clock = MemoryDocuments(), FakeClock()
    feed = Feed(documents, clock, kept=timedelta(days=7), poll_seconds=0.01, gap_seconds=gap_seconds)
    await documents.insert(FEED, "b", row_of(2, to_text(clock.now() - timedelta(minutes=minutes)), "b"))
    row = await asyncio.wait_for(anext(feed.follow(0, FeedFilter())), 2)
    assert row.tenant_id == "b"


async def test_facts_arrive_over_the_bus_as_they_were_announced_and_commands_do_not() -> None:
    documents = MemoryDocuments()
    feed = feed_over(documents)
    announced: list[Event] = [
        BackupProgressed(tenant_id="t", job_id="j", object_type="user", status="reading", read=3),
        BackupRequested(tenant_id="t", job_id="j"),
        BackupFinished(tenant_id="t", job_id="j", status="partial", number=4, message="One type is missing."),
        Audited(actor="Ada", action="backup.start"),
    ]
    transport = InProcessTransport()
    listening: KafkaBroker = make_broker(transport)
    listening.include_router(build_router(feed.record, no_letters))
    async with listening:
        await listening.start()
        for event in announced:
            await BrokerPublisher(listening).publish(event)
        async with asyncio.timeout(5):
            while await documents.count(FEED, {}) < 3:
                await asyncio.sleep(0.01)

    rows = await documents.find(FEED, Query(order_by="number"))
    facts = [event for event in announced if not isinstance(event, BackupRequested)]
    assert {row.body["topic"]: row.body["data"] for row in rows} == {e.topic: e.data() for e in facts}


async def test_old_rows_are_swept_in_time() -> None:
    documents, clock = MemoryDocuments(), FakeClock()
    feed = feed_over(documents, clock)
    for _ in range(499):
        await feed.record(TenantDisconnected(tenant_id="t", time=to_text(clock.now())))
    clock.move(days=8)
    await feed.record(TenantDisconnected(tenant_id="t", time=to_text(clock.now())))

    assert await documents.count(FEED, {}) == 1
