"""The ledger counts what is to be done, over every documents adapter."""

from datetime import timedelta

from reentra.common.clock import to_text
from reentra.common.ids import TenantId
from reentra.common.jobs.census import take_census
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.job import JobKind, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.stores.documents import Documents
from reentra.common.testing.fakes import FakeClock, RecordingPublisher


async def submit(jobs: Jobs, kind: JobKind, tenant: str, not_before: str | None = None) -> None:
    await jobs.submit(NewJob(kind, TenantId(tenant), {}, "somebody", not_before=not_before))


async def test_jobs_count_by_what_can_be_done_about_them(documents: Documents, jobs: Jobs, clock: FakeClock) -> None:
    later = to_text(clock.now() + timedelta(minutes=5))
    for tenant in ("a", "b", "c"):
        await submit(jobs, "backup", tenant)
    await submit(jobs, "backup", "d", later)
    await submit(jobs, "restore_plan", "a")
    for _ in range(2):
        assert await jobs.claim(["backup"], "worker") is not None
    plan = await jobs.claim(["restore_plan"], "worker")
    assert plan is not None
    await plan.finish("succeeded")

    census = await take_census(documents, [JOBS])

    assert {state: census.jobs["backup", state] for state in ("queued", "waiting", "running")} == {
        "queued": 1,
        "waiting": 1,
        "running": 2,
    }
    assert [census.work(service) for service in ("collector", "exporter", "restorer")] == [3, 0, 0]
    clock.move(seconds=300)
    assert (await take_census(documents, [])).work("collector") == 4


async def test_documents_with_unpublished_events_count_until_they_are_published(
    documents: Documents, jobs: Jobs
) -> None:
    await submit(jobs, "backup", "a")
    await submit(jobs, "export", "a")
    assert (await take_census(documents, [JOBS])).outboxes == {"jobs": 2}
    await Relay(documents, RecordingPublisher(), [JOBS]).relay_once()
    assert (await take_census(documents, [JOBS])).outboxes == {"jobs": 0}
