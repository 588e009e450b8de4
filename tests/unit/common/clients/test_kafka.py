"""What every broker promises: acknowledged after the handler, retried within bounds, then dead-lettered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka.errors import KafkaConnectionError
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaRouter

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.inprocess.topic import Headers, Record
from reentra.common.clients.kafka import (
    BrokerPublisher,
    KafkaSettings,
    Patience,
    headers_of,
    listen,
    listen_to_dead_letters,
    make_broker,
)
from reentra.common.clients.topics import DEAD_LETTER_SUFFIX, event_classes, event_of, topics
from reentra.common.errors import RetryLater
from reentra.common.events.auth import TenantConnected, TenantDisconnected
from reentra.common.events.dead_letter import DeadLetter
from reentra.common.events.scheduler import BackupRequested

DEFECT = "Whoever handled it failed by a defect (KeyError); the log of that time tells more."

QUICK = Patience(waits=(0.0, 0.0))


@asynccontextmanager
async def running(router: KafkaRouter) -> AsyncIterator[KafkaBroker]:
    broker = make_broker(InProcessTransport(), patience=QUICK)
    broker.include_router(router)
    async with broker:
        await broker.start()
        yield broker


async def test_event_arrives_as_its_class_with_cloudevents_headers() -> None:
    router, seen = KafkaRouter(), []

    @listen(router, TenantConnected, group="scheduler")
    async def handle(event: TenantConnected, message: KafkaMessage) -> None:
        seen.append((event, message.headers, message.raw_message.key))  # type: ignore[union-attr]

    event = TenantConnected(tenant_id="t-1", name="Contoso", immediate_backup=True)
    async with running(router) as broker:
        await BrokerPublisher(broker).publish(event)
    [(received, headers, key)] = seen
    assert received == event
    assert key == b"t-1"
    assert {name: headers[name] for name in headers if name.startswith("ce_")} == {
        "ce_specversion": "1.0",
        "ce_id": event.event_id,
        "ce_type": "auth.tenant-connected.v1",
        "ce_source": "/reentra/auth",
        "ce_subject": "t-1",
        "ce_time": event.time,
    }


async def test_message_counts_as_read_only_after_its_handler_ended() -> None:
    router, started, may_end = KafkaRouter(), asyncio.Event(), asyncio.Event()

    @listen(router, BackupRequested, group="collector")
    async def handle(event: BackupRequested) -> None:
        started.set()
        await may_end.wait()

    async with running(router) as broker:
        publishing = asyncio.create_task(BrokerPublisher(broker).publish(BackupRequested(job_id="one")))
        await started.wait()
        await asyncio.sleep(0.02)
        assert not publishing.done()
        may_end.set()
        await asyncio.wait_for(publishing, 3)


async def test_failing_handler_is_tried_again_and_the_next_message_follows() -> None:
    router, seen = KafkaRouter(), []

    @listen(router, BackupRequested, group="collector")
    async def handle(event: BackupRequested) -> None:
        seen.append(event.job_id)
        if seen == ["one"]:
            raise RetryLater("The database is busy.")

    async with running(router) as broker:
        publisher = BrokerPublisher(broker)
        await publisher.publish(BackupRequested(job_id="one"))
        await publisher.publish(BackupRequested(job_id="two"))
    assert seen == ["one", "one", "two"]


async def test_message_that_keeps_failing_goes_to_the_dead_letters_with_its_reason() -> None:
    router, attempts, dead = KafkaRouter(), [], []

    @listen(router, BackupRequested, group="collector")
    async def handle(event: BackupRequested) -> None:
        attempts.append(event.job_id)
        raise KeyError("secret value")

    @router.subscriber("scheduler.backup-requested.v1.dlq", group_id="people", auto_offset_reset="earliest")
    async def look(event: BackupRequested, message: KafkaMessage) -> None:
        dead.append((event.job_id, message.headers["dead_letter_reason"], message.headers["ce_type"]))

    async with running(router) as broker:
        await BrokerPublisher(broker).publish(BackupRequested(job_id="one"))
    assert attempts == ["one", "one", "one"]
    assert dead == [("one", DEFECT, "scheduler.backup-requested.v1")]


async def test_undecodable_body_is_dead_lettered_at_once() -> None:
    router, handled, dead = KafkaRouter(), [], []

    @listen(router, TenantConnected, group="scheduler")
    async def handle(event: TenantConnected) -> None:
        handled.append(event)

    @router.subscriber("auth.tenant-connected.v1.dlq", group_id="people", auto_offset_reset="earliest")
    async def look(body: object) -> None:
        dead.append(body)

    async with running(router) as broker:
        await broker.publish({"no": "name"}, topic=TenantConnected.topic)
        await broker.publish(b"\xff\xfe not json", topic=TenantConnected.topic)
    assert handled == []
    assert len(dead) == 2


async def test_several_events_may_share_a_handler() -> None:
    router, seen = KafkaRouter(), []

    @listen(router, TenantConnected, TenantDisconnected, group="gateway")
    async def handle(message: KafkaMessage) -> None:
        event = event_of(message.headers["ce_type"], await message.decode())  # type: ignore[arg-type]
        seen.append(type(event))

    async with running(router) as broker:
        publisher = BrokerPublisher(broker)
        await publisher.publish(TenantConnected(tenant_id="t", name="n"))
        await publisher.publish(TenantDisconnected(tenant_id="t"))
    assert sorted(kind.__name__ for kind in seen) == ["TenantConnected", "TenantDisconnected"]


def test_broker_on_kafka_waits_for_all_replicas() -> None:
    broker = make_broker(KafkaSettings(bootstrap_servers=["one:9092", "two:9092"]))
    assert broker._connection_kwargs["bootstrap_servers"] == ["one:9092", "two:9092"]
    assert broker._connection_kwargs["enable_idempotence"] is True


def test_every_event_has_one_topic_named_after_its_owner_and_class() -> None:
    for topic, event in event_classes().items():
        owner = event.__module__.rpartition(".")[2]
        assert topic.startswith(f"{owner}.")
        assert topic.endswith(".v1")
    names = [spec.name for spec in topics()]
    assert len(names) == len(set(names)) == 2 * len(event_classes())


@pytest.mark.parametrize("spec", topics(), ids=lambda spec: spec.name)
def test_topics_keep_messages_for_days(spec: object) -> None:
    assert spec.retention_milliseconds >= 72 * 3_600_000  # type: ignore[attr-defined]


class AwayForLetters(InProcessTransport):
    """A bus that takes no dead letter for a while."""

    refusals = 3

    async def append(self, topic: str, value: bytes | None, key: bytes | None, headers: Headers) -> Record:
        if topic.endswith(DEAD_LETTER_SUFFIX) and self.refusals:
            self.refusals -= 1
            raise KafkaConnectionError
        return await super().append(topic, value, key, headers)


async def test_a_dead_letter_is_neither_lost_while_the_bus_is_away_nor_while_its_keeper_fails() -> None:
    transport, router, kept, failures = AwayForLetters(), KafkaRouter(), asyncio.Queue[DeadLetter](), [1, 2, 3, 4, 5]

    @listen(router, BackupRequested, group="collector")
    async def handle(event: BackupRequested) -> None:
        raise KeyError

    async def keep(letter: DeadLetter) -> None:
        if failures:
            failures.pop()
            raise RetryLater("The database is away.")
        await kept.put(letter)

    listen_to_dead_letters(router, keep, group="gateway")
    broker = make_broker(transport, patience=Patience(waits=(0.0,), pause_seconds=0.0))
    broker.include_router(router)
    async with broker:
        await broker.start()
        await BrokerPublisher(broker).publish(BackupRequested(job_id="one"))
        letter = await asyncio.wait_for(kept.get(), 10)
    assert (letter.topic, letter.reason) == (BackupRequested.topic, DEFECT)
    assert transport.refusals == 0


async def test_a_dead_letter_that_says_nothing_about_itself_is_named_after_its_place() -> None:
    transport, router, kept = InProcessTransport(), KafkaRouter(), asyncio.Queue[DeadLetter]()
    listen_to_dead_letters(router, kept.put, group="gateway")
    broker = make_broker(transport)
    broker.include_router(router)
    async with broker:
        await broker.start()
        for body in (b"a", b"b"):
            await transport.append(BackupRequested.topic + DEAD_LETTER_SUFFIX, body, None, [("dead_letter_size", b"-")])
        first, second = await kept.get(), await kept.get()
    assert first.topic == BackupRequested.topic
    assert first.id != second.id
    assert first.is_whole


async def test_a_message_in_the_wrong_place_is_replayed_where_it_belongs() -> None:
    transport, router, seen, kept = InProcessTransport(), KafkaRouter(), [], asyncio.Queue[DeadLetter]()

    @listen(router, TenantConnected, group="scheduler")
    async def old(event: TenantConnected) -> None:
        seen.append(event)

    @listen(router, TenantDisconnected, group="scheduler")
    async def new(event: TenantDisconnected) -> None:
        seen.append(event)

    listen_to_dead_letters(router, kept.put, group="gateway")
    broker, event = make_broker(transport), TenantDisconnected(tenant_id="t")
    broker.include_router(router)
    async with broker:
        await broker.start()
        await broker.publish(event.data(), topic=TenantConnected.topic, headers=headers_of(event))
        letter = await asyncio.wait_for(kept.get(), 10)
        assert letter.code == "unknown_version"
        assert seen == []
        await BrokerPublisher(broker).replay(letter)
    assert seen == [event]
