"""Asking for work: every command becomes a job document. Nothing here waits for a job to run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from reentra.common.clock import Clock
from reentra.common.errors import Conflict, NotFound, Rejected
from reentra.common.events.envelope import Event
from reentra.common.events.gateway import JobChanged
from reentra.common.ids import JobId, TenantId
from reentra.common.jobs.identity import new_job_id
from reentra.common.jobs.job import FINISHED, Job, JobFilter, JobKind, NewJob
from reentra.common.stores.documents import Json
from reentra.common.stores.restores import UNDO_OF, RestorePlan
from reentra.common.stores.tenants import Tenant
from reentra.gateway.operations.browse import Browse, Listing

MOST_OBJECTS = 10_000
"""Named one by one in a job."""
_MOST_RUNNING = 1000
_PERSON_PRIORITY = 10
"""Somebody waits for it; a schedule does not."""


class Ledger(Protocol):
    """`common.jobs.ledger.Jobs`."""

    async def submit(self, new: NewJob, *, events: Sequence[Event] = ()) -> Job: ...

    async def retry(self, job_id: JobId, created_by: str) -> Job: ...

    async def request_cancel(self, job_id: JobId, *, events: Sequence[Event] = ()) -> Job: ...

    async def get(self, job_id: JobId) -> Job: ...

    async def list(self, wanted: JobFilter) -> Sequence[Job]: ...


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of which snapshot. No types: everything. Ids need exactly one type, and so does what a search and
    filters find."""

    object_types: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    snapshot: str = "latest"
    search: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_found(self) -> bool:
        return bool(self.search.strip() or self.facets)


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the selected objects is restored, by Graph's names of properties and relationships. `names` None: all;
    `of`: for single objects, by id, instead of `names`."""

    names: tuple[str, ...] | None = None
    of: Mapping[str, tuple[str, ...]] | None = None


_CALLED = {"export": ("download", "download"), "restore_apply": ("restore or restore plan", "jobs")}
"""How people call jobs of a kind, and the command that lists them."""
_LOST = (
    " Restores of before a `reentra rebuild` cannot be undone: their ledger was lost with the database. Plan a restore "
    "to an older snapshot instead."
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and the job id that follows from an Idempotency-Key, if one was sent."""

    name: str
    job_id: JobId | None = None


