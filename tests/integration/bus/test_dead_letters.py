"""Messages nobody can handle, from the topic to `reentra dead-letters list | replay | dismiss` on both carriers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from tests.unit.gateway.conftest import World, world
from tests.unit.standalone.conftest import Shell, shell_to

from reentra.collector.handlers import build_router as build_collector_router
from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, KafkaSettings, make_broker
from reentra.common.clients.provisioning import apply_topics
from reentra.common.clients.topics import MESSAGE_BYTES, topics
from reentra.common.events.auth import TenantFrequencyChanged
from reentra.common.events.scheduler import BackupRequested
from reentra.common.testing.contracts.bus import QUICK, Foreign

__all__ = ["world"]

TOPIC = BackupRequested.topic
JSON = ("content-type", b"application/json")


@dataclass
class Floor:
    """A gateway and a collector that listen; the collector's handler works only while `works`."""

    shell: Shell
    publisher: BrokerPublisher
    stranger: Callable[[Foreign], Awaitable[None]]
    works: bool = True
    woken: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        if not self.works:
            raise KeyError("a person's name")
        self.woken += 1
        self._news.set()

    async def until_woken(self, times: int) -> None:
        async with asyncio.timeout(60):
            while self.woken < times:
                self._news.clear()
                await self._news.wait()

    async def letters(self, count: int, *words: str) -> list[dict[str, Any]]:
        """Once there are so many."""
        async with asyncio.timeout(60):
            while True:
                answer = await self.shell("dead-letters", "list", "--json", *words)
                assert answer.status == 0, answer.err
                found: list[dict[str, Any]] = answer.json()["value"]
                if len(found) >= count:
                    return found


