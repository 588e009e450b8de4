"""The ledger: what was asked for, who works on it, how it ended. One document per job; truth lies here.

Several processes may use it at once. Nothing is remembered between calls.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from reentra.common.clock import Clock, from_text, to_text
from reentra.common.errors import Conflict, NotFound, Rejected, RetryLater, Stale
from reentra.common.events.envelope import Event
from reentra.common.ids import JobId
from reentra.common.jobs.announcements import command_for, end_of
from reentra.common.jobs.documents import JOBS, UNFINISHED, body_of, ended, job_of, queued
from reentra.common.jobs.identity import new_job_id
from reentra.common.jobs.job import FINISHED, LONGEST_WAIT, Job, JobFilter, JobKind, JobStatus, NewJob
from reentra.common.jobs.lease import LEASE_SECONDS, DocumentLease, lease_expiry
from reentra.common.jobs.outbox import with_events, without_events
from reentra.common.jobs.watch import JobWatch, NoWatch
from reentra.common.stores.documents import Above, AnyOf, Below, Condition, Document, Documents, Json, Query

log = structlog.get_logger()

MAX_ATTEMPTS = 5
"""Claims in a row without any progress; then something about the job itself brings its workers down."""
_CANDIDATES = 20
_INSERTS = 5
_TICK = timedelta(microseconds=1)
_GIVEN_UP = "The job was started {attempts} times and its worker disappeared each time without getting further. "
_ADVICE = "See the log of that time; then retry the job."


class Jobs:
    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        watch: JobWatch | None = None,
        *,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._watch = watch or NoWatch()
        self.lease_seconds = lease_seconds

    # --- asking for work ---
    async def submit(self, new: NewJob, *, events: Sequence[Event] = ()) -> Job:
        """The job with the command that wakes its service. Conflict when its id exists or its active key is taken:
        `fields["job_id"]` is the job that has it. RetryLater when the key is taken and nobody has it."""
        now = await self._documents.now()
        waiting = await self._documents.count(JOBS, {**UNFINISHED, "tenant_id": new.tenant_id, "kind": new.kind})
        created_at = to_text(self._clock.now())
        body = body_of(new, created_at=created_at, runnable_at=now, waiting_of_tenant=waiting)
        id = new.id or new_job_id(self._clock.now())
        command = command_for(job_of(Document(id, 0, body)))
        for _ in range(_INSERTS):
            try:
                return job_of(await self._documents.insert(JOBS, id, with_events(body, [command, *events])))
            except Conflict as conflict:
                holder = id if conflict.fields.get("index") == "id" else await self._active(new.active_key)
                if holder is not None:
                    raise Conflict(
                        f"There is such a job already: {holder}.", job_id=holder, index=conflict.fields.get("index")
                    ) from conflict
                # The holder ended between our insert and our look: the key is free now.
        raise RetryLater(
            f"The database refuses another {new.kind} of this tenant as if one were waiting or running, and shows "
            "none. Try again later; if that goes on, its indexes are not whole."
        )

    async def retry(self, job_id: JobId, created_by: str) -> Job:
        """A new job with the same request. Rejected unless the old one failed, was cancelled or is partial."""
        old = await self.get(job_id)
        if old.status not in ("failed", "cancelled", "partial"):
            raise Rejected(f"Job {job_id} is {old.status}; only a failed, cancelled or partial job can be retried.")
        return await self.submit(NewJob(old.kind, old.tenant_id, old.params, created_by, active_key=old.active_key))

    async def request_cancel(self, job_id: JobId, *, events: Sequence[Event] = ()) -> Job:
        """A job that never ran ends at once. One that did is told: its worker cleans up and ends it. A finished job
        stays as it is."""

        def change(body: Json) -> Json:
            if body["status"] in FINISHED:
                return body
            if body["status"] == "queued" and body["epoch"] == 0:
                return self._end_unheld(job_id, body, "cancelled", "It was cancelled before it began.", events)
            changed = body | {"cancel_requested": True}
            if body["status"] == "queued":
                changed |= {"runnable_at": now, "not_before": None}
            return with_events(changed, events)

        now = to_text(await self._documents.now())
        return job_of(await self._change(job_id, change))

    # --- looking ---
    async def get(self, job_id: JobId) -> Job:
        return job_of(await self._document(job_id))

    async def list(self, wanted: JobFilter) -> Sequence[Job]:
        """By creation, newest first unless the filter says otherwise. NotFound when `after` names no job of these
        tenants: what others have is not told from what does not exist."""
        if wanted.tenant_ids == ():
            return []
        where: dict[str, Condition] = dict(wanted.extra)
        if wanted.tenant_ids is not None:
            where["tenant_id"] = _one_or_any(wanted.tenant_ids)
        if wanted.kinds:
            where["kind"] = _one_or_any(wanted.kinds)
        if wanted.statuses:
            where["status"] = _one_or_any(wanted.statuses)
        after = None
        if wanted.after is not None:
            last = await self._document(JobId(wanted.after))
            if wanted.tenant_ids is not None and last.body["tenant_id"] not in wanted.tenant_ids:
                raise _no_such(last.id)
            after = (last.body["created_at"], last.id)
        query = Query(where, "created_at", descending=wanted.newest_first, after=after, limit=wanted.limit)
        return [job_of(document) for document in await self._documents.find(JOBS, query)]

    async def runnable(self, kinds: Sequence[JobKind], *, limit: int, overdue_seconds: float = 0.0) -> Sequence[Job]:
        """Jobs that a worker could claim now, in the order of the queue: waiting ones, and running ones whose lease
        expired. `overdue_seconds`: only those that could have been claimed so long ago already."""
        border = await self._documents.now() - timedelta(seconds=overdue_seconds)
        return [job_of(document) for document in await self._runnable(kinds, to_text(border + _TICK), limit)]

    # --- working ---
    async def claim(self, kinds: Sequence[JobKind], owner: str) -> DocumentLease | None:
        """The next runnable job of these kinds, or None. Takes over jobs whose worker stopped renewing."""
        while True:
            began = time.monotonic()
            now = await self._documents.now()
            found = await self._runnable(kinds, to_text(now + _TICK), _CANDIDATES)
            for document in found:
                claimed = await self._try_claim(document, owner, lease_expiry(now, self.lease_seconds))
                if claimed is not None:
                    return DocumentLease(
                        self._documents,
                        self._clock,
                        claimed,
                        self._watch,
                        lease_seconds=self.lease_seconds,
                        renewed=began,
                    )
            # Those found and not got were changed meanwhile: taken by others, or only their commands went out.
            if not found:
                return None

    async def release_all(self) -> int:
        """Frees every lease; how many. Only for a process that has the data folder to itself, before it starts any
        worker: then all leases are of its dead predecessor and need not run out."""
        now = to_text(await self._documents.now())
        released = 0
        while running := await self._documents.find(JOBS, Query({**UNFINISHED, "status": "running"}, limit=100)):
            for document in running:
                await self._change(
                    JobId(document.id), lambda body: queued(body, runnable_at=now, attempts=body["attempts"])
                )
                released += 1
        return released

    async def call_back_astray(self) -> int:
        """Those that would be due later than any wait or lease can be, as many as there are at a time; how many. The
        store's clock was far ahead when that was written, and was set right since."""
        now = await self._documents.now()
        border = to_text(now + LONGEST_WAIT + timedelta(seconds=self.lease_seconds))
        due = {"queued": to_text(now), "running": lease_expiry(now, self.lease_seconds)}

        def change(body: Json) -> Json:
            if (body["runnable_at"] or "") <= border:
                return body
            # Whoever works on it renews the lease; if nobody does, it runs out.
            return body | {"runnable_at": due[body["status"]], "not_before": None}

        astray = await self._documents.find(JOBS, Query({**UNFINISHED, "runnable_at": Above(border)}, limit=100))
        for document in astray:
            await self._change(JobId(document.id), change)
        return len(astray)

    async def _runnable(self, kinds: Sequence[JobKind], before: str, limit: int) -> Sequence[Document]:
        where = {**UNFINISHED, "kind": _one_or_any(kinds), "runnable_at": Below(before)}
        return await self._documents.find(JOBS, Query(where, "place", limit=limit))

    async def _try_claim(self, document: Document, owner: str, expiry: str) -> Document | None:
        """None when somebody else was faster, or when the job is given up."""
        body = document.body
        try:
            if body["attempts"] >= MAX_ATTEMPTS:
                message = _GIVEN_UP.format(attempts=body["attempts"]) + _ADVICE
                given_up = self._end_unheld(document.id, body, "failed", message)
                await self._documents.replace(JOBS, document.id, given_up, revision=document.revision)
                age = self._clock.now() - from_text(body["created_at"])
                self._watch.ended(body["kind"], "failed", age.total_seconds())
                log.error("job given up", job_id=document.id, kind=body["kind"], attempts=body["attempts"])
                return None
            claimed = _without_command(document) | {
                "status": "running",
                "owner": owner,
                "epoch": body["epoch"] + 1,
                "attempts": body["attempts"] + 1,
                "runnable_at": expiry,
                "not_before": None,
                "error": None,
                "started_at": body["started_at"] or to_text(self._clock.now()),
            }
            return await self._documents.replace(JOBS, document.id, claimed, revision=document.revision)
        except Stale:
            return None

    def _end_unheld(
        self, job_id: str, body: Json, status: JobStatus, message: str, events: Sequence[Event] = ()
    ) -> Json:
        error: Json = {"code": "cancelled" if status == "cancelled" else "gave_up", "message": message}
        announcement = end_of(job_of(Document(job_id, 0, body)), status, message)
        changed = ended(body, status, ended_at=to_text(self._clock.now()), error=error)
        return with_events(changed, [announcement, *events])

    async def _active(self, active_key: str | None) -> str | None:
        found = await self._documents.find(JOBS, Query({"active_key": active_key}, limit=1))
        return found[0].id if found else None

    async def _document(self, job_id: JobId) -> Document:
        document = await self._documents.get(JOBS, job_id)
        if document is None:
            raise _no_such(job_id)
        return document

    async def _change(self, job_id: JobId, change: Callable[[Json], Json]) -> Document:
        """Applied to the newest revision, as often as somebody else is faster."""
        while True:
            document = await self._document(job_id)
            body = change(document.body)
            if body == document.body:
                return document
            try:
                return await self._documents.replace(JOBS, job_id, body, revision=document.revision)
            except Stale:
                continue


def _without_command(document: Document) -> Json:
    """Nobody needs to be woken any more for a job that somebody has."""
    command = command_for(job_of(document)).topic
    waiting = document.body.get("outbox") or ()
    needless = {entry["data"]["event_id"] for entry in waiting if entry["topic"] == command}
    return without_events(document.body, needless) if needless else document.body


def _no_such(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id!r}.", job_id=job_id)


def _one_or_any(values: Sequence[str]) -> Condition:
    return values[0] if len(values) == 1 else AnyOf(tuple(values))
