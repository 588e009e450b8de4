"""What is counted in the rarer ways in which jobs and messages end."""

import pytest
from faststream.kafka import KafkaRouter
from prometheus_client.parser import text_string_to_metric_families

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, Patience, listen, make_broker
from reentra.common.clients.telemetry import Metrics
from reentra.common.errors import RetryLater, Stale
from reentra.common.events.scheduler import BackupRequested
from reentra.common.ids import TenantId
from reentra.common.jobs.job import NewJob
from reentra.common.jobs.lease import LEASE_SECONDS
from reentra.common.jobs.ledger import MAX_ATTEMPTS, Jobs
from reentra.common.testing.fakes import FakeClock, MemoryDocuments


def value(metrics: Metrics, name: str, **labels: str) -> float:
    text = metrics.text("")[0].decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return sum(s.value for s in samples if s.name == name and labels.items() <= s.labels.items())


async def test_a_worker_that_lost_its_job_counts_it_once() -> None:
    clock, mine, other = FakeClock(), Metrics("collector"), Metrics("collector")
    documents = MemoryDocuments(clock)
    await Jobs(documents, clock).submit(NewJob("backup", TenantId("t"), {}, "somebody"))
    lease = await Jobs(documents, clock, mine).claim(["backup"], "frozen")
    clock.move(seconds=LEASE_SECONDS + 1)
    taken = await Jobs(documents, clock, other).claim(["backup"], "another")
    assert lease is not None
    assert taken is not None

    with pytest.raises(Stale):
        await lease.commit(state={"page": 1})
    lease.give_up()
    await taken.finish("partial")

    assert value(mine, "reentra_leases_lost_total", kind="backup") == 1
    assert value(mine, "reentra_job_releases_total") == 1
    assert value(other, "reentra_leases_lost_total") == 0
    assert value(other, "reentra_job_seconds_count", status="partial") == 1
    assert value(other, "reentra_job_seconds_sum") == LEASE_SECONDS + 1


async def test_a_job_that_brings_its_workers_down_counts_as_failed() -> None:
    clock, metrics = FakeClock(), Metrics("collector")
    jobs = Jobs(MemoryDocuments(clock), clock, metrics)
    await jobs.submit(NewJob("export", TenantId("t"), {}, "somebody"))
    for _ in range(MAX_ATTEMPTS):
        assert await jobs.claim(["export"], "doomed") is not None
        clock.move(seconds=LEASE_SECONDS + 1)
    assert await jobs.claim(["export"], "next") is None
    assert value(metrics, "reentra_job_seconds_count", kind="export", status="failed") == 1


async def test_a_message_that_is_given_up_counts_once_however_often_it_was_tried() -> None:
    router, metrics, tries = KafkaRouter(), Metrics("collector"), []

    @listen(router, BackupRequested, group="collector")
    async def handle(event: BackupRequested) -> None:
        tries.append(event.job_id)
        raise RetryLater("The database is busy.")

    broker = metrics.listen_in(make_broker(InProcessTransport(), patience=Patience(waits=(0.0, 0.0))))
    broker.include_router(router)
    async with broker:
        await broker.start()
        await BrokerPublisher(broker).publish(BackupRequested(job_id="one"))

    assert len(tries) == 3
    topic = BackupRequested.topic
    assert value(metrics, "reentra_dead_letters_total", topic=topic) == 1
    assert value(metrics, "reentra_messages_handled_total", topic=topic) == 1
    assert value(metrics, "reentra_messages_sent_total", topic=topic) == 1


async def test_what_waits_for_graph_is_summed() -> None:
    metrics = Metrics("collector")
    await metrics.sleep(0.01)
    await metrics.sleep(-1)
    assert value(metrics, "reentra_graph_wait_seconds_total") == 0.01
