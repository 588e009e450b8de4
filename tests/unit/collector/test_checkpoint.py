"""One job document holds what all types have reached: how few writes that takes, and that none of it is forgotten."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from reentra.collector.operations.checkpoint import BackupState, Checkpoint, TypeState
from reentra.common.clients.graph import GraphStats
from reentra.common.clock import SystemClock, to_text
from reentra.common.events.collector import BackupProgressed
from reentra.common.ids import ObjectTypeName, TenantId
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.job import Job, NewJob
from reentra.common.jobs.lease import DocumentLease
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.stores.documents import Collection, Document, Json
from reentra.common.testing.fakes import FakeClock, MemoryDocuments, RecordingPublisher

NAMES = [ObjectTypeName(name) for name in ("user", "group", "device")]
NEVER = 3600.0


class SlowDocuments(MemoryDocuments):
    """A write of a document takes its turn, as on a disk."""

    writes = 0

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        await asyncio.sleep(0)
        self.writes += 1
        return await super().replace(collection, id, body, revision=revision)


class SwallowingDocuments(SlowDocuments):
    """Cancelled while it writes, it has written, and says nothing of the cancellation."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = asyncio.Event()

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        if body.get("state"):
            self.writing.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.05)
        return await super().replace(collection, id, body, revision=revision)


@pytest.fixture
async def documents() -> AsyncIterator[SlowDocuments]:
    return SlowDocuments()


async def claimed(documents: SlowDocuments) -> DocumentLease:
    jobs = Jobs(documents, SystemClock())
    await jobs.submit(NewJob("backup", TenantId("t"), {}, "test"))
    lease = await jobs.claim(["backup"], "worker")
    assert lease is not None
    documents.writes = 0
    return lease


def checkpoint_of(
    lease: DocumentLease, interval_seconds: float, throttled_for: Callable[[], float] = lambda: 0.0
) -> Checkpoint:
    state = BackupState(1, "2026-01-01T00:00:00.000000Z", types={name: TypeState() for name in NAMES})
    return Checkpoint(lease, state, GraphStats(), interval_seconds, throttled_for=throttled_for, clock=FakeClock())


def statuses(job: Job) -> dict[str, str]:
    return {name: t.get("status", "waiting") for name, t in job.state["types"].items()}


async def test_types_that_wait_for_a_write_share_the_next_one(documents: SlowDocuments) -> None:
    lease = await claimed(documents)
    checkpoint = checkpoint_of(lease, NEVER)
    for name in NAMES:
        checkpoint.state.types[name].status = "reading"
    await asyncio.gather(*(checkpoint.save(name) for name in NAMES))
    assert documents.writes == 2, "the first, and one for those who came meanwhile"
    assert set(statuses(lease.job).values()) == {"reading"}


async def test_what_was_noted_goes_out_with_the_next_page_once(documents: SlowDocuments) -> None:
    lease = await claimed(documents)
    checkpoint = checkpoint_of(lease, NEVER)
    user, group, _ = NAMES
    checkpoint.state.types[user].status = "done"
    checkpoint.note(user)
    assert documents.writes == 0
    await checkpoint.save(group)
    assert statuses(lease.job)[user] == "done"
    publisher = RecordingPublisher()
    await Relay(documents, publisher, [JOBS]).relay_once()
    progressed = [event for event in publisher.events if isinstance(event, BackupProgressed)]
    (event,) = progressed
    assert (event.object_type, event.status) == (group, "waiting")
    assert {name: other.status for name, other in event.others.items()} == {user: "done"}
    assert lease.job.progress["types"][user]["status"] == "done"
    written = documents.writes
    await checkpoint.save_noted()
    assert documents.writes == written, "nothing new was noted"


async def test_last_pages_are_saved_with_a_page_of_another_type_or_before_the_manifest(
    documents: SlowDocuments,
) -> None:
    lease = await claimed(documents)
    checkpoint = checkpoint_of(lease, NEVER)
    user, group, device = NAMES
    await checkpoint.save(device)
    for name, other in ((user, device), (group, None)):
        checkpoint.state.types[name].pages_done = True
        written = documents.writes
        checkpoint.save_soon()
        assert documents.writes == written
        await (checkpoint.save(other) if other is not None else checkpoint.save_noted())
        assert documents.writes == written + 1
        assert lease.job.state["types"][name]["pages_done"]
    await checkpoint.save_noted()
    assert documents.writes == written + 1, "nothing is waiting"


