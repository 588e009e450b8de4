"""FastStream applications that know nothing of the in-process transport work over it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from faststream import AckPolicy, BaseMiddleware, FastStream
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker, KafkaMessage, KafkaRouter
from pydantic import BaseModel

from reentra.common.clients.inprocess import InProcessBroker, InProcessTransport
from reentra.common.clients.inprocess.consumer import MemoryConsumer


class Order(BaseModel):
    number: int


async def until(condition: Callable[[], object], seconds: float = 3.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def keep_in(seen: list[Any]) -> Callable[[Any], Awaitable[None]]:
    async def handle(body: Any) -> None:
        seen.append(body)

    return handle


def broker_on(transport: InProcessTransport, **options: Any) -> KafkaBroker:
    return InProcessBroker(transport, logger=None, ack_policy=AckPolicy.ACK, **options)


async def test_unmodified_application_with_subscriber_publisher_and_middleware() -> None:
    broker = broker_on(InProcessTransport(), middlewares=[])
    seen: list[str] = []

    class Recorder(BaseMiddleware[Any, Any]):
        async def consume_scope(self, call_next: Callable[[Any], Awaitable[Any]], msg: Any) -> Any:
            seen.append("consume")
            return await call_next(msg)

        async def publish_scope(self, call_next: Callable[[Any], Awaitable[Any]], cmd: Any) -> Any:
            seen.append(f"publish {cmd.destination}")
            return await call_next(cmd)

    broker.add_middleware(Recorder)
    router = KafkaRouter()
    received: list[tuple[int, str, bytes | None]] = []

    @router.subscriber("orders", group_id="billing", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK)
    @router.publisher("bills")
    async def bill(order: Order) -> Order:
        return Order(number=order.number * 10)

    @router.subscriber("bills", group_id="archive", auto_offset_reset="earliest", ack_policy=AckPolicy.ACK)
    async def archive(order: Order, message: KafkaMessage) -> None:
        received.append((order.number, message.headers["content-type"], message.raw_message.key))  # type: ignore[union-attr]

    broker.include_router(router)
    application = FastStream(broker)
    running = asyncio.create_task(application.run())
    await until(lambda: broker.running)
    await broker.publish(Order(number=4), topic="orders", key=b"k", headers={"origin": "test"})
    await until(lambda: received)
    application.exit()
    await running
    assert received == [(40, "application/json", None)]
    assert seen == ["publish orders", "consume", "publish bills", "consume"]


async def test_each_group_sees_every_message_once_and_in_order() -> None:
    transport = InProcessTransport()
    first, second = broker_on(transport), broker_on(transport)
    seen: dict[str, list[Any]] = {"a": [], "b": []}
    for broker, group in ((first, "a"), (second, "a"), (second, "b")):
        broker.subscriber("numbers", group_id=group, auto_offset_reset="earliest")(keep_in(seen[group]))
    async with first, second:
        await first.start()
        await second.start()
        for number in range(50):
            await first.publish(number, topic="numbers")
        await until(lambda: len(seen["a"]) >= 50 and len(seen["b"]) >= 50)
    assert sorted(seen["a"]) == list(range(50))
    assert seen["b"] == list(range(50))


async def test_earliest_group_reads_what_was_sent_before_it_came_and_latest_does_not() -> None:
    transport = InProcessTransport()
    seen: dict[str, list[Any]] = {"earliest": [], "latest": []}
    sender, listener = broker_on(transport), broker_on(transport)
    async with sender:
        await sender.start()
        await sender.publish("before", topic="news")
        for reset in ("earliest", "latest"):
            listener.subscriber("news", group_id=reset, auto_offset_reset=reset)(keep_in(seen[reset]))  # type: ignore[arg-type]
        async with listener:
            await listener.start()
            await sender.publish("after", topic="news")
            await until(lambda: len(seen["earliest"]) == 2)
    assert seen == {"earliest": ["before", "after"], "latest": ["after"]}


async def test_send_is_confirmed_only_after_every_listening_group_acknowledged() -> None:
    transport = InProcessTransport()
    broker = broker_on(transport)
    may_end = asyncio.Event()

    @broker.subscriber("work", group_id="slow", auto_offset_reset="earliest")
    async def slow(body: str) -> None:
        await may_end.wait()

    @broker.subscriber("work", group_id="fast", auto_offset_reset="earliest")
    async def fast(body: str) -> None: ...

    async with broker:
        await broker.start()
        sending = asyncio.create_task(broker.publish("x", topic="work"))
        done, _ = await asyncio.wait([sending], timeout=0.1)
        assert not done
        may_end.set()
        await asyncio.wait_for(sending, 3)


async def test_a_sender_hears_of_a_listener_that_acknowledges_at_once() -> None:
    transport = InProcessTransport()
    listener = MemoryConsumer(transport, group_id="quick", auto_offset_reset="earliest", enable_auto_commit=True)
    listener.subscribe(["work"])
    await listener.start()
    confirming = asyncio.create_task(transport.confirm(await transport.append("work", b"x", None, ())))
    await asyncio.wait([confirming], timeout=0.1)
    await listener.getone()
    assert await asyncio.wait_for(confirming, 3)
    await listener.stop()


async def test_send_to_a_stuck_listener_is_confirmed_after_the_bound() -> None:
    broker = broker_on(InProcessTransport(confirm_seconds=0.05), graceful_timeout=0.05)

    @broker.subscriber("work", group_id="stuck", auto_offset_reset="earliest")
    async def stuck(body: str) -> None:
        await asyncio.Event().wait()

    async with broker:
        await broker.start()
        await asyncio.wait_for(broker.publish("x", topic="work"), 3)


async def test_message_of_a_member_that_stopped_goes_to_another_member() -> None:
    transport = InProcessTransport()
    leaving = broker_on(transport, graceful_timeout=0.01)
    staying = broker_on(transport)
    started, seen = asyncio.Event(), []

    @leaving.subscriber("work", group_id="g", auto_offset_reset="earliest")
    async def never_ends(body: str) -> None:
        started.set()
        await asyncio.Event().wait()

    @staying.subscriber("work", group_id="g", auto_offset_reset="earliest")
    async def handle(body: str) -> None:
        seen.append(body)

    await leaving.start()
    sending = asyncio.create_task(leaving.publish("x", topic="work"))
    await started.wait()
    await staying.start()
    stopping = asyncio.create_task(leaving.stop())
    await until(lambda: seen == ["x"])
    await asyncio.gather(sending, stopping)
    await staying.stop()


async def test_nacked_message_comes_again() -> None:
    broker = broker_on(InProcessTransport())
    seen: list[str] = []

    @broker.subscriber("work", group_id="g", auto_offset_reset="earliest")
    async def handle(body: str) -> None:
        seen.append(body)
        if len(seen) == 1:
            raise NackMessage

    async with broker:
        await broker.start()
        await broker.publish("x", topic="work")
        assert seen == ["x", "x"]


async def test_batches_are_sent_and_received() -> None:
    broker = broker_on(InProcessTransport())
    seen: list[int] = []

    @broker.subscriber("work", group_id="g", auto_offset_reset="earliest", batch=True, max_records=10)
    async def handle(bodies: list[int]) -> None:
        seen.extend(bodies)

    async with broker:
        await broker.start()
        await broker.publish_batch(1, 2, 3, topic="work")
        await until(lambda: len(seen) == 3)
    assert seen == [1, 2, 3]


async def test_pattern_finds_topics_that_come_later() -> None:
    broker = broker_on(InProcessTransport())
    seen: list[str] = []

    @broker.subscriber(pattern=r"facts\..*", group_id="g", auto_offset_reset="earliest")
    async def handle(body: str) -> None:
        seen.append(body)

    async with broker:
        await broker.start()
        await broker.publish("one", topic="facts.one")
        await broker.publish("none", topic="commands.one")
        await broker.publish("two", topic="facts.two")
        await until(lambda: len(seen) == 2)
    assert seen == ["one", "two"]


async def test_memory_stays_bounded_when_messages_are_read() -> None:
    transport = InProcessTransport()
    broker = broker_on(transport)

    @broker.subscriber("work", group_id="g", auto_offset_reset="earliest")
    async def handle(body: int) -> None: ...

    async with broker:
        await broker.start()
        for number in range(600):
            await broker.publish(number, topic="work")
        assert transport.topic("work").start >= 300


@pytest.mark.parametrize("policy", [AckPolicy.ACK_FIRST, AckPolicy.MANUAL])
async def test_other_acknowledgement_policies_work_as_well(policy: AckPolicy) -> None:
    broker = InProcessBroker(InProcessTransport(), logger=None)
    seen: list[str] = []

    @broker.subscriber("work", group_id="g", auto_offset_reset="earliest", ack_policy=policy)
    async def handle(body: str, message: KafkaMessage) -> None:
        seen.append(body)
        await message.ack()

    async with broker:
        await broker.start()
        await asyncio.wait_for(broker.publish("x", topic="work"), 3)
    assert seen == ["x"]
