"""Workers, requesters and relays at the same time, over every store."""

import asyncio
from collections import Counter

from reentra.common.errors import Conflict
from reentra.common.events.collector import BackupProgressed
from reentra.common.ids import TenantId
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.job import NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.jobs.stopping import cancelled
from reentra.common.stores.documents import Documents
from reentra.common.testing.fakes import RecordingPublisher


async def test_every_job_is_claimed_by_exactly_one_of_many_workers(jobs: Jobs) -> None:
    made = {(await jobs.submit(NewJob("export", TenantId(f"t{n % 3}"), {}, "somebody"))).id for n in range(30)}
    claimed: Counter[str] = Counter()

    async def work(owner: str) -> None:
        while (lease := await jobs.claim(["export"], owner)) is not None:
            claimed[lease.job.id] += 1
            await asyncio.sleep(0)
            await lease.finish("succeeded")

    await asyncio.gather(*(work(f"worker {n}") for n in range(6)))
    assert claimed == Counter(made)


async def test_of_many_requesters_one_gets_the_job_and_all_learn_which(jobs: Jobs) -> None:
    async def ask() -> tuple[bool, str]:
        try:
            return True, (await jobs.submit(NewJob("backup", TenantId("t"), {}, "somebody", active_key="backup:t"))).id
        except Conflict as conflict:
            return False, str(conflict.fields["job_id"])

    answers = await asyncio.gather(*(ask() for _ in range(10)))
    assert sum(made for made, _ in answers) == 1
    assert len({job_id for _, job_id in answers}) == 1


async def test_commits_and_two_relays_at_once_lose_no_event(jobs: Jobs, documents: Documents) -> None:
    await jobs.submit(NewJob("backup", TenantId("t"), {}, "somebody"))
    lease = await jobs.claim(["backup"], "w")
    assert lease is not None
    publisher = RecordingPublisher()
    relays = [Relay(documents, publisher, [JOBS], interval_seconds=0.001) for _ in range(2)]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    sent = [BackupProgressed(job_id=lease.job.id, object_type="user", status="reading", read=n) for n in range(40)]
    for event in sent:
        await lease.commit(state={"read": event.read}, events=[event])
    await cancelled(running)
    await relays[0].relay_once()
    heard = [event.event_id for event in publisher.events]
    first_heard = [event_id for n, event_id in enumerate(heard) if event_id not in heard[:n]]
    assert first_heard == [event.event_id for event in sent]
    assert (await jobs.get(lease.job.id)).state == {"read": 39}
