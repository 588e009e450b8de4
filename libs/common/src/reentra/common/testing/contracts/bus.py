"""The suite of the bus. Inherit, and give a fixture `bus`: what `make_broker` takes, and a way to make topics."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

from faststream.kafka import KafkaBroker, KafkaMessage, KafkaRouter

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import (
    BrokerPublisher,
    KafkaSettings,
    Patience,
    listen,
    listen_to_dead_letters,
    make_broker,
)
from reentra.common.clients.topics import DEAD_LETTER_BYTES, DEAD_LETTER_SUFFIX, MESSAGE_BYTES, TopicSpec
from reentra.common.errors import RetryLater
from reentra.common.events.envelope import Event

AnyEvent = TypeVar("AnyEvent", bound=Event)
QUICK = Patience(waits=(0.0, 0.0))
_PARTITIONS = 4
_SECONDS = 60.0
"""Generous: it bounds a hanging test and measures nothing."""


@dataclass(frozen=True, slots=True)
class Foreign:
    topic: str
    body: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    key: bytes = b"k"


@dataclass(frozen=True, slots=True)
class Bus:
    """`stranger` sends bytes as a program would that knows nothing of us."""

    carrier: KafkaSettings | InProcessTransport
    provide: Callable[[list[TopicSpec]], Awaitable[None]]
    stranger: Callable[[Foreign], Awaitable[None]]

    async def task(self) -> "type[Task]":
        """An event with a topic of its own, and its dead letters."""
        name = f"contract.{uuid4().hex}.v1"
        await self.provide(
            [
                TopicSpec(name, _PARTITIONS, 3_600_000, 256 << 10),
                TopicSpec(name + DEAD_LETTER_SUFFIX, 1, 3_600_000, 1 << 20),
            ]
        )
        return type("Task", (Task,), {"topic": name, "__module__": __name__})

    @asynccontextmanager
    async def broker(self, router: KafkaRouter | None = None, patience: Patience = QUICK) -> AsyncIterator[KafkaBroker]:
        broker = make_broker(self.carrier, patience=patience)
        if router is not None:
            broker.include_router(router)
        async with broker:
            await broker.start()
            yield broker


class Task(Event):
    topic: ClassVar[str] = "contract.task.v1"
    number: int


class LaterTask(Task):
    """The same message a version later."""

    colour: str = "grey"


class LatestTask(Event):
    """What no version may become in place: its number is a text."""

    topic: ClassVar[str] = "contract.task.v1"
    number: str


class Seen:
    """What a handler was given, to be waited for."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._changed = asyncio.Condition()

    async def add(self, item: Any) -> None:
        async with self._changed:
            self.items.append(item)
            self._changed.notify_all()

    async def until(self, enough: Callable[[list[Any]], bool]) -> None:
        async with asyncio.timeout(_SECONDS), self._changed:
            await self._changed.wait_for(lambda: enough(self.items))

    async def take(self, count: int) -> list[Any]:
        await self.until(lambda items: len(items) >= count)
        return self.items


def keeping(seen: Seen, task: type[Task], group: str) -> KafkaRouter:
    """A member of a group that only notes the numbers."""
    router = KafkaRouter()

    @listen(router, task, group=group)
    async def handle(event: Task) -> None:
        await seen.add(event.number)

    return router


def of_version(version: type[AnyEvent], task: type[Task]) -> type[AnyEvent]:
    """That class on the task's topic."""
    return type(version.__name__, (version,), {"topic": task.topic, "__module__": __name__})


def keeping_whole(seen: Seen, version: type[Event], group: str) -> KafkaRouter:
    """A member of a group that notes events as the class that it knows."""
    router = KafkaRouter()

    async def handle(event: Event) -> None:
        await seen.add(event)

    handle.__annotations__["event"] = version
    listen(router, version, group=group)(handle)
    return router


def dead_letters(seen: Seen, task: type[Task]) -> KafkaRouter:
    """Notes the letters."""
    router = KafkaRouter()
    listen_to_dead_letters(router, seen.add, group=f"people-{uuid4()}", topics=[task.topic + DEAD_LETTER_SUFFIX])
    return router