async def test_type_that_begins_and_ends_within_an_interval_is_told_once(documents: SlowDocuments) -> None:
    lease = await claimed(documents)
    checkpoint = checkpoint_of(lease, NEVER)
    user, group, device = NAMES
    await checkpoint.save(device)
    for status in ("reading", "done"):
        for name in (user, group):
            checkpoint.state.types[name].status = status
            checkpoint.note(name)
            await checkpoint.save(device)
    publisher = RecordingPublisher()
    await Relay(documents, publisher, [JOBS]).relay_once()
    (told,) = [event for event in publisher.events if isinstance(event, BackupProgressed)]
    assert (told.object_type, told.others) == (device, {}), "each page is saved; only once an interval is it told"
    assert set(statuses(lease.job).values()) == {"done", "waiting"}
    (last,) = checkpoint.take_noted()
    assert (last.object_type, last.status) == (group, "done")
    assert {name: other.status for name, other in last.others.items()} == {user: "done"}
    assert not checkpoint.take_noted()


async def test_what_was_noted_is_saved_soon_without_a_page(documents: SlowDocuments) -> None:
    lease = await claimed(documents)
    checkpoint = checkpoint_of(lease, 0.001)
    checkpoint.state.types[NAMES[0]].status = "done"
    checkpoint.note(NAMES[0])
    ended = asyncio.Event()
    keeper = asyncio.create_task(checkpoint.keep(ended))
    async with asyncio.timeout(30):
        while statuses_or_none(lease) != "done":
            await asyncio.sleep(0.001)
        ended.set()
        await keeper


async def test_keeping_ends_when_told_whatever_the_store_makes_of_a_cancellation() -> None:
    documents = SwallowingDocuments()
    lease = await claimed(documents)
    checkpoint = checkpoint_of(lease, 0.001)
    checkpoint.note(NAMES[0])
    ended = asyncio.Event()
    keeper = asyncio.create_task(checkpoint.keep(ended))
    await documents.writing.wait()
    keeper.cancel()
    ended.set()
    async with asyncio.timeout(30):
        await keeper
    assert lease.job.state != {}, "it was written"


async def test_throttling_is_told_when_it_begins_and_when_it_is_over(documents: SlowDocuments) -> None:
    lease = await claimed(documents)
    seconds = 30.0
    checkpoint = checkpoint_of(lease, 0.001, lambda: seconds)
    user, group, device = NAMES
    checkpoint.state.types[user].status = "reading"
    checkpoint.state.types[group].status = "done"
    ended = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(checkpoint.keep(ended))
        while "throttled_until" not in lease.job.progress:
            await asyncio.sleep(0.001)
        seen = {name: t["status"] for name, t in lease.job.progress["types"].items()}
        assert seen == {user: "throttled", group: "done", device: "waiting"}
        assert lease.job.progress["throttled_until"] == to_text(FakeClock().now() + timedelta(seconds=30))
        assert lease.job.state["types"][user]["status"] == "reading", "what is stored is what it does"
        seconds = 0.0
        while "throttled_until" in lease.job.progress:
            await asyncio.sleep(0.001)
        ended.set()
    assert lease.job.progress["types"][user]["status"] == "reading"
    publisher = RecordingPublisher()
    await Relay(documents, publisher, [JOBS]).relay_once()
    told = [e for e in publisher.events if isinstance(e, BackupProgressed)]
    assert [{e.object_type: e.status} | {n: o.status for n, o in e.others.items()} for e in told] == [
        {user: "throttled", device: "waiting"},
        {user: "reading", device: "waiting"},
    ]


def statuses_or_none(lease: DocumentLease) -> str | None:
    return statuses(lease.job)[NAMES[0]] if lease.job.state else None


async def test_what_the_state_counts_as_stored_is_stored_before_it_is_saved(documents: SlowDocuments) -> None:
    lease = await claimed(documents)
    written: list[int] = []

    async def store() -> None:
        written.append(documents.writes)

    state = BackupState(1, "2026-01-01T00:00:00.000000Z", types={name: TypeState() for name in NAMES})
    checkpoint = Checkpoint(
        lease, state, GraphStats(), NEVER, throttled_for=lambda: 0.0, clock=FakeClock(), store=store
    )
    await checkpoint.save(NAMES[0])
    assert (written, documents.writes) == ([0], 1)
