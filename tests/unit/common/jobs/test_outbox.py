"""Events go out with the change they belong to: never lost, in order, and removed only after they were taken."""

import asyncio

import pytest

from reentra.common.clients.topics import NoSuchTopic
from reentra.common.errors import Rejected, RetryLater
from reentra.common.events.auth import TenantConnected, TenantDisconnected, TenantNeedsConsent
from reentra.common.events.envelope import Event
from reentra.common.ids import TenantId
from reentra.common.jobs.job import NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import OUTBOX_INDEX, Relay, with_events
from reentra.common.jobs.reconciler import Reconciler
from reentra.common.stores.documents import Collection, Documents, Json
from reentra.common.testing.fakes import FakeClock, MemoryDocuments, RecordingPublisher

THINGS = Collection("things", (OUTBOX_INDEX,))
FIRST = TenantConnected(tenant_id="t", name="Contoso")
SECOND = TenantNeedsConsent(tenant_id="t", reason="revoked")
THIRD = TenantDisconnected(tenant_id="t")


class Failing(RecordingPublisher):
    """A bus that is away after so many messages."""

    def __init__(self, takes: int) -> None:
        super().__init__()
        self.takes = takes

    async def publish(self, event: Event) -> None:
        if len(self.events) >= self.takes:
            raise RetryLater("The bus is away.")
        await super().publish(event)


async def stored(body: Json, *events: Event) -> MemoryDocuments:
    documents = MemoryDocuments()
    await documents.insert(THINGS, "one", with_events(body, events))
    return documents


async def body_of(documents: Documents) -> Json:
    document = await documents.get(THINGS, "one")
    assert document is not None
    return document.body


async def test_events_of_a_document_go_out_in_order_and_once() -> None:
    documents, publisher = await stored({"value": 1}, FIRST, SECOND), RecordingPublisher()
    relay = Relay(documents, publisher, [THINGS])
    assert await relay.relay_once() == 2
    assert await relay.relay_once() == 0
    assert publisher.events == [FIRST, SECOND]
    assert (await body_of(documents))["value"] == 1


def test_event_that_waits_already_is_not_added_again() -> None:
    body = with_events(with_events({}, [FIRST]), [FIRST, SECOND])
    assert [entry["data"]["event_id"] for entry in body["outbox"]] == [FIRST.event_id, SECOND.event_id]


def test_body_without_events_stays_as_it_is() -> None:
    assert with_events({"value": 1}, []) == {"value": 1}


async def test_what_the_bus_did_not_take_is_sent_later() -> None:
    documents, away = await stored({}, FIRST, SECOND), Failing(takes=1)
    relay = Relay(documents, away, [THINGS])
    with pytest.raises(RetryLater):
        await relay.relay_once()
    away.takes = 99
    await relay.relay_once()
    assert away.events[-2:] == [FIRST, SECOND]


class Picky(RecordingPublisher):
    """A bus that refuses one event for ever."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def publish(self, event: Event) -> None:
        if event.event_id == SECOND.event_id:
            raise self._error
        await super().publish(event)


@pytest.mark.parametrize(
    "error", [NoSuchTopic("Kafka has no such topic."), Rejected("It is refused."), ValueError("a defect")]
)
async def test_event_that_the_bus_refuses_holds_only_its_own_document(error: Exception) -> None:
    documents, bus = await stored({}, FIRST, SECOND), Picky(error)
    await documents.insert(THINGS, "other", with_events({}, [THIRD]))
    relay = Relay(documents, bus, [THINGS])
    assert [await relay.relay_once(), await relay.relay_once()] == [2, 0]
    assert bus.events == [FIRST, THIRD]
    assert [entry["data"] for entry in (await body_of(documents))["outbox"]] == [SECOND.data()]


@pytest.mark.parametrize("damaged", [[{"topic": FIRST.topic, "data": {}}], [{}], ["no entry"], []])
async def test_outboxes_that_nobody_can_read_hold_only_themselves(damaged: list[object]) -> None:
    documents, bus = MemoryDocuments(), RecordingPublisher()
    for number in range(120):  # more than one look finds
        await documents.insert(THINGS, f"damaged-{number:03}", {"outbox": damaged, "outbox_at": "2020"})
    await documents.insert(THINGS, "one", with_events({}, [FIRST]))
    relay = asyncio.create_task(Relay(documents, bus, [THINGS], interval_seconds=0.001).run())
    try:
        async with asyncio.timeout(60):
            while (await body_of(documents))["outbox"]:
                await asyncio.sleep(0.001)
    finally:
        relay.cancel()
    assert bus.events == [FIRST]


class Writing(RecordingPublisher):
    """While the relay publishes, the document's owner writes it."""

    def __init__(self, documents: MemoryDocuments) -> None:
        super().__init__()
        self._documents = documents

    async def publish(self, event: Event) -> None:
        await super().publish(event)
        if len(self.events) == 1:
            document = await self._documents.get(THINGS, "one")
            assert document is not None
            body = with_events(document.body | {"value": 2}, [THIRD])
            await self._documents.replace(THINGS, "one", body, revision=document.revision)


async def test_event_written_while_the_relay_works_is_neither_lost_nor_undone() -> None:
    documents = await stored({"value": 1}, FIRST)
    publisher = Writing(documents)
    relay = Relay(documents, publisher, [THINGS])
    await relay.relay_once()
    body = await body_of(documents)
    assert (body["value"], len(body["outbox"])) == (2, 1)
    await relay.relay_once()
    assert publisher.events == [FIRST, THIRD]


async def test_reconciler_wakes_for_overdue_jobs_only() -> None:
    clock, publisher = FakeClock(), RecordingPublisher()
    jobs = Jobs(MemoryDocuments(clock), clock)
    reconciler = Reconciler(jobs, publisher, interval_seconds=5)
    job = await jobs.submit(NewJob("export", TenantId("t"), {}, "somebody"))
    assert await reconciler.reconcile_once() == 0
    clock.move(seconds=6)
    assert await reconciler.reconcile_once() == 1
    assert [(event.topic, event.job_id) for event in publisher.events] == [("exporter.export-requested.v1", job.id)]
    assert await jobs.claim(["export"], "w") is not None
    assert await reconciler.reconcile_once() == 0
    clock.move(seconds=70)  # its worker died
    assert await reconciler.reconcile_once() == 1


async def test_an_older_relay_neither_shortens_nor_drops_what_a_newer_service_wrote() -> None:
    newer = {**FIRST.data(), "a_field_of_2030": {"deep": 1}}
    unknown = {**SECOND.data(), "reason": ["of another type"]}
    waiting = [
        {"topic": FIRST.topic, "data": newer},
        {"topic": "auth.tenant-renamed.v1", "data": TenantDisconnected(tenant_id="t").data()},
        {"topic": SECOND.topic, "data": unknown},
        {"topic": THIRD.topic, "data": THIRD.data()},
    ]
    documents, publisher = MemoryDocuments(), RecordingPublisher()
    await documents.insert(THINGS, "one", {"outbox": waiting, "outbox_at": FIRST.time})
    assert await Relay(documents, publisher, [THINGS]).relay_once() == 4
    assert [{"topic": event.topic, "data": event.data()} for event in publisher.events] == waiting
    assert publisher.events[3] == THIRD
    assert {event.key for event in publisher.events} == {b"t"}
