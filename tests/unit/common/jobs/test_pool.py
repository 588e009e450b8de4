"""However an operation ends, its job gets an outcome; a lost lease stops it; a stopping pool gives its jobs back."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from reentra.common.errors import NeedsConsent, RetryLater, Stale
from reentra.common.ids import TenantId
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.job import Job, JobCancelled, JobFilter, JobKind, Lease, NewJob
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.jobs.pool import PoolTiming, WorkerPool
from reentra.common.testing.fakes import FakeClock, MemoryDocuments, RecordingPublisher

QUICK = PoolTiming(poll_seconds=0.02, renew_seconds=0.02, stop_seconds=1.0)
LEASE_SECONDS = 0.15
Operation = Callable[[Lease], Awaitable[None]]


@dataclass
class World:
    clock: FakeClock = field(default_factory=FakeClock)
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)

    def __post_init__(self) -> None:
        self.documents = MemoryDocuments(self.clock)
        self.jobs = Jobs(self.documents, self.clock, lease_seconds=LEASE_SECONDS)

    async def submit(self, kind: JobKind = "backup") -> Job:
        return await self.jobs.submit(NewJob(kind, TenantId("t"), {}, "somebody"))

    def pool(self, run: Operation, *, concurrency: int = 1) -> WorkerPool:
        kinds: tuple[JobKind, ...] = ("backup", "export", "restore_plan", "restore_apply")
        return WorkerPool(self.jobs, kinds, run, concurrency=concurrency, timing=QUICK)

    async def until(self, job: Job, condition: Callable[[Job], bool]) -> Job:
        async with asyncio.timeout(5):
            while not condition(now := await self.jobs.get(job.id)):
                await asyncio.sleep(0.005)
        return now

    async def run_one(self, run: Operation, kind: JobKind = "backup") -> Job:
        """Until the job ended or waits."""
        job = await self.submit(kind)
        async with self.pool(run):
            return await self.until(job, lambda now: now.ended_at is not None or now.not_before is not None)


@pytest.fixture
def world() -> World:
    return World()


def raising(error: BaseException) -> Operation:
    async def run(lease: Lease) -> None:
        raise error

    return run


async def test_operation_that_finishes_leaves_its_own_outcome(world: World) -> None:
    async def run(lease: Lease) -> None:
        await lease.commit(state={"page": 1})
        await lease.finish("partial", result={"objects": 7})

    job = await world.run_one(run)
    assert (job.status, job.result) == ("partial", {"objects": 7})


async def test_refusal_becomes_the_jobs_error(world: World) -> None:
    job = await world.run_one(raising(NeedsConsent("Consent for Contoso was revoked. Connect it again.")))
    assert (job.status, job.error) == (
        "failed",
        {"code": "needs_consent", "message": "Consent for Contoso was revoked. Connect it again."},
    )


async def test_defect_fails_the_job_with_a_sentence_that_quotes_nothing(world: World) -> None:
    job = await world.run_one(raising(KeyError("secret-value")))
    assert job.status == "failed"
    assert job.error is not None
    assert job.error["code"] == "defect"
    assert "KeyError" in job.error["message"]
    assert "secret-value" not in str(job.error)


async def test_operation_without_an_outcome_is_a_defect(world: World) -> None:
    async def run(lease: Lease) -> None: ...

    assert (await world.run_one(run)).status == "failed"


@pytest.mark.parametrize("kind", ["backup", "export", "restore_plan", "restore_apply"])
async def test_end_by_error_is_announced_for_every_kind(world: World, kind: JobKind) -> None:
    job = await world.run_one(raising(ValueError()), kind)
    await Relay(world.documents, world.publisher, [JOBS]).relay_once()
    end = world.publisher.events[-1]
    assert (end.job_id, getattr(end, "status", None)) == (job.id, "failed")


async def test_retry_later_waits_as_long_as_asked_and_continues_from_the_checkpoint(world: World) -> None:
    seen: list[object] = []

    async def run(lease: Lease) -> None:
        seen.append(lease.job.state)
        if not lease.job.state:
            await lease.commit(state={"page": 1})
            raise RetryLater("Graph asks for patience.", after_seconds=120)
        await lease.finish("succeeded")

    waiting = await world.run_one(run)
    assert (waiting.status, waiting.not_before) == ("queued", "2026-01-05T08:02:00.000000Z")
    assert waiting.error == {"code": "retry_later", "message": "Graph asks for patience."}
    world.clock.move(minutes=2)
    async with world.pool(run):
        assert (await world.until(waiting, lambda now: now.ended_at is not None)).status == "succeeded"
    assert seen == [{}, {"page": 1}]


@pytest.mark.parametrize(
    ("errors", "status"),
    [
        ([RetryLater("a"), JobCancelled()], "cancelled"),
        ([RetryLater("a"), ValueError()], "failed"),
        ([RetryLater("a"), RetryLater("b")], "queued"),
    ],
)
async def test_task_groups_error_that_says_most_decides(world: World, errors: list[Exception], status: str) -> None:
    job = await world.run_one(raising(ExceptionGroup("several", [ExceptionGroup("inner", errors)])))
    assert job.status == status


async def test_cancelled_job_ends_cancelled_when_its_operation_only_lets_go(world: World) -> None:
    async def run(lease: Lease) -> None:
        while True:
            await lease.commit(state={})
            await asyncio.sleep(0.005)

    job = await world.submit()
    async with world.pool(run):
        await world.until(job, lambda now: now.status == "running")
        await world.jobs.request_cancel(job.id)
        assert (await world.until(job, lambda now: now.ended_at is not None)).status == "cancelled"


async def test_wake_is_faster_than_the_poll(world: World) -> None:
    started = asyncio.Event()

    async def run(lease: Lease) -> None:
        started.set()
        await lease.finish("succeeded")

    pool = WorkerPool(world.jobs, ["backup"], run, timing=PoolTiming(poll_seconds=60))
    async with pool:
        await asyncio.sleep(0.02)
        await world.submit()
        pool.wake()
        await asyncio.wait_for(started.wait(), 5)


async def test_not_more_jobs_run_at_once_than_allowed_and_all_get_done(world: World) -> None:
    running, most = 0, 0

    async def run(lease: Lease) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        await lease.finish("succeeded")

    made = [await world.submit() for _ in range(12)]
    async with world.pool(run, concurrency=3):
        for job in made:
            await world.until(job, lambda now: now.status == "succeeded")
    assert most == 3


async def test_stopping_pool_gives_its_job_back_at_once_with_its_checkpoint(world: World) -> None:
    async def run(lease: Lease) -> None:
        await lease.commit(state={"page": 4})
        await asyncio.Event().wait()

    job = await world.submit()
    async with world.pool(run):
        await world.until(job, lambda now: now.state == {"page": 4})
    given_back = await world.jobs.get(job.id)
    assert (given_back.status, given_back.state, given_back.attempts) == ("queued", {"page": 4}, 0)
    assert await world.jobs.claim(["backup"], "another") is not None


async def test_job_that_fails_only_because_the_pool_stops_is_given_back(world: World) -> None:
    started = asyncio.Event()

    async def run(lease: Lease) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("the connection is closed") from None

    job = await world.submit()
    async with world.pool(run):
        await started.wait()
    assert (await world.jobs.get(job.id)).status == "queued"


async def test_lease_is_renewed_while_the_operation_runs(world: World) -> None:
    may_end = asyncio.Event()

    async def run(lease: Lease) -> None:
        await may_end.wait()
        await lease.finish("succeeded")

    job = await world.submit()
    async with world.pool(run):
        await world.until(job, lambda now: now.status == "running")
        for _ in range(5):
            world.clock.move(seconds=40)
            await asyncio.sleep(0.05)
            assert await world.jobs.claim(["backup"], "another") is None
        may_end.set()
        await world.until(job, lambda now: now.status == "succeeded")


async def test_operation_is_stopped_when_another_worker_took_over(world: World) -> None:
    stopped = asyncio.Event()

    async def run(lease: Lease) -> None:
        if lease.job.epoch > 1:  # the pool itself may claim it again, later
            await lease.finish("succeeded")
            return
        try:
            await asyncio.Event().wait()
        finally:
            with pytest.raises(Stale):
                await lease.commit(state={"by": "the frozen one"})
            stopped.set()

    job = await world.submit()
    async with world.pool(run):
        await world.until(job, lambda now: now.status == "running")
        world.clock.move(seconds=61)
        other = await world.jobs.claim(["backup"], "another")
        await asyncio.wait_for(stopped.wait(), 5)
    assert other is not None
    await other.finish("succeeded", result={"by": "another"})
    assert (await world.jobs.get(job.id)).result == {"by": "another"}


class Unreachable(MemoryDocuments):
    """A store that stops answering."""

    gone = False

    async def replace(self, *arguments: object, **named: object) -> object:  # type: ignore[override]
        if self.gone:
            raise RetryLater("The database does not answer.")
        return await super().replace(*arguments, **named)  # type: ignore[arg-type]


async def test_operation_is_stopped_when_the_lease_cannot_be_renewed() -> None:
    documents = Unreachable(FakeClock())
    jobs = Jobs(documents, FakeClock(), lease_seconds=LEASE_SECONDS)
    stopped = asyncio.Event()

    async def run(lease: Lease) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await jobs.submit(NewJob("backup", TenantId("t"), {}, "somebody"))
    async with WorkerPool(jobs, ["backup"], run, timing=QUICK) as pool:
        async with asyncio.timeout(5):
            while pool.running == 0:
                await asyncio.sleep(0.005)
        documents.gone = True
        await asyncio.wait_for(stopped.wait(), 5)
    assert [job.status for job in await jobs.list(JobFilter())] == ["running"]


async def test_operation_is_stopped_before_anything_else_when_the_process_stood_still(world: World) -> None:
    stopped = asyncio.Event()

    async def run(lease: Lease) -> None:
        time.sleep(LEASE_SECONDS)  # nothing of the process moves, as after SIGSTOP
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    await world.submit()
    async with world.pool(run):
        await asyncio.wait_for(stopped.wait(), 5)


async def test_pool_goes_on_after_the_store_was_away() -> None:
    documents = Unreachable(FakeClock())
    jobs = Jobs(documents, FakeClock(), lease_seconds=LEASE_SECONDS)
    done = asyncio.Event()

    async def run(lease: Lease) -> None:
        await lease.finish("succeeded")
        done.set()

    await jobs.submit(NewJob("backup", TenantId("t"), {}, "somebody"))
    documents.gone = True
    async with WorkerPool(jobs, ["backup"], run, timing=QUICK):
        await asyncio.sleep(0.05)
        assert not done.is_set()
        documents.gone = False
        await asyncio.wait_for(done.wait(), 5)


async def test_operation_that_cleans_up_after_its_end_is_not_stopped(world: World) -> None:
    cleaned = asyncio.Event()

    async def run(lease: Lease) -> None:
        await lease.finish("failed")
        await asyncio.sleep(3 * QUICK.renew_seconds)
        cleaned.set()

    await world.submit()
    async with world.pool(run):
        await asyncio.wait_for(cleaned.wait(), 5)


async def test_lease_that_may_be_lost_lets_nothing_out_before_anybody_noticed(world: World) -> None:
    await world.submit()
    lease = await world.jobs.claim(["backup"], "frozen")
    assert lease is not None
    time.sleep(LEASE_SECONDS)
    with pytest.raises(Stale):
        lease.check()
    with pytest.raises(Stale):
        await lease.commit(state={"page": 2})


async def test_lease_counts_from_before_its_renewal_was_asked_for(world: World) -> None:
    await world.submit()
    lease = await world.jobs.claim(["backup"], "slow")
    assert lease is not None
    slow = world.documents.now

    async def now() -> datetime:
        time.sleep(LEASE_SECONDS)
        return await slow()

    world.documents.now = now  # type: ignore[method-assign]
    await lease.renew()
    with pytest.raises(Stale):
        lease.check()


async def test_outcome_is_written_when_the_store_answers_again_before_the_lease_ends() -> None:
    documents = Unreachable(FakeClock())
    jobs = Jobs(documents, FakeClock(), lease_seconds=60.0)
    job = await jobs.submit(NewJob("backup", TenantId("t"), {}, "somebody"))
    tried = asyncio.Event()

    async def run(lease: Lease) -> None:
        documents.gone = True
        tried.set()
        raise NeedsConsent("Consent for Contoso was revoked. Connect it again.")

    async with WorkerPool(jobs, ["backup"], run, timing=QUICK) as pool, asyncio.timeout(5):
        await tried.wait()
        await asyncio.sleep(3 * QUICK.renew_seconds)
        assert (await jobs.get(job.id)).status == "running"
        documents.gone = False
        while pool.running:
            await asyncio.sleep(0.005)
    ended = await jobs.get(job.id)
    assert (ended.status, ended.error and ended.error["code"]) == ("failed", "needs_consent")
