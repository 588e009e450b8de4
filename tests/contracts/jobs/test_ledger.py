"""What the ledger promises to those who ask for work and look at it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from reentra.common.clock import to_text
from reentra.common.errors import Conflict, NotFound, Rejected
from reentra.common.events.envelope import Event
from reentra.common.events.gateway import JobChanged
from reentra.common.ids import JobId, TenantId
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.identity import derived_job_id
from reentra.common.jobs.job import LONGEST_WAIT, Job, JobFilter, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.stores.documents import Collection, Document, Documents, Query
from reentra.common.testing.fakes import FakeClock, RecordingPublisher

A, B = TenantId("tenant-a"), TenantId("tenant-b")
BACKUP = NewJob("backup", A, {"object_types": None}, "somebody", active_key="backup:tenant-a")
EXPORT = NewJob("export", A, {}, "somebody")


async def announced(documents: Documents) -> list[Event]:
    publisher = RecordingPublisher()
    await Relay(documents, publisher, [JOBS]).relay_once()
    return publisher.events


async def test_submitted_job_is_queued_and_its_command_goes_out(jobs: Jobs, documents: Documents) -> None:
    job = await jobs.submit(BACKUP)
    assert await jobs.get(job.id) == job
    assert (job.status, job.params, job.created_by, job.attempts) == ("queued", {"object_types": None}, "somebody", 0)
    [event] = await announced(documents)
    assert (event.topic, event.job_id, event.tenant_id) == ("scheduler.backup-requested.v1", job.id, A)
    assert await announced(documents) == []


async def test_job_whose_command_goes_out_at_this_moment_is_claimed_all_the_same(
    jobs: Jobs, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command wakes a worker, and is crossed off in the job's document while the worker looks at it."""
    job = await jobs.submit(BACKUP)
    find = documents.find

    async def crossed(collection: Collection, query: Query) -> Sequence[Document]:
        found = await find(collection, query)
        monkeypatch.undo()
        assert await announced(documents) != []
        return found

    monkeypatch.setattr(documents, "find", crossed)
    lease = await jobs.claim(["backup"], "worker")
    assert lease is not None
    assert lease.job.id == job.id


async def test_second_job_with_the_same_active_key_meets_the_first(jobs: Jobs) -> None:
    first = await jobs.submit(BACKUP)
    with pytest.raises(Conflict) as caught:
        await jobs.submit(BACKUP)
    assert caught.value.fields["job_id"] == first.id


async def test_active_key_is_free_again_when_the_job_ended(jobs: Jobs) -> None:
    await jobs.submit(BACKUP)
    lease = await jobs.claim(["backup"], "w")
    assert lease is not None
    await lease.finish("succeeded")
    again = await jobs.submit(BACKUP)
    assert again.status == "queued"


async def test_job_with_a_derived_id_exists_once_even_after_it_ended(jobs: Jobs, clock: FakeClock) -> None:
    slot = replace(EXPORT, id=derived_job_id(clock.now(), "schedule", "slot"))
    first = await jobs.submit(slot)
    await jobs.request_cancel(first.id)
    with pytest.raises(Conflict) as caught:
        await jobs.submit(slot)
    assert caught.value.fields["job_id"] == first.id


async def test_list_pages_through_all_jobs_newest_first(jobs: Jobs, clock: FakeClock) -> None:
    made: list[str] = []
    for number in range(7):
        clock.move(seconds=number % 2)  # some at the same moment
        made.append((await jobs.submit(EXPORT)).id)
    seen: list[Job] = []
    while page := await jobs.list(JobFilter(limit=3, after=seen[-1].id if seen else None)):
        seen += page
    assert [(job.created_at, job.id) for job in seen] == sorted(((j.created_at, j.id) for j in seen), reverse=True)
    assert sorted(job.id for job in seen) == sorted(made)


async def test_list_filters_by_tenant_kind_status_and_parameter(jobs: Jobs) -> None:
    backup = await jobs.submit(BACKUP)
    other = await jobs.submit(replace(EXPORT, tenant_id=B, params={"snapshot": 4}))
    cancelled = await jobs.request_cancel((await jobs.submit(EXPORT)).id)

    async def ids(wanted: JobFilter) -> set[str]:
        return {job.id for job in await jobs.list(wanted)}

    assert await ids(JobFilter(tenant_ids=(B,))) == {other.id}
    assert await ids(JobFilter(tenant_ids=())) == set()
    assert await ids(JobFilter(kinds=("backup",))) == {backup.id}
    assert await ids(JobFilter(statuses=("cancelled", "failed"))) == {cancelled.id}
    assert await ids(JobFilter(extra={"params.snapshot": 4})) == {other.id}


async def test_unknown_job_is_not_found(jobs: Jobs) -> None:
    for call in (jobs.get, jobs.request_cancel):
        with pytest.raises(NotFound):
            await call(JobId("nothing"))
    with pytest.raises(NotFound):
        await jobs.list(JobFilter(after="nothing"))


async def test_cancelling_a_job_that_never_ran_ends_it_and_says_so(jobs: Jobs, documents: Documents) -> None:
    job = await jobs.submit(BACKUP)
    changed = JobChanged(tenant_id=A, job_id=job.id, kind="backup", status="cancelled")
    ended = await jobs.request_cancel(job.id, events=[changed])
    assert (ended.status, ended.error and ended.error["code"]) == ("cancelled", "cancelled")
    assert await jobs.claim(["backup"], "w") is None
    topics = [event.topic for event in await announced(documents)]
    assert topics == ["scheduler.backup-requested.v1", "collector.backup-finished.v1", "gateway.job-changed.v1"]
    assert (await jobs.submit(BACKUP)).status == "queued"


