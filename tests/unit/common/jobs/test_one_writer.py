"""Several workers, frozen ones, doubled wakes, a relay and impatient people: of a job only its newest lease writes."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from reentra.common.errors import Conflict, Stale
from reentra.common.events.collector import BackupProgressed
from reentra.common.ids import JobId, TenantId
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.identity import derived_job_id
from reentra.common.jobs.job import JobCancelled, NewJob
from reentra.common.jobs.lease import DocumentLease
from reentra.common.jobs.ledger import Jobs
from reentra.common.jobs.outbox import Relay
from reentra.common.testing.fakes import FakeClock, MemoryDocuments, RecordingPublisher

T = TypeVar("T")
WORKERS = st.sampled_from(["a", "b", "c"])


class OneWriter(RuleBasedStateMachine):
    """Every lease ever given stays in use, as if its worker had been frozen and woke up at any later time."""

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        self.documents = MemoryDocuments(self.clock)
        self.jobs = Jobs(self.documents, self.clock)
        self.publisher = RecordingPublisher()
        self.relay = Relay(self.documents, self.publisher, [JOBS])
        self.newest: dict[JobId, int] = {}
        self.holding: dict[JobId, int] = {}
        self.written: dict[JobId, Any] = {}
        self.over: dict[JobId, str] = {}
        self.sent: set[str] = set()
        self.counter = 0

    def teardown(self) -> None:
        self.run(self.relay.relay_once())
        assert self.sent <= {event.event_id for event in self.publisher.events}
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @rule(tenant=st.sampled_from(["t1", "t2"]))
    def submit(self, tenant: str) -> None:
        self.counter += 1
        id = derived_job_id(self.clock.now(), str(self.counter))
        new = NewJob("backup", TenantId(tenant), {}, "somebody", active_key=f"backup:{tenant}", id=id)
        try:
            job = self.run(self.jobs.submit(new))
        except Conflict as conflict:
            holder = self.run(self.jobs.get(JobId(str(conflict.fields["job_id"]))))
            assert holder.ended_at is None
        else:
            self.written[job.id] = {}

    @rule(target=leases, owner=WORKERS)
    def claim(self, owner: str) -> DocumentLease | None:
        lease = self.run(self.jobs.claim(["backup"], owner))
        if lease is not None:
            assert lease.job.id not in self.over
            assert lease.epoch > self.newest.get(lease.job.id, 0)
            assert lease.job.state == self.written[lease.job.id]
            self.newest[lease.job.id] = self.holding[lease.job.id] = lease.epoch
        return lease

    @rule(lease=leases, announce=st.booleans())
    def commit(self, lease: DocumentLease | None, announce: bool) -> None:
        if lease is None:
            return
        self.counter += 1
        state = {"write": self.counter}
        event = BackupProgressed(job_id=lease.job.id, object_type="user", status="reading")
        try:
            self.run(lease.commit(state=state, events=[event] if announce else []))
        except Stale:
            assert not self.may_write(lease)
            return
        except JobCancelled:
            assert lease.job.cancel_requested
        assert self.may_write(lease)
        self.written[lease.job.id] = state
        if announce:
            self.sent.add(event.event_id)

    @rule(lease=leases)
    def renew(self, lease: DocumentLease | None) -> None:
        if lease is not None:
            self.attempt(lease, lease.renew())

    @rule(lease=leases, status=st.sampled_from(["succeeded", "failed", "cancelled"]))
    def finish(self, lease: DocumentLease | None, status: Any) -> None:
        if lease is not None and self.attempt(lease, lease.finish(status, result={"epoch": lease.epoch})):
            self.over[lease.job.id] = status

    @rule(lease=leases)
    def hand_back(self, lease: DocumentLease | None) -> None:
        if lease is not None and self.attempt(lease, lease.hand_back()):
            self.holding[lease.job.id] = 0

    @rule(lease=consumes(leases))
    def forget(self, lease: DocumentLease | None) -> None:
        """The worker dies for good."""

    @rule(seconds=st.sampled_from([-30, 1, 20, 61, 3600]))
    def move_clock(self, seconds: int) -> None:
        self.clock.move(seconds=seconds)

    @rule()
    def relay_events(self) -> None:
        self.run(self.relay.relay_once())

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        if self.written:
            job_id = data.draw(st.sampled_from(list(self.written)))
            job = self.run(self.jobs.request_cancel(job_id))
            if job.ended_at is not None:
                self.over.setdefault(job_id, job.status)

    @invariant()
    def outcomes_never_change(self) -> None:
        for job_id, status in self.over.items():
            assert self.run(self.jobs.get(job_id)).status == status

    def attempt(self, lease: DocumentLease, write: Coroutine[Any, Any, None]) -> bool:
        try:
            self.run(write)
        except Stale:
            assert not self.may_write(lease)
            return False
        assert self.may_write(lease)
        return True

    def may_write(self, lease: DocumentLease) -> bool:
        return lease.job.id not in self.over and self.holding[lease.job.id] == lease.epoch


OneWriter.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestOneWriter = OneWriter.TestCase