class Work:
    def __init__(self, ledger: Ledger, browse: Browse, clock: Clock) -> None:
        self._ledger = ledger
        self._browse = browse
        self._clock = clock

    async def start_backup(self, tenant: Tenant, asker: Asker) -> tuple[Job, bool]:
        """The job, and whether it is new: a backup that is queued or running already is the answer."""
        if tenant.state == "needs_activation":
            raise Rejected(f"{tenant.name} is not activated yet. Sign in with Microsoft on New Tenants first.")
        key = f"backup:{tenant.id}"
        try:
            return await self._submit("backup", tenant.id, {}, asker, active_key=key), True
        except Conflict as conflict:
            running = conflict.fields.get("job_id")
            if not isinstance(running, str):
                raise
            return await self._ledger.get(JobId(running)), False

    async def create_download(self, tenant: Tenant, wanted: Selection, asker: Asker) -> Job:
        return await self._of_selection("export", tenant, wanted, asker, {})

    async def plan_restore(
        self, tenant: Tenant, wanted: Selection, manner: Mapping[str, str], choice: Choice, asker: Asker
    ) -> Job:
        """`manner`: how the restore is to go about it, by the names that the restorer knows."""
        selected = {object_id.lower() for object_id in wanted.ids or ()}
        if stranger := next((one for one in choice.of or () if one.lower() not in selected), None):
            raise Rejected(f"{stranger[:100]!r} is given a choice of its own but is not among the ids.")
        params: Json = dict(manner)
        if choice.names is not None:
            params["only"] = list(choice.names)
        if choice.of:
            params["only_of"] = {one: list(names) for one, names in choice.of.items()}
        return await self._of_selection("restore_plan", tenant, wanted, asker, params)

    async def apply_restore(self, plan: RestorePlan, name: str | None, asker: Asker) -> Job:
        """One at a time per plan; the job of a running one is a Conflict that names it. `name`: of the object, where
        it is one. Besides the plan's id the job tells what is restored, so that lists need not open every plan."""
        params: Json = {
            "plan_id": plan.id,
            "snapshot": plan.snapshot,
            "object_types": sorted(plan.counts.get("types", {})),
            "objects": plan.counts.get("objects"),
            "display_name": name,
            "undoes": plan.selection.get("restore") if plan.undo_of else None,
        }
        key = f"restore_apply:{plan.id}"
        return await self._submit("restore_apply", plan.tenant_id, params, asker, active_key=key)

    async def plan_undo(self, restore: Job, asker: Asker) -> Job:
        """Of a restore that is over, however it ended. Raises Conflict while its plan is being applied."""
        plan_id = str(restore.params["plan_id"])
        wanted = JobFilter((restore.tenant_id,), ("restore_apply",), ("queued", "running"), limit=_MOST_RUNNING)
        running = [job for job in await self._ledger.list(wanted) if job.params.get("plan_id") == plan_id]
        if running or restore.status not in FINISHED:
            raise Conflict(f"Restore {restore.id} is not over yet. Wait for its end or cancel it, then undo it.")
        params: Json = {UNDO_OF: plan_id, "restore": restore.id}
        return await self._submit("restore_plan", restore.tenant_id, params, asker)

    async def cancel(self, job_id: JobId) -> Job:
        job = await self._ledger.get(job_id)
        if job.status in FINISHED:
            raise Conflict(f"Job {job_id} is over already ({job.status}); there is nothing to cancel.")
        event = JobChanged(tenant_id=job.tenant_id, job_id=job.id, kind=job.kind, status="cancelling")
        return await self._ledger.request_cancel(job_id, events=[event])

    async def retry(self, job_id: JobId, asker: Asker) -> Job:
        return await self._ledger.retry(job_id, asker.name)

    async def job(self, job_id: JobId, *kinds: JobKind) -> Job:
        """Raises NotFound, also for a job of another kind."""
        try:
            job = await self._ledger.get(job_id)
        except NotFound:
            raise _missing(job_id, kinds) from None
        if kinds and job.kind not in kinds:
            raise _missing(job_id, kinds)
        return job

    async def jobs(self, wanted: JobFilter) -> Sequence[Job]:
        return await self._ledger.list(wanted)

    async def _of_selection(self, kind: JobKind, tenant: Tenant, wanted: Selection, asker: Asker, more: Json) -> Job:
        """Checked while somebody is there to read the answer, not minutes later in a worker."""
        if wanted.object_types is not None and not wanted.object_types:
            raise Rejected("The list of object types is empty. Leave it out to take all types.")
        if wanted.ids is not None and not wanted.ids:
            raise Rejected("The list of ids is empty. Leave it out to take all objects.")
        if wanted.ids is not None and len(wanted.object_types or ()) != 1:
            raise Rejected("Ids need exactly one object type beside them.")
        snapshot = await self._browse.snapshot(tenant.id, wanted.snapshot)
        ids: Sequence[str] | None = wanted.ids
        if wanted.is_found:
            ids = await self._found(tenant, wanted, str(snapshot.number))
        names = await self._browse.check_objects(tenant.id, wanted.object_types, wanted.ids, snapshot)
        params: Json = {
            "object_types": names,
            "ids": list(dict.fromkeys(ids)) if ids else None,
            "snapshot": int(snapshot.number),
            **more,
        }
        return await self._submit(kind, tenant.id, params, asker)

    async def _found(self, tenant: Tenant, wanted: Selection, snapshot: str) -> Sequence[str]:
        if wanted.ids is not None or len(wanted.object_types or ()) != 1:
            raise Rejected("A search or a filter needs exactly one object type beside it, and no ids.")
        (name,) = wanted.object_types or ()
        listing = Listing(name, snapshot, wanted.search, facets=wanted.facets)
        return await self._browse.matching(tenant.id, listing, MOST_OBJECTS)

    async def _submit(
        self,
        kind: JobKind,
        tenant_id: TenantId,
        params: Json,
        asker: Asker,
        *,
        active_key: str | None = None,
    ) -> Job:
        job_id = asker.job_id or new_job_id(self._clock.now())
        new = NewJob(
            kind=kind,
            tenant_id=tenant_id,
            params=params,
            created_by=asker.name,
            active_key=active_key,
            priority=_PERSON_PRIORITY,
            id=job_id,
        )
        try:
            event = JobChanged(tenant_id=tenant_id, job_id=job_id, kind=kind, status="queued")
            return await self._ledger.submit(new, events=[event])
        except Conflict as conflict:
            if conflict.fields.get("job_id") == asker.job_id:
                return await self._ledger.get(job_id)
            raise


def _missing(job_id: str, kinds: Sequence[JobKind]) -> NotFound:
    called, listed = _CALLED.get(kinds[0] if kinds else "", ("job", "jobs"))
    lost = _LOST if tuple(kinds[:1]) == ("restore_apply",) else ""
    return NotFound(f"There is no {called} {job_id[:100]!r}. `reentra {listed} list` shows what there is.{lost}")
