from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from deploy.servers import start_kafka
from tests.servers import running

from reentra.common.clients.kafka import BrokerPublisher, KafkaSettings
from reentra.common.clients.provisioning import TopicChange, apply_topics
from reentra.common.clients.topics import TopicSpec, topics
from reentra.common.errors import RetryLater
from reentra.common.testing.contracts.bus import Bus, BusContract, Foreign, Seen, keeping

_BEGINS_WITH_A_DASH = UUID(int=0xFB << 120)
"""As Kafka writes it; one cluster in 64 gets such an id."""


def bus_on(address: str) -> Bus:
    settings = KafkaSettings(bootstrap_servers=[address])

    async def provide(specs: list[TopicSpec]) -> None:
        await apply_topics(settings, specs)

    async def stranger(foreign: Foreign) -> None:
        # Kafka itself refuses what is too large, unless it was compressed.
        producer = AIOKafkaProducer(bootstrap_servers=address, compression_type="gzip", max_request_size=8 << 20)
        async with producer:
            await producer.send_and_wait(foreign.topic, foreign.body, key=foreign.key, headers=list(foreign.headers))

    return Bus(settings, provide, stranger)


@pytest.fixture
def bus(kafka_address: str) -> Bus:
    return bus_on(kafka_address)


class TestKafkaBus(BusContract):
    async def test_nothing_is_lost_when_the_broker_stops_and_starts(self, tmp_path: Path) -> None:
        with running(lambda: start_kafka(tmp_path / "kafka", cluster=_BEGINS_WITH_A_DASH)) as server:
            bus = bus_on(server.bootstrap_server)
            task, seen = await bus.task(), Seen()
            async with bus.broker(keeping(seen, task, "g")) as broker:
                await BrokerPublisher(broker).publish(task(number=1))
                await seen.take(1)
                server.process.stop()
                server.process.start()
                await BrokerPublisher(broker).publish(task(number=2))
                await seen.until(lambda items: {1, 2} <= set(items))


async def test_topics_are_provisioned_with_their_partitions_and_settings_and_only_once(kafka_address: str) -> None:
    settings = KafkaSettings(bootstrap_servers=[kafka_address])
    name = f"provisioned.{uuid4().hex}.v1"
    first = TopicSpec(name, 3, 7_200_000, 100_000)
    assert await apply_topics(settings, [first]) == [TopicChange(name, "created")]
    assert await apply_topics(settings, [first]) == []
    larger = TopicSpec(name, 6, 3_600_000, 100_000)
    assert await apply_topics(settings, [larger]) == [
        TopicChange(name, "partitions added"),
        TopicChange(name, "settings changed"),
    ]
    assert await apply_topics(settings, [larger]) == []
    # A topic that is larger than it need be is left as it is.
    assert await apply_topics(settings, [TopicSpec(name, 3, 3_600_000, 100_000)]) == []


async def test_every_topic_of_the_product_can_be_provisioned(kafka_address: str) -> None:
    settings = KafkaSettings(bootstrap_servers=[kafka_address])
    await apply_topics(settings, topics())
    assert await apply_topics(settings, topics()) == []
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap_servers)
    await admin.start()
    try:
        found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    finally:
        await admin.close()
    assert {spec.name: spec.partitions for spec in topics()}.items() <= found.items()


async def test_provisioning_without_kafka_says_what_was_not_reached(unused_tcp_port: int) -> None:
    settings = KafkaSettings(bootstrap_servers=[f"127.0.0.1:{unused_tcp_port}"])
    with pytest.raises(RetryLater, match="Kafka at 127"):
        await apply_topics(settings, topics())