@pytest.fixture(params=["embedded", "kafka"])
async def floor(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> AsyncIterator[Floor]:
    bus: KafkaSettings | InProcessTransport = world.bus
    if request.param == "kafka":
        bus = KafkaSettings(bootstrap_servers=[request.getfixturevalue("kafka_address")])
        await apply_topics(bus, topics())

    async def stranger(foreign: Foreign) -> None:
        if isinstance(bus, InProcessTransport):
            await bus.append(foreign.topic, foreign.body, foreign.key, foreign.headers)
            return
        producer = AIOKafkaProducer(
            bootstrap_servers=bus.bootstrap_servers, compression_type="gzip", max_request_size=8 << 20
        )
        async with producer:
            await producer.send_and_wait(foreign.topic, foreign.body, key=foreign.key, headers=list(foreign.headers))

    async with AsyncExitStack() as stack:
        broker = make_broker(bus, patience=QUICK)
        publisher = BrokerPublisher(broker)
        gateway = world.gateway_with(publisher)
        shell = await stack.enter_async_context(shell_to(replace(world, gateway=gateway), tmp_path))
        made = Floor(shell, publisher, stranger)
        broker.include_router(gateway.router)
        broker.include_router(build_collector_router(made.wake))
        await broker.start()
        stack.push_async_callback(broker.stop)
        yield made


async def test_bad_messages_are_listed_with_their_reason_and_the_others_flow(floor: Floor) -> None:
    secret = b'{"client_secret": "hunter2", "job_id": "j"'
    await floor.stranger(Foreign(TOPIC, secret, (JSON, ("ce_id", b"stranger-1"))))
    await floor.stranger(Foreign(TOPIC, b'{"job_id": "j"}', (JSON, ("ce_type", b"scheduler.backup-requested.v9"))))
    await floor.stranger(Foreign(TOPIC, b"{}" + b" " * MESSAGE_BYTES, (JSON,)))
    await floor.publisher.publish(BackupRequested(job_id="k"))
    await floor.until_woken(1)

    newest_first = await floor.letters(3, "--topic", TOPIC)
    assert [row["code"] for row in newest_first] == ["too_large", "unknown_version", "undecodable"]
    assert all(row["reason"].endswith(".") for row in newest_first)
    assert {row["key"] for row in newest_first} == {"k"}
    assert newest_first[2]["message_id"] == "stranger-1"
    assert newest_first[2]["preview"] == '{"client_secret": ***, "job_id": "j"'
    assert newest_first[1]["type"] == "scheduler.backup-requested.v9"
    table = await floor.shell("dead-letters", "list")
    assert "unknown_version" in table.out
    assert "hunter2" not in table.out


@pytest.mark.parametrize("body", [b"no JSON", b"\xff\xfe", b"[1]", b"", b'{"read": "many"}'])
async def test_bad_facts_are_parked_by_the_listener_of_all_of_them(floor: Floor, body: bytes) -> None:
    await floor.stranger(Foreign(TenantFrequencyChanged.topic, body, (JSON,)))
    letter = (await floor.letters(1, "--topic", TenantFrequencyChanged.topic))[0]
    assert letter["code"] == "undecodable"
    assert letter["reason"].endswith(".")


async def test_a_message_is_sent_again_once_and_remembered(floor: Floor) -> None:
    floor.works = False
    for number in (1, 2, 3):
        await floor.publisher.publish(BackupRequested(job_id="j", event_id=f"event-{number}"))
    waiting = await floor.letters(3)
    assert [row["message_id"] for row in waiting] == ["event-3", "event-2", "event-1"]
    assert {row["code"] for row in waiting} == {"failed"}
    assert all("(KeyError)" in row["reason"] and row["reason"].endswith(".") for row in waiting)

    floor.works = True
    first = waiting[-1]["id"]
    done = (await floor.shell("dead-letters", "replay", first, "--json")).json()
    await floor.until_woken(1)
    assert done["state"] == "replayed"
    assert done["replayed_by"].startswith("admin")
    again = await floor.shell("dead-letters", "replay", first, "--json")
    assert again.json() == done

    rest = await floor.shell("dead-letters", "replay", "--topic", TOPIC, "--json")
    await floor.until_woken(3)
    assert [row["message_id"] for row in rest.json()["value"]] == ["event-2", "event-3"]
    assert await floor.letters(0) == []
    assert [row["state"] for row in await floor.letters(3, "--all")] == ["replayed"] * 3
    assert floor.woken == 3


async def test_what_fails_once_more_comes_back_as_another_letter(floor: Floor) -> None:
    await floor.stranger(Foreign(TOPIC, b"{not json", (JSON,)))
    [old] = await floor.letters(1)
    assert (await floor.shell("dead-letters", "replay", old["id"])).status == 0
    [new] = await floor.letters(1)
    assert new["id"] != old["id"]
    assert (new["code"], new["size"]) == (old["code"], old["size"])


async def test_what_would_be_refused_again_is_not_sent(floor: Floor) -> None:
    await floor.publisher.publish(BackupRequested(job_id="j", tenant_id="x" * MESSAGE_BYTES))
    await floor.stranger(Foreign(TOPIC, b"{}" + b" " * MESSAGE_BYTES, (JSON,)))
    await floor.letters(2)
    answer = await floor.shell("dead-letters", "replay", "--topic", TOPIC, "--json")
    assert answer.status == 1
    assert [row["code"] for row in answer.json()["failed"]] == ["rejected", "rejected"]
    assert "were not kept" in answer.err
    assert "more than" in answer.err
    for letter in await floor.letters(2):
        dismissed = (await floor.shell("dead-letters", "dismiss", letter["id"], "--json")).json()
        assert dismissed["dismissed_by"].startswith("admin")
    assert await floor.letters(0) == []
    assert [row["state"] for row in await floor.letters(2, "--all")] == ["dismissed"] * 2


async def test_nobody_else_may_look_or_send(floor: Floor) -> None:
    reader = await floor.shell.world.bearer("admin", "read")
    async with floor.shell.world.anybody(Authorization=f"Bearer {reader}") as client:
        assert (await client.get("/api/v1/dead-letters")).status_code == 403
        assert (await client.post("/api/v1/dead-letters/x/replay")).status_code == 403


async def test_unknown_letters_and_words_that_say_nothing_are_refused(floor: Floor) -> None:
    unknown = await floor.shell("dead-letters", "replay", "nonsense")
    assert unknown.status == 1
    assert "no dead letter 'nonsense'" in unknown.err
    for words in ((), ("x", "--topic", "y")):
        assert (await floor.shell("dead-letters", "replay", *words)).status == 2
