"""What a lease promises: checkpoints, and that only one worker can write."""

import pytest

from reentra.common.errors import Stale
from reentra.common.events.collector import BackupFinished, BackupProgressed
from reentra.common.ids import TenantId
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.job import JobCancelled, NewJob
from reentra.common.jobs.lease import DocumentLease
from reentra.common.jobs.ledger import MAX_ATTEMPTS, Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.stores.documents import Documents
from reentra.common.testing.fakes import FakeClock, RecordingPublisher

NEW = NewJob("backup", TenantId("t"), {}, "somebody", active_key="backup:t")


async def claim(jobs: Jobs, owner: str = "w") -> DocumentLease:
    lease = await jobs.claim(["backup"], owner)
    assert lease is not None
    return lease


@pytest.fixture
async def lease(jobs: Jobs) -> DocumentLease:
    await jobs.submit(NEW)
    return await claim(jobs)


async def test_claimed_job_is_running(lease: DocumentLease, jobs: Jobs) -> None:
    assert (lease.job.status, lease.job.attempts, lease.epoch, lease.job.started_at is not None) == (
        "running",
        1,
        1,
        True,
    )
    assert await jobs.claim(["backup"], "another") is None


async def test_commit_stores_what_is_given_and_leaves_the_rest(lease: DocumentLease, jobs: Jobs) -> None:
    await lease.commit(state={"page": 1}, progress={"percent": 10})
    await lease.commit(progress={"percent": 20})
    job = await jobs.get(lease.job.id)
    assert (job.state, job.progress) == ({"page": 1}, {"percent": 20})
    assert lease.job == job


async def test_events_go_out_with_the_commit_and_later_commits_survive_the_relay(
    lease: DocumentLease, documents: Documents, jobs: Jobs
) -> None:
    publisher = RecordingPublisher()
    relay = Relay(documents, publisher, [JOBS])
    progressed = BackupProgressed(job_id=lease.job.id, object_type="user", status="reading")
    await lease.commit(state={"page": 1}, events=[progressed])
    await relay.relay_once()  # touches the document behind the lease's back
    await lease.commit(state={"page": 2})
    finished = BackupFinished(job_id=lease.job.id, status="succeeded")
    await lease.finish("succeeded", result={"snapshot": 1}, events=[finished])
    await relay.relay_once()
    assert publisher.events == [progressed, finished]  # the command is not needed: somebody has the job
    job = await jobs.get(lease.job.id)
    assert (job.status, job.result, job.state, job.ended_at is not None) == ("succeeded", {"snapshot": 1}, {}, True)


async def test_finished_lease_writes_no_more(lease: DocumentLease) -> None:
    await lease.finish("failed", error={"code": "x", "message": "y"})
    with pytest.raises(Stale):
        await lease.commit(state={})
    with pytest.raises(Stale):
        await lease.finish("succeeded")


async def test_expired_lease_is_taken_over_and_the_frozen_worker_refused(
    lease: DocumentLease, jobs: Jobs, clock: FakeClock
) -> None:
    await lease.commit(state={"page": 3})
    clock.move(seconds=61)
    second = await claim(jobs, "another")
    assert (second.job.state, second.epoch, second.job.attempts) == ({"page": 3}, 2, 2)
    for write in (lease.commit(state={"page": 4}), lease.finish("succeeded"), lease.renew(), lease.hand_back()):
        with pytest.raises(Stale):
            await write
    await second.commit(state={"page": 9})
    assert (await jobs.get(lease.job.id)).state == {"page": 9}


async def test_same_owner_claiming_anew_also_ends_the_old_lease(
    lease: DocumentLease, jobs: Jobs, clock: FakeClock
) -> None:
    clock.move(seconds=61)
    await claim(jobs, "w")
    with pytest.raises(Stale):
        await lease.commit(state={})


async def test_renewed_lease_is_not_taken_over(lease: DocumentLease, jobs: Jobs, clock: FakeClock) -> None:
    for _ in range(5):
        clock.move(seconds=50)
        await lease.renew()
    assert await jobs.claim(["backup"], "another") is None