class BusContract:
    async def test_an_event_arrives_as_its_class_with_cloudevents_headers(self, bus: Bus) -> None:
        task, seen, router = await bus.task(), Seen(), KafkaRouter()

        @listen(router, task, group="g")
        async def handle(event: Task, message: KafkaMessage) -> None:
            await seen.add((event.number, message.headers, message.raw_message.key))  # type: ignore[union-attr]

        event = task(number=4, tenant_id="t-1")
        async with bus.broker(router) as broker:
            await BrokerPublisher(broker).publish(event)
            [(number, headers, key)] = await seen.take(1)
        assert number == 4
        assert key == b"t-1"
        assert headers["ce_id"] == event.event_id
        assert headers["ce_type"] == task.topic
        assert headers["ce_subject"] == "t-1"
        assert headers["content-type"] == "application/json"
        assert headers["correlation_id"] == event.event_id

    async def test_a_new_group_reads_from_the_oldest_message_on(self, bus: Bus) -> None:
        task, seen = await bus.task(), Seen()
        async with bus.broker() as sender:
            await BrokerPublisher(sender).publish(task(number=1, job_id="j"))
            async with bus.broker(keeping(seen, task, "late")):
                await BrokerPublisher(sender).publish(task(number=2, job_id="j"))
                assert await seen.take(2) == [1, 2]

    async def test_each_group_sees_every_message(self, bus: Bus) -> None:
        task, first, second = await bus.task(), Seen(), Seen()
        async with bus.broker(keeping(first, task, "a")) as broker, bus.broker(keeping(second, task, "b")):
            for number in range(20):
                await BrokerPublisher(broker).publish(task(number=number, job_id="one key keeps the order"))
            assert await first.take(20) == list(range(20))
            assert await second.take(20) == list(range(20))

    async def test_members_share_the_work_and_nothing_is_lost_when_one_leaves(self, bus: Bus) -> None:
        task, staying, leaving = await bus.task(), Seen(), Seen()

        async def send(broker: KafkaBroker, numbers: range) -> None:
            for number in numbers:
                await BrokerPublisher(broker).publish(task(number=number, job_id=f"job-{number}"))

        async with bus.broker(keeping(staying, task, "g")) as broker:
            async with bus.broker(keeping(leaving, task, "g")):
                await send(broker, range(40))
            await send(broker, range(40, 80))
            await staying.until(lambda items: {*items, *leaving.items} == set(range(80)))

    async def test_a_message_whose_handler_did_not_end_goes_to_another_member(self, bus: Bus) -> None:
        task, started, seen, router = await bus.task(), asyncio.Event(), Seen(), KafkaRouter()

        @listen(router, task, group="g")
        async def never_ends(event: Task) -> None:
            del event
            started.set()
            await asyncio.Event().wait()

        leaving = make_broker(bus.carrier, patience=QUICK, graceful_seconds=0.05)
        leaving.include_router(router)
        async with AsyncExitStack() as stack:
            sender = await stack.enter_async_context(bus.broker())
            await leaving.start()
            sending = asyncio.create_task(BrokerPublisher(sender).publish(task(number=7)))
            await asyncio.wait_for(started.wait(), _SECONDS)
            await leaving.stop()
            await stack.enter_async_context(bus.broker(keeping(seen, task, "g")))
            assert await seen.take(1) == [7]
            await sending

    async def test_a_failing_handler_is_tried_again_and_the_next_message_follows(self, bus: Bus) -> None:
        task, seen, router = await bus.task(), Seen(), KafkaRouter()

        @listen(router, task, group="g")
        async def handle(event: Task) -> None:
            await seen.add(event.number)
            if seen.items == [1]:
                raise RetryLater("The database is busy.")

        async with bus.broker(router) as broker:
            for number in (1, 2):
                await BrokerPublisher(broker).publish(task(number=number, job_id="j"))
            assert await seen.take(3) == [1, 1, 2]

    async def test_a_message_that_keeps_failing_is_parked_with_its_reason_and_others_flow(self, bus: Bus) -> None:
        task, seen, dead, router = await bus.task(), Seen(), Seen(), KafkaRouter()

        @listen(router, task, group="g")
        async def handle(event: Task) -> None:
            await seen.add(event.number)
            if event.number == 1:
                raise KeyError("secret value")

        async with bus.broker(router) as broker, bus.broker(dead_letters(dead, task)):
            for number in (1, 2):
                await BrokerPublisher(broker).publish(task(number=number, job_id="j"))
            assert await seen.take(4) == [1, 1, 1, 2]
            [letter] = await dead.take(1)
        assert b'"number":1' in letter.body.replace(b" ", b"")
        assert letter.code == "failed"
        assert letter.reason == "Whoever handled it failed by a defect (KeyError); the log of that time tells more."
        assert letter.topic == letter.headers["ce_type"] == task.topic

    async def test_what_no_handler_can_take_is_parked_at_once_and_others_flow(self, bus: Bus) -> None:
        task, seen, dead = await bus.task(), Seen(), Seen()
        json, v2 = ("content-type", b"application/json"), task.topic.replace(".v1", ".v2").encode()
        bad = {
            "undecodable": [
                Foreign(task.topic, b'{"no": "number"}'),
                Foreign(task.topic, b"\xff\xfe not json"),
                Foreign(task.topic, b"{not json", (json,)),
                Foreign(task.topic, b'{"number": "of another version"}'),
                Foreign(task.topic, b"{}", (("strange", b"\xff"),)),
                Foreign(task.topic, None),
            ],
            "unknown_version": [
                Foreign(task.topic, b'{"number": 1}', (json, ("ce_type", v2))),
                Foreign(task.topic, b'{"number": 1}', (json, ("ce_specversion", b"2.0"))),
            ],
            "too_large": [
                Foreign(task.topic, b'{"number": 1}' + b" " * MESSAGE_BYTES, (json,)),
                Foreign(task.topic, b'{"number": 1}' + b" " * (4 << 20), (json,)),
            ],
        }
        # Whoever tried again would wait for an hour.
        impatient = bus.broker(keeping(seen, task, "g"), Patience(waits=(3600.0,)))
        async with impatient as broker, bus.broker(dead_letters(dead, task)):
            for foreign in (foreign for kind in bad.values() for foreign in kind):
                await bus.stranger(foreign)
            await broker.publish({"number": 5, "of_a_newer_version": True}, topic=task.topic, key=b"k")
            assert await seen.take(1) == [5]
            parked = await dead.take(10)
        assert [letter.code for letter in parked] == [code for code, kind in bad.items() for _ in kind]
        sent = [foreign.body or b"" for kind in bad.values() for foreign in kind]
        assert [letter.size for letter in parked] == [len(body) for body in sent]
        # What is larger than a dead letter may be is there without its body.
        assert [letter.body for letter in parked] == [body if len(body) < DEAD_LETTER_BYTES else b"" for body in sent]
        assert {letter.topic for letter in parked} == {task.topic}
        assert {letter.group for letter in parked} == {f"reentra.g.{task.topic}"}
        assert all(letter.reason for letter in parked)
        assert len({letter.id for letter in parked}) == len(parked)

    async def test_an_event_that_is_too_large_is_parked_with_its_headers_and_others_flow(self, bus: Bus) -> None:
        task, seen, dead = await bus.task(), Seen(), Seen()
        async with bus.broker(keeping(seen, task, "g")) as broker, bus.broker(dead_letters(dead, task)):
            large = [task(number=1, tenant_id="x" * size, job_id="j") for size in (300 << 10, 2 << 20)]
            for event in large:
                await BrokerPublisher(broker).publish(event)
            await BrokerPublisher(broker).publish(task(number=2, job_id="j"))
            assert await seen.take(1) == [2]
            parked = await dead.take(2)
        assert [letter.headers["ce_id"] for letter in parked] == [event.event_id for event in large]
        assert {(letter.code, letter.body, letter.is_whole) for letter in parked} == {("too_large", b"", False)}

    async def test_two_versions_of_producers_and_consumers_work_side_by_side(self, bus: Bus) -> None:
        task, earlier, later = await bus.task(), Seen(), Seen()
        new = of_version(LaterTask, task)
        async with (
            bus.broker(keeping(earlier, task, "earlier")) as old_producer,
            bus.broker(keeping_whole(later, new, "later")) as new_producer,
        ):
            await BrokerPublisher(old_producer).publish(task(number=1, job_id="j"))
            await BrokerPublisher(new_producer).publish(new(number=2, colour="red", job_id="j"))
            await BrokerPublisher(old_producer).publish(task(number=3, job_id="j"))
            assert await earlier.take(3) == [1, 2, 3]
            assert [(event.number, event.colour) for event in await later.take(3)] == [
                (1, "grey"),
                (2, "red"),
                (3, "grey"),
            ]

    async def test_old_and_new_members_of_one_group_share_the_work(self, bus: Bus) -> None:
        task, earlier, later = await bus.task(), Seen(), Seen()
        new = of_version(LaterTask, task)
        async with bus.broker(keeping(earlier, task, "g")) as producer:
            async with bus.broker(keeping_whole(later, new, "g")):
                for number in range(20):
                    await BrokerPublisher(producer).publish(new(number=number, job_id=f"job-{number}"))
            await BrokerPublisher(producer).publish(new(number=20))
            await earlier.until(lambda items: {*items, *(event.number for event in later.items)} == set(range(21)))

    async def test_what_an_old_version_cannot_take_is_parked_and_replayed_after_the_upgrade(self, bus: Bus) -> None:
        task, old, new, dead = await bus.task(), Seen(), Seen(), Seen()
        incompatible = of_version(LatestTask, task)
        async with bus.broker(dead_letters(dead, task)) as broker:
            publisher = BrokerPublisher(broker)
            async with bus.broker(keeping(old, task, "g")):
                await publisher.publish(incompatible(number="one and a half", job_id="j"))
                await publisher.publish(task(number=2, job_id="j"))
                assert await old.take(1) == [2]
                [letter] = await dead.take(1)
                assert letter.code == "undecodable"
            async with bus.broker(keeping_whole(new, incompatible, "g")):
                await publisher.replay(letter)
                await new.until(lambda items: [event.number for event in items] == ["one and a half"])
                assert new.items[0].event_id == letter.headers["ce_id"]
