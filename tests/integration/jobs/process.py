"""One incarnation of a process that works through jobs: `python process.py DATA_FOLDER`. Tests kill it at will.

It counts to ten with a checkpoint after each number, and prints what it did and what reached a listener of the bus.
"""

import asyncio
import sys
from pathlib import Path

from faststream.kafka import KafkaRouter

from reentra.common.clients.inprocess import InProcessTransport
from reentra.common.clients.kafka import BrokerPublisher, listen, make_broker
from reentra.common.clock import SystemClock
from reentra.common.events.collector import BackupFinished, BackupProgressed
from reentra.common.events.scheduler import BackupRequested
from reentra.common.ids import TenantId
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.job import Job, JobFilter, Lease, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.jobs.pool import WorkerPool
from reentra.common.stores.embedded import open_stores
from reentra.common.testing.failpoints import failpoint

LAST = 10


async def count(lease: Lease) -> None:
    for number in range(lease.job.state.get("number", 0) + 1, LAST + 1):
        failpoint("count.before-commit")
        progressed = BackupProgressed(job_id=lease.job.id, object_type="number", status="reading", read=number)
        await lease.commit(state={"number": number}, events=[progressed])
        failpoint("count.after-commit")
        print("counted", number, flush=True)
    finished = BackupFinished(job_id=lease.job.id, status="succeeded")
    await lease.finish("succeeded", result={"number": LAST}, events=[finished])
    failpoint("count.after-finish")


async def work(folder: Path) -> None:
    async with open_stores(folder) as stores:
        jobs = Jobs(stores.documents, SystemClock())
        await jobs.release_all()
        if not await jobs.list(JobFilter()):
            await jobs.submit(NewJob("backup", TenantId("t"), {}, "somebody", active_key="backup:t"))
        pool = WorkerPool(jobs, ["backup"], count)
        broker = make_broker(InProcessTransport())
        broker.include_router(_router(pool))
        relay = Relay(stores.documents, BrokerPublisher(broker), [JOBS], interval_seconds=0.01)
        async with broker, pool:
            await broker.start()
            await _until_over(jobs, relay)


async def _until_over(jobs: Jobs, relay: Relay) -> None:
    while True:
        sent = await relay.relay_once()
        [job] = await jobs.list(JobFilter())
        if _is_over(job) and not sent:
            print("ended", job.status, job.result.get("number"), flush=True)
            return
        await asyncio.sleep(0.01)


def _is_over(job: Job) -> bool:
    return job.ended_at is not None


def _router(pool: WorkerPool) -> KafkaRouter:
    router = KafkaRouter()

    @listen(router, BackupRequested, group="collector")
    async def wake(_event: BackupRequested) -> None:
        pool.wake()

    @listen(router, BackupProgressed, group="gateway")
    async def progressed(event: BackupProgressed) -> None:
        print("heard", event.read, flush=True)

    @listen(router, BackupFinished, group="gateway")
    async def finished(event: BackupFinished) -> None:
        print("heard", event.status, flush=True)

    return router


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
