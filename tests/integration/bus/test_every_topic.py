"""Every topic with every group that listens to it, on a real Kafka: strangers' messages are parked with a reason or do
no harm, what comes behind them is handled, and each letter can be listed and sent again.

Topics come from `topics()`, groups from the services' own routers: a new one is covered by itself.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker
from tests.unit.gateway.conftest import World, world
from tests.unit.standalone.conftest import Shell, shell_to

from reentra.collector.handlers import build_router as build_collector_router
from reentra.common.clients.kafka import BrokerPublisher, KafkaSettings, make_broker
from reentra.common.clients.provisioning import apply_topics
from reentra.common.clients.topics import event_classes, topics
from reentra.common.stores.tenants import StoredTenants
from reentra.common.testing.contracts.bus import QUICK, Foreign
from reentra.exporter.handlers import build_router as build_exporter_router
from reentra.restorer.handlers import build_router as build_restorer_router
from reentra.scheduler.handlers import build_router as build_scheduler_router
from reentra.scheduler.operations import Scheduling

__all__ = ["world"]

JSON = ("content-type", b"application/json")
SAMPLES = Path(__file__).parents[2] / "contracts/messages/samples"
TWO_MEGABYTES = 2 << 20


@dataclass(frozen=True)
class House:
    shell: Shell
    broker: KafkaBroker
    producer: AIOKafkaProducer

    def groups(self, topic: str) -> int:
        return sum(topic in subscriber.topic_names for subscriber in self.broker.subscribers)

    async def send(self, messages: Sequence[Foreign]) -> None:
        """With one key, so that all lie in one partition and are handled in this order."""
        for each in messages:
            await self.producer.send_and_wait(each.topic, each.body, key=each.key, headers=list(each.headers))

    async def letters(self, topic: str, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(120):
            while len(found) < count:
                answer = await self.shell("dead-letters", "list", "--topic", topic, "--json")
                assert answer.status == 0, answer.err
                found = answer.json()["value"]
                await asyncio.sleep(0.05)
        return found


@pytest.fixture
async def house(world: World, kafka_address: str, tmp_path: Path) -> AsyncIterator[House]:
    kafka = KafkaSettings(bootstrap_servers=[kafka_address])
    await apply_topics(kafka, topics())
    documents = world.stores.documents

    def nothing() -> None: ...

    async with AsyncExitStack() as stack:
        broker = make_broker(kafka, patience=QUICK)
        gateway = world.gateway_with(BrokerPublisher(broker))
        shell = await stack.enter_async_context(shell_to(replace(world, gateway=gateway), tmp_path))
        scheduling = Scheduling(documents, world.jobs, StoredTenants(documents))
        routers = [build(nothing) for build in (build_collector_router, build_exporter_router, build_restorer_router)]
        for router in (*routers, build_scheduler_router(scheduling), gateway.router):
            broker.include_router(router)
        await broker.start()
        stack.push_async_callback(broker.stop)
        producer = AIOKafkaProducer(bootstrap_servers=kafka_address, compression_type="gzip", max_request_size=8 << 20)
        yield House(shell, broker, await stack.enter_async_context(producer))


def sample(topic: str) -> dict[str, Any]:
    """Of a tenant and a job that nobody knows."""
    body: dict[str, Any] = json.loads((SAMPLES / f"{topic}.json").read_text())
    return body | {"event_id": str(uuid4()), "tenant_id": str(uuid4()), "job_id": str(uuid4())}


def harmless(topic: str) -> list[Foreign]:
    def whole(*headers: tuple[str, bytes]) -> Foreign:
        return Foreign(topic, json.dumps(sample(topic)).encode(), headers)

    more = json.dumps(sample(topic) | {"a_field_of_2030": {"deep": [1]}}).encode()
    return [
        whole(),
        whole(JSON),
        whole(JSON, ("ce_specversion", b"1.7")),
        whole(JSON, ("strange", b"\xff\xfe"), ("ce_subject", b"\xff")),
        whole(JSON, ("ce_source", b""), ("ce_id", b"")),
        Foreign(topic, more, (JSON,)),
    ]


def bad(topic: str) -> list[tuple[str, Foreign]]:
    good = json.dumps(sample(topic)).encode()
    other = next(name for name in event_classes() if name != topic)
    mistyped = json.dumps(sample(topic) | {"tenant_id": ["no", "text"]}).encode()
    return [
        ("undecodable", Foreign(topic, b"not JSON", (JSON,))),
        ("undecodable", Foreign(topic, b"not JSON")),
        ("undecodable", Foreign(topic, b"", (JSON,))),
        ("undecodable", Foreign(topic, b"")),
        ("undecodable", Foreign(topic, None, (JSON,))),
        ("undecodable", Foreign(topic, None)),
        ("undecodable", Foreign(topic, b'{"job_id": "\xff\xfe"}', (JSON,))),
        ("undecodable", Foreign(topic, b"[1]", (JSON,))),
        ("undecodable", Foreign(topic, b"null", (JSON,))),
        ("undecodable", Foreign(topic, b"[" * 100_000, (JSON,))),
        ("undecodable", Foreign(topic, mistyped, (JSON,))),
        ("unknown_version", Foreign(topic, good, (JSON, ("ce_specversion", b"2.0")))),
        ("unknown_version", Foreign(topic, good, (JSON, ("ce_specversion", b"")))),
        ("unknown_version", Foreign(topic, good, (JSON, ("ce_type", topic.replace(".v1", ".v9").encode())))),
        ("unknown_version", Foreign(topic, good, (JSON, ("ce_type", other.encode())))),
        ("unknown_version", Foreign(topic, good, (JSON, ("ce_type", b"\xff")))),
        ("too_large", Foreign(topic, good + b" " * TWO_MEGABYTES, (JSON,))),
    ]


async def test_no_strangers_message_stops_any_listener(house: House) -> None:
    listening = {topic: house.groups(topic) for topic in event_classes()}
    assert all(listening.values()), f"nobody listens to some: {listening}"
    for topic in listening:
        await house.send([*harmless(topic), *(message for _, message in bad(topic)), *harmless(topic)])
    wrong: dict[str, Any] = {}
    for topic, groups in listening.items():
        expected = Counter(code for code, _ in bad(topic) for _ in range(groups))
        found = await house.letters(topic, expected.total())
        if Counter(letter["code"] for letter in found) != expected:
            wrong[topic] = [(letter["code"], letter["reason"], letter["preview"]) for letter in found]
        assert all(letter["reason"].endswith(".") for letter in found)
    assert not wrong
    for topic, groups in listening.items():
        count = groups * len(bad(topic))
        before = await house.letters(topic, count)
        one = next(letter for letter in before if letter["code"] == "undecodable")
        again = await house.shell("dead-letters", "replay", one["id"], "--json")
        assert again.json()["state"] == "replayed"
        # It is as bad as before, for every group; the letter itself is off the list. What came behind it is handled:
        # no other letter was added.
        after = await house.letters(topic, count - 1 + groups)
        assert len(after) == count - 1 + groups
        large = next(letter for letter in before if letter["code"] == "too_large")
        refused = await house.shell("dead-letters", "replay", large["id"])
        assert refused.status != 0
        assert "cannot be sent again" in refused.err + refused.out