async def test_late_worker_that_nobody_replaced_may_go_on(lease: DocumentLease, clock: FakeClock) -> None:
    clock.move(hours=2)
    await lease.commit(state={"page": 1})
    await lease.finish("succeeded")


async def test_clock_that_goes_back_takes_no_lease_away(lease: DocumentLease, jobs: Jobs, clock: FakeClock) -> None:
    clock.move(hours=-1)
    assert await jobs.claim(["backup"], "another") is None
    await lease.commit(state={"page": 1})


async def test_commit_of_a_cancelled_job_is_stored_and_raises(lease: DocumentLease, jobs: Jobs) -> None:
    await jobs.request_cancel(lease.job.id)
    with pytest.raises(JobCancelled):
        await lease.commit(state={"page": 1})
    assert lease.job.cancel_requested
    await lease.finish("cancelled")
    assert (await jobs.get(lease.job.id)).status == "cancelled"


async def test_waiting_job_keeps_its_state_and_comes_back_in_time(
    lease: DocumentLease, jobs: Jobs, clock: FakeClock
) -> None:
    await lease.commit(state={"page": 1})
    await lease.wait_until("2026-01-05T08:05:00.000000Z", error={"code": "retry_later", "message": "Throttled."})
    waiting = await jobs.get(lease.job.id)
    assert (waiting.status, waiting.not_before, waiting.error and waiting.error["code"]) == (
        "queued",
        "2026-01-05T08:05:00.000000Z",
        "retry_later",
    )
    clock.move(minutes=4)
    assert await jobs.claim(["backup"], "w") is None
    clock.move(minutes=1)
    again = await claim(jobs)
    assert (again.job.state, again.job.error, again.job.attempts) == ({"page": 1}, None, 1)


async def test_cancelling_a_waiting_job_wakes_a_worker_that_cleans_up(lease: DocumentLease, jobs: Jobs) -> None:
    await lease.commit(state={"snapshot": 4})
    await lease.wait_until("2026-01-05T20:00:00.000000Z")
    await jobs.request_cancel(lease.job.id)
    cleaner = await claim(jobs)
    with pytest.raises(JobCancelled):
        await cleaner.commit()
    assert cleaner.job.state == {"snapshot": 4}


async def test_handed_back_job_is_claimed_at_once_and_does_not_count(lease: DocumentLease, jobs: Jobs) -> None:
    for _ in range(2 * MAX_ATTEMPTS):
        await lease.hand_back()
        lease = await claim(jobs)
    assert lease.job.attempts == 1


async def test_job_that_brings_down_every_worker_is_given_up(
    lease: DocumentLease, jobs: Jobs, documents: Documents, clock: FakeClock
) -> None:
    for _ in range(MAX_ATTEMPTS - 1):
        clock.move(seconds=61)
        await claim(jobs)
    clock.move(seconds=61)
    assert await jobs.claim(["backup"], "w") is None
    job = await jobs.get(lease.job.id)
    assert (job.status, job.error and job.error["code"]) == ("failed", "gave_up")
    publisher = RecordingPublisher()
    await Relay(documents, publisher, [JOBS]).relay_once()
    assert [type(event) for event in publisher.events] == [BackupFinished]


async def test_job_that_gets_further_each_time_is_never_given_up(
    lease: DocumentLease, jobs: Jobs, clock: FakeClock
) -> None:
    for page in range(3 * MAX_ATTEMPTS):
        await lease.commit(state={"page": page})
        clock.move(seconds=61)
        lease = await claim(jobs)
    assert lease.job.attempts == 2


async def test_repeating_the_old_checkpoint_is_no_progress(lease: DocumentLease, jobs: Jobs, clock: FakeClock) -> None:
    await lease.commit(state={"page": 1})
    for _ in range(MAX_ATTEMPTS - 1):
        clock.move(seconds=61)
        lease = await claim(jobs)
        await lease.commit(state={"page": 1})
    clock.move(seconds=61)
    assert await jobs.claim(["backup"], "w") is None
