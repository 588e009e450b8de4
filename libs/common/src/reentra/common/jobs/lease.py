"""A claimed job as its worker holds it. Implements `jobs.job.Lease`; `Jobs.claim` makes it.

Every write is conditional on the revision last seen. When somebody else touched the document (the relay emptied its
outbox, a person asked to cancel) the change is applied to what is there now, as long as owner and epoch are still
this lease's. When they are not, the write raises Stale: a frozen worker can do no harm.

What leaves this installation is under no revision: `check` goes before each request, and asks only this process's own
clock, which went on while the process stood still.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from reentra.common.clock import Clock, from_text, to_text
from reentra.common.errors import ReentraError, Stale
from reentra.common.events.envelope import Event
from reentra.common.jobs.documents import JOBS, ended, job_of, queued
from reentra.common.jobs.job import Job, JobCancelled, JobStatus
from reentra.common.jobs.outbox import with_events
from reentra.common.jobs.watch import JobWatch, NoWatch, Release
from reentra.common.stores.documents import Document, Documents, Json

LEASE_SECONDS = 60.0
_LOOK_SECONDS = 1.0


class DocumentLease:
    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        document: Document,
        watch: JobWatch | None = None,
        *,
        lease_seconds: float = LEASE_SECONDS,
        renewed: float | None = None,
    ) -> None:
        """`renewed`: when the claim began, as `time.monotonic` tells it."""
        self._documents = documents
        self._clock = clock
        self._watch = watch or NoWatch()
        self._seconds = lease_seconds
        self._held_since = self._renewed = time.monotonic() if renewed is None else renewed
        self._document = document
        self._owner: str = document.body["owner"]
        self._epoch: int = document.body["epoch"]
        self._state_at_claim: Json = document.body["state"]
        self._released: Release | None = None
        self._lock = asyncio.Lock()
        self._is_unwanted: bool = document.body["cancel_requested"]
        self._look_again_at = 0.0

    @property
    def job(self) -> Job:
        return job_of(self._document)

    @property
    def epoch(self) -> int:
        return self._epoch

    @property
    def is_open(self) -> bool:
        """False after `finish`, `wait_until` or `hand_back`, and once it is lost."""
        return self._released is None

    @property
    def is_lost(self) -> bool:
        return self._released == "lost"

    @property
    def sure_seconds(self) -> float:
        """Without a renewal for so long the lease is given up: well before another can take it over."""
        return self._seconds * 2 / 3

    def check(self) -> None:
        if self.is_open and time.monotonic() - self._renewed >= self.sure_seconds:
            self.give_up()
        if not self.is_open:
            raise _lost(self._document.id)

    async def is_unwanted(self) -> bool:
        if not self._is_unwanted and time.monotonic() >= self._look_again_at:
            self._look_again_at = time.monotonic() + _LOOK_SECONDS
            try:
                found = await self._documents.get(JOBS, self._document.id)
            except ReentraError:
                return False
            self._is_unwanted = found is not None and found.body["cancel_requested"]
        return self._is_unwanted

    async def commit(
        self, *, state: Json | None = None, progress: Json | None = None, events: Sequence[Event] = ()
    ) -> None:
        def change(body: Json) -> Json:
            changed = dict(body)
            if state is not None:
                changed["state"] = state
                if state != self._state_at_claim:
                    changed["attempts"] = 1  # it moves: five crashes at five places are not one that repeats
            if progress is not None:
                changed["progress"] = progress
            return with_events(changed, events)

        await self._write(change)
        if self._document.body["cancel_requested"]:
            raise JobCancelled

    async def finish(
        self,
        status: JobStatus,
        *,
        result: Json | None = None,
        error: Json | None = None,
        progress: Json | None = None,
        events: Sequence[Event] = (),
    ) -> None:
        def change(body: Json) -> Json:
            changed = ended(body, status, ended_at=to_text(self._clock.now()), error=error)
            changed |= {} if result is None else {"result": result}
            changed |= {} if progress is None else {"progress": progress}
            return with_events(changed, events)

        await self._write(change, last=status)
        age = self._clock.now() - from_text(self._document.body["created_at"])
        self._watch.ended(self._document.body["kind"], status, age.total_seconds())

    async def wait_until(self, not_before: str, *, progress: Json | None = None, error: Json | None = None) -> None:
        now = to_text(await self._documents.now())

        def change(body: Json) -> Json:
            # Whoever asked for the end shall not wait: the next worker cleans up at once.
            due = now if body["cancel_requested"] else not_before
            changed = queued(body, runnable_at=due, attempts=0) | {"not_before": due, "error": error}
            return changed if progress is None else changed | {"progress": progress}

        await self._write(change, last="waiting")

    async def hand_back(self) -> None:
        """Queued again at once, as if it had not been tried: this process stops."""
        now = to_text(await self._documents.now())
        await self._write(lambda body: queued(body, runnable_at=now, attempts=body["attempts"] - 1), last="handed_back")

    async def renew(self) -> None:
        began = time.monotonic()
        expiry = lease_expiry(await self._documents.now(), self._seconds)
        await self._write(lambda body: body | {"runnable_at": expiry})
        self._renewed = began

    async def moment_in(self, wait: timedelta) -> datetime:
        """By the store's clock, which decides when a waiting job is due."""
        return await self._documents.now() + wait

    def give_up(self) -> None:
        """Nothing is written any more. For a worker that may have lost the lease without being told."""
        self._close("lost")

    async def _write(self, change: Callable[[Json], Json], *, last: Release | None = None) -> None:
        async with self._lock:
            while True:
                if not self.is_open:
                    raise _lost(self._document.id)
                body = change(self._document.body)
                try:
                    self._document = await self._documents.replace(
                        JOBS, self._document.id, body, revision=self._document.revision
                    )
                except Stale:
                    self._document = await self._still_ours()
                else:
                    if last is not None:
                        self._close(last)
                    return

    async def _still_ours(self) -> Document:
        document = await self._documents.get(JOBS, self._document.id)
        if document is not None and (document.body["owner"], document.body["epoch"]) == (self._owner, self._epoch):
            return document
        self._close("lost")
        raise _lost(self._document.id)

    def _close(self, how: Release) -> None:
        if self.is_open:
            self._released = how
            self._watch.released(self._document.body["kind"], how, time.monotonic() - self._held_since)


def lease_expiry(now: datetime, seconds: float) -> str:
    return to_text(now + timedelta(seconds=seconds))


def _lost(job_id: str) -> Stale:
    return Stale(f"Job {job_id} is not held by this worker any more.", job_id=job_id)
