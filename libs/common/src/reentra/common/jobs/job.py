"""A job: every command is a document first. Truth lies here; messages on topics are only hints.

Life: queued -> running -> succeeded | partial | failed | cancelled. `waiting` is queued again until `not_before`
(Graph throttles for minutes, a disk is full). A worker holds a running job by a lease (owner, epoch, expiry by the
store's clock); every write of a worker is conditional on the document's revision, so a frozen worker's writes lose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from reentra.common.events.envelope import Event
from reentra.common.ids import JobId, TenantId
from reentra.common.stores.documents import Json

JobKind = Literal["backup", "export", "restore_plan", "restore_apply"]
JobStatus = Literal["queued", "running", "succeeded", "partial", "failed", "cancelled"]
LONGEST_WAIT = timedelta(hours=1)
"""No job is ever due later than that from now; one that seems to be is called back (`Jobs.call_back_astray`)."""
FINISHED: tuple[JobStatus, ...] = ("succeeded", "partial", "failed", "cancelled")


def backup_key(tenant_id: TenantId) -> str:
    """The active key of backups: at most one of a tenant is unfinished."""
    return f"backup:{tenant_id}"


@dataclass(frozen=True, slots=True)
class Job:
    """`params` is the request and never changes; `state` is the worker's checkpoint, for its own eyes;
    `progress` is what people see ({"phase": ..., "types": {type: {read, changed, removed, ...}}, "percent": ...});
    `result` is the outcome in numbers and keys; `error` is {"code", "message"} with a sentence for people."""

    id: JobId
    kind: JobKind
    tenant_id: TenantId
    status: JobStatus
    params: Json
    state: Json
    progress: Json
    result: Json
    error: Json | None
    created_at: str
    created_by: str
    started_at: str | None
    ended_at: str | None
    not_before: str | None
    attempts: int
    epoch: int
    cancel_requested: bool
    active_key: str | None = None
    """At most one unfinished job holds a given key, e.g. `backup:<tenant id>`."""


@dataclass(frozen=True, slots=True)
class NewJob:
    kind: JobKind
    tenant_id: TenantId
    params: Json
    created_by: str
    active_key: str | None = None
    not_before: str | None = None
    priority: int = 0
    """Higher runs first."""
    id: JobId | None = None
    """Given when the id must be derived (a schedule's slot, an idempotency key); else a new one is made."""


class Lease(Protocol):
    """A claimed job. Renewed by the worker pool; when renewal fails the worker is cancelled."""

    @property
    def job(self) -> Job:
        """As of the last successful write."""

    @property
    def epoch(self) -> int: ...

    def check(self) -> None:
        """Before each request to Graph, which no revision protects. Raises Stale once somebody else may hold the job,
        though nobody said so: this process stood still, or the store is away."""

    async def is_unwanted(self) -> bool:
        """Whether a person asked for the job's end. For long waits, in which nothing is committed: the store is looked
        at once a second at most, and one that is away wants nothing."""

    async def commit(
        self, *, state: Json | None = None, progress: Json | None = None, events: Sequence[Event] = ()
    ) -> None:
        """The checkpoint: one conditional write of what is given, with the events that must go out with it.
        Raises Stale when the lease is lost (stop at once) and JobCancelled when a person asked for it."""

    async def finish(
        self,
        status: JobStatus,
        *,
        result: Json | None = None,
        error: Json | None = None,
        progress: Json | None = None,
        events: Sequence[Event] = (),
    ) -> None: ...

    async def wait_until(self, not_before: str, *, progress: Json | None = None, error: Json | None = None) -> None:
        """Gives the job back as queued until then; its state stays. The worker returns afterwards."""


class JobCancelled(Exception):
    """A person cancelled the job: clean up, `finish("cancelled")`."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    tenant_ids: tuple[TenantId, ...] | None = None
    kinds: tuple[JobKind, ...] = ()
    statuses: tuple[JobStatus, ...] = ()
    newest_first: bool = True
    after: str | None = None
    """Opaque cursor: the id of the last job seen."""
    limit: int = 100
    extra: Json = field(default_factory=dict)
