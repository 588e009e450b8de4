"""Whoever writes an event sends it: at once, once, in order; and what it could not send is left to the relay."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from reentra.common.errors import RetryLater
from reentra.common.events.auth import TenantConnected, TenantDisconnected, TenantNeedsConsent
from reentra.common.events.envelope import Event
from reentra.common.jobs.outbox import OUTBOX_INDEX, Relay, with_events
from reentra.common.jobs.sending import SendingDocuments
from reentra.common.stores.documents import Collection, Document, Json
from reentra.common.testing.contracts.documents import DocumentsContract
from reentra.common.testing.fakes import FakeClock, MemoryDocuments, RecordingPublisher

THINGS = Collection("things", (OUTBOX_INDEX,))
FIRST = TenantConnected(tenant_id="t", name="Contoso")
SECOND = TenantNeedsConsent(tenant_id="t", reason="revoked")
THIRD = TenantDisconnected(tenant_id="t")
NEVER = 3600.0


class Counting(MemoryDocuments):
    writes = 0

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        self.writes += 1
        return await super().replace(collection, id, body, revision=revision)


class Bus(RecordingPublisher):
    """Tells when it has taken an event; away while `away`."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: asyncio.Queue[Event] = asyncio.Queue()
        self.away = False

    async def publish(self, event: Event) -> None:
        if self.away:
            raise RetryLater("The bus is away.")
        await super().publish(event)
        await self.taken.put(event)


async def no_longer_waiting(documents: MemoryDocuments) -> Document:
    while True:
        document = await documents.get(THINGS, "one")
        assert document is not None
        if not document.body.get("outbox"):
            return document
        await asyncio.sleep(0)


class TestSendingDocuments(DocumentsContract):
    @pytest.fixture
    async def documents(self) -> AsyncIterator[SendingDocuments]:
        documents = SendingDocuments(MemoryDocuments(FakeClock()))
        async with documents.sending(RecordingPublisher()):
            yield documents


async def test_events_of_a_new_document_are_sent_at_once_and_taken_out() -> None:
    stored, bus = Counting(), Bus()
    documents = SendingDocuments(stored, next_write_seconds=NEVER)
    async with documents.sending(bus):
        await documents.insert(THINGS, "one", with_events({"value": 1}, [FIRST, SECOND]))
        async with asyncio.timeout(10):
            left = await no_longer_waiting(stored)
    assert bus.events == [FIRST, SECOND]
    assert (left.body["value"], left.body["outbox_at"], stored.writes) == (1, None, 1)


async def test_next_write_takes_out_what_was_sent_without_a_write_more() -> None:
    stored, bus = Counting(), Bus()
    documents = SendingDocuments(stored, next_write_seconds=NEVER)
    one = await documents.insert(THINGS, "one", {})
    async with documents.sending(bus), asyncio.timeout(10):
        one = await documents.replace(THINGS, "one", with_events(one.body, [FIRST]), revision=one.revision)
        assert await bus.taken.get() == FIRST
        one = await documents.replace(THINGS, "one", with_events(one.body, [SECOND]), revision=one.revision)
        assert [entry["data"]["event_id"] for entry in one.body["outbox"]] == [SECOND.event_id]
        assert await bus.taken.get() == SECOND
        one = await documents.replace(THINGS, "one", {**one.body, "value": 3}, revision=one.revision)
    assert (one.body["outbox"], stored.writes) == ([], 3)
    assert bus.events == [FIRST, SECOND]


async def test_what_no_write_takes_out_is_taken_out_after_a_while() -> None:
    stored, bus = Counting(), Bus()
    documents = SendingDocuments(stored, next_write_seconds=0.01)
    one = await documents.insert(THINGS, "one", {})
    async with documents.sending(bus), asyncio.timeout(10):
        await documents.replace(THINGS, "one", with_events({"value": 2}, [FIRST]), revision=one.revision)
        left = await no_longer_waiting(stored)
    assert (left.body["value"], bus.events) == (2, [FIRST])


async def test_a_stop_takes_out_what_was_sent() -> None:
    stored, bus = Counting(), Bus()
    documents = SendingDocuments(stored, next_write_seconds=NEVER)
    one = await documents.insert(THINGS, "one", {})
    async with documents.sending(bus), asyncio.timeout(10):
        await documents.replace(THINGS, "one", with_events({}, [FIRST]), revision=one.revision)
        await bus.taken.get()
    left = await stored.get(THINGS, "one")
    assert left is not None
    assert left.body["outbox"] == []


async def test_somebody_elses_change_is_neither_lost_nor_undone() -> None:
    stored, bus = Counting(), Bus()
    documents = SendingDocuments(stored, next_write_seconds=0.01)
    one = await documents.insert(THINGS, "one", {})
    async with documents.sending(bus), asyncio.timeout(10):
        one = await documents.replace(THINGS, "one", with_events({"value": 1}, [FIRST]), revision=one.revision)
        await stored.replace(THINGS, "one", with_events(one.body | {"value": 2}, [THIRD]), revision=one.revision)
        left = await no_longer_waiting(stored)
    assert left.body["value"] == 2
    assert bus.events == [FIRST, THIRD]


async def test_what_the_bus_does_not_take_waits_for_the_relay() -> None:
    stored, bus = Counting(), Bus()
    documents = SendingDocuments(stored)
    bus.away = True
    async with documents.sending(bus):
        await documents.insert(THINGS, "one", with_events({}, [FIRST, SECOND]))
    await documents.insert(THINGS, "two", with_events({}, [THIRD]))  # the bus was left
    bus.away = False
    assert await Relay(stored, bus, [THINGS]).relay_once() == 3
    assert {event.event_id for event in bus.events} == {FIRST.event_id, SECOND.event_id, THIRD.event_id}


async def test_the_relay_leaves_the_writer_one_round_to_send() -> None:
    stored, bus = Counting(), Bus()
    relay = asyncio.create_task(Relay(stored, bus, [THINGS], interval_seconds=0.001).run())
    documents = SendingDocuments(stored, next_write_seconds=NEVER)
    async with asyncio.timeout(10):
        await documents.insert(THINGS, "one", with_events({}, [FIRST]))  # and its writer is gone
        assert await bus.taken.get() == FIRST
        await no_longer_waiting(stored)
    relay.cancel()
    assert bus.events == [FIRST]
