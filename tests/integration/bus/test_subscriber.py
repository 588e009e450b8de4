"""The example for programs outside, as a process of its own on a real Kafka, while a real backup runs."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from tests.integration.collector.conftest import opened_bench

from reentra.common.clients.kafka import BrokerPublisher, KafkaSettings, make_broker
from reentra.common.clients.provisioning import apply_topics
from reentra.common.clients.topics import topics
from reentra.common.events.envelope import Event
from reentra.common.events.gateway import Audited
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.outbox import Relay

STRANGERS = (
    b"no JSON",
    b"\xff",
    b"",
    None,
    b"[1]",
    b"7",
    b"null",
    b"{}",
    b"[" * 99_999,
    b'{"event_id": [1]}',
    b'{"event_id": {}}',
)
"""Messages that are none of ours: none of them may end the example."""
EXAMPLE = Path(__file__).parents[3] / "docs/examples/watch_status.py"


class Twice(BrokerPublisher):
    """A relay that died each time before it could note what it had sent."""

    sent: list[Event]

    async def publish(self, event: Event) -> None:
        self.sent.append(event)
        await super().publish(event)
        await super().publish(event)


@asynccontextmanager
async def watching(address: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLE),
        env=os.environ | {"KAFKA": address, "GROUP": f"watch-{uuid4().hex}"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def test_the_example_prints_a_backup_as_it_happens_and_each_event_once(
    kafka_address: str, tmp_path: Path
) -> None:
    kafka = KafkaSettings(bootstrap_servers=[kafka_address])
    await apply_topics(kafka, topics())
    async with AIOKafkaProducer(bootstrap_servers=kafka_address) as stranger:
        for body in STRANGERS:
            await stranger.send_and_wait(Audited.topic, body, key=b"a key")
    async with (
        watching(kafka_address) as watcher,
        opened_bench(tmp_path, users=20) as bench,
        make_broker(kafka) as broker,
    ):
        publisher = Twice(broker)
        publisher.sent = []
        relaying = asyncio.create_task(Relay(bench.stores.documents, publisher, [JOBS], interval_seconds=0.05).run())
        job = await bench.back_up()
        last = Audited(tenant_id=bench.tenant_id, job_id=job.id, actor="ada", action="backup.look")
        lines: list[list[str]] = []
        assert watcher.stdout is not None
        async with asyncio.timeout(90):
            while not any("collector.backup-finished.v1" in line for line in lines):
                lines += [_ours(await watcher.stdout.readline(), bench.tenant_id)]
            await publisher.publish(last)
            while not any("gateway.audit.v1" in line for line in lines):
                lines += [_ours(await watcher.stdout.readline(), bench.tenant_id)]
        relaying.cancel()
        people = [user["userPrincipalName"] for user in bench.directory.objects("user")]
    shown = [line for line in lines if line]
    finished = [line for line in shown if line[0] == "collector.backup-finished.v1"]
    assert [line[-1] for line in finished] == ["succeeded"]
    assert {"user", "group"} <= {line[3] for line in shown if line[0] == "collector.backup-progressed.v1"}
    assert [line[3:] for line in shown if line[0] == "gateway.audit.v1"] == [["backup.look", "ok"]]
    assert len({tuple(line) for line in shown}) == len(shown)
    said = " ".join(event.model_dump_json() for event in publisher.sent)
    assert people
    assert not any(person in said for person in people)


def _ours(line: bytes, tenant_id: str) -> list[str]:
    """Of the line's words; none when it is about another test's tenant."""
    words = line.decode().split()
    assert words, "the example ended"
    return words if tenant_id in words else []