async def test_cancelling_a_finished_job_changes_nothing(jobs: Jobs) -> None:
    job = await jobs.submit(EXPORT)
    lease = await jobs.claim(["export"], "w")
    assert lease is not None
    await lease.finish("succeeded", result={"size": 3})
    assert await jobs.request_cancel(job.id) == await jobs.get(job.id)
    assert (await jobs.get(job.id)).status == "succeeded"


@pytest.mark.parametrize("status", ["failed", "cancelled", "partial"])
async def test_retry_asks_for_the_same_again(jobs: Jobs, status: str) -> None:
    job = await jobs.submit(BACKUP)
    lease = await jobs.claim(["backup"], "w")
    assert lease is not None
    await lease.finish(status, error={"code": "x", "message": "y"})  # type: ignore[arg-type]
    again = await jobs.retry(job.id, "another")
    assert again.id != job.id
    assert (again.status, again.params, again.created_by) == ("queued", job.params, "another")
    with pytest.raises(Conflict):
        await jobs.submit(BACKUP)


async def test_retry_of_a_job_that_is_not_over_is_rejected(jobs: Jobs) -> None:
    job = await jobs.submit(BACKUP)
    with pytest.raises(Rejected):
        await jobs.retry(job.id, "another")


async def claimed_in_order(jobs: Jobs) -> list[TenantId]:
    order: list[TenantId] = []
    while (lease := await jobs.claim(["export"], "w")) is not None:
        order.append(lease.job.tenant_id)
    return order


async def test_tenant_with_many_jobs_does_not_keep_others_waiting(jobs: Jobs, clock: FakeClock) -> None:
    for _ in range(30):
        await jobs.submit(EXPORT)
        clock.move(seconds=1)
    await jobs.submit(replace(EXPORT, tenant_id=B))
    assert (await claimed_in_order(jobs)).index(B) <= 2


async def test_later_jobs_of_a_busy_tenant_do_not_starve(jobs: Jobs, clock: FakeClock) -> None:
    for _ in range(3):
        await jobs.submit(EXPORT)
    clock.move(minutes=10)
    for _ in range(3):
        await jobs.submit(replace(EXPORT, tenant_id=B))
    assert await claimed_in_order(jobs) == [A, A, A, B, B, B]


async def test_higher_priority_runs_first(jobs: Jobs, clock: FakeClock) -> None:
    await jobs.submit(EXPORT)
    clock.move(hours=1)
    await jobs.submit(replace(EXPORT, tenant_id=B, priority=5))
    assert await claimed_in_order(jobs) == [B, A]


async def test_job_is_not_claimed_before_its_time(jobs: Jobs, clock: FakeClock) -> None:
    await jobs.submit(replace(EXPORT, not_before="2026-01-05T08:10:00.000000Z"))
    assert await jobs.claim(["export"], "w") is None
    clock.move(minutes=10)
    assert await jobs.claim(["export"], "w") is not None


async def test_only_jobs_of_the_wanted_kinds_are_claimed(jobs: Jobs) -> None:
    await jobs.submit(EXPORT)
    assert await jobs.claim(["backup", "restore_plan"], "w") is None
    assert await jobs.claim(["backup", "export"], "w") is not None


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        ("backup", "scheduler.backup-requested.v1"),
        ("export", "exporter.export-requested.v1"),
        ("restore_plan", "restorer.restore-plan-requested.v1"),
        ("restore_apply", "restorer.restore-requested.v1"),
    ],
)
async def test_each_kind_wakes_its_service(jobs: Jobs, documents: Documents, kind: str, topic: str) -> None:
    await jobs.submit(replace(EXPORT, kind=kind))  # type: ignore[arg-type]
    assert [event.topic for event in await announced(documents)] == [topic]


async def test_releasing_all_lets_the_successor_continue_at_once(
    jobs: Jobs, documents: Documents, clock: FakeClock
) -> None:
    await jobs.submit(BACKUP)
    dead = await jobs.claim(["backup"], "old process")
    assert dead is not None
    await dead.commit(state={"page": 7})
    assert await jobs.claim(["backup"], "new process") is None
    assert await jobs.release_all() == 1
    lease = await Jobs(documents, clock).claim(["backup"], "new process")
    assert lease is not None
    assert (lease.job.state, lease.epoch) == ({"page": 7}, 2)
    assert await jobs.release_all() == 1
    assert await jobs.release_all() == 0


async def test_clock_that_was_far_ahead_and_was_set_right_holds_up_no_job(
    jobs: Jobs, documents: Documents, clock: FakeClock
) -> None:
    """As one without a battery is until it hears of the time."""
    clock.move(days=3650)
    await jobs.submit(BACKUP)
    await jobs.submit(EXPORT)
    assert await jobs.claim(["export"], "died ahead of its time") is not None
    clock.move(days=-3650)
    assert await jobs.claim(["backup", "export"], "worker") is None

    assert await jobs.call_back_astray() == 2
    backup = await jobs.claim(["backup"], "worker")
    assert backup is not None
    assert await jobs.claim(["export"], "worker") is None
    clock.move(seconds=jobs.lease_seconds + 1)
    assert await jobs.claim(["export"], "worker") is not None
    await backup.wait_until(to_text(clock.now() + LONGEST_WAIT))
    assert await jobs.call_back_astray() == 0


def test_derived_ids_are_version_7_and_sort_by_time(clock: FakeClock) -> None:
    first: Callable[[], JobId] = lambda: derived_job_id(clock.now(), "a", "b")  # noqa: E731
    earlier = first()
    assert earlier == first()
    assert earlier != derived_job_id(clock.now(), "ab", "")
    assert earlier[14] == "7"
    assert earlier[19] in "89ab"
    clock.move(seconds=1)
    assert earlier < derived_job_id(clock.now(), "0", "0")
