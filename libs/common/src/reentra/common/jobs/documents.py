"""A job as a document. Besides the fields of `Job` it holds what only the ledger needs:

- `runnable_at`: from when on it may be claimed (queued: at once or `not_before`; running: when its lease expires).
- `place`: its place in the queue; absent once it ended, so that claims look at unfinished jobs only.
- `owner`: who holds the lease. `key`: the active key, kept after `active_key` is given free, for a retry.
- `outbox`, `outbox_at`: see `common.jobs.outbox`.
"""

from datetime import datetime, timedelta

from reentra.common.clock import to_text
from reentra.common.ids import JobId, TenantId
from reentra.common.jobs.job import Job, JobStatus, NewJob
from reentra.common.jobs.outbox import OUTBOX_INDEX
from reentra.common.stores.documents import Above, Collection, Condition, Document, Index, Json

JOBS = Collection(
    "jobs",
    (
        Index(("active_key",), unique=True),
        Index(("place",)),
        Index(("created_at",)),
        Index(("tenant_id", "created_at")),
        OUTBOX_INDEX,
    ),
)
UNFINISHED: dict[str, Condition] = {"place": Above("")}

_STEP_BACK = timedelta(minutes=1)
_HIGHEST_PRIORITY = 500


def body_of(new: NewJob, *, created_at: str, runnable_at: datetime, waiting_of_tenant: int) -> Json:
    return {
        "kind": new.kind,
        "tenant_id": new.tenant_id,
        "status": "queued",
        "params": new.params,
        "state": {},
        "progress": {},
        "result": {},
        "error": None,
        "created_at": created_at,
        "created_by": new.created_by,
        "started_at": None,
        "ended_at": None,
        "not_before": new.not_before,
        "attempts": 0,
        "epoch": 0,
        "cancel_requested": False,
        "active_key": new.active_key,
        "key": new.active_key,
        "priority": new.priority,
        "place": place_in_queue(new.priority, runnable_at, waiting_of_tenant),
        "runnable_at": new.not_before or to_text(runnable_at),
        "owner": None,
    }


def place_in_queue(priority: int, since: datetime, waiting_of_tenant: int) -> str:
    """Sorts by priority, then by age; every job that the tenant has waiting already lets others, younger by a minute,
    go first. So a tenant with a thousand jobs neither blocks the others nor starves."""
    rank = _HIGHEST_PRIORITY - max(-_HIGHEST_PRIORITY, min(_HIGHEST_PRIORITY, priority))
    return f"{rank:04d} {to_text(since + waiting_of_tenant * _STEP_BACK)}"


def job_of(document: Document) -> Job:
    body = document.body
    return Job(
        id=JobId(document.id),
        kind=body["kind"],
        tenant_id=TenantId(body["tenant_id"]),
        status=body["status"],
        params=body["params"],
        state=body["state"],
        progress=body["progress"],
        result=body["result"],
        error=body["error"],
        created_at=body["created_at"],
        created_by=body["created_by"],
        started_at=body["started_at"],
        ended_at=body["ended_at"],
        not_before=body["not_before"],
        attempts=body["attempts"],
        epoch=body["epoch"],
        cancel_requested=body["cancel_requested"],
        active_key=body["key"],
    )


def ended(body: Json, status: JobStatus, *, ended_at: str, error: Json | None) -> Json:
    """Frees the active key and leaves the queue. The checkpoint has served its purpose."""
    return body | {
        "status": status,
        "error": error,
        "ended_at": ended_at,
        "state": {},
        "not_before": None,
        "active_key": None,
        "place": None,
        "runnable_at": None,
        "owner": None,
    }


def queued(body: Json, *, runnable_at: str, attempts: int) -> Json:
    """Given back: anybody may claim it from then on."""
    return body | {"status": "queued", "owner": None, "runnable_at": runnable_at, "attempts": attempts}
