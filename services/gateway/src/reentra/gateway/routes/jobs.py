"""Jobs: starting backups, watching, cancelling, trying again."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from reentra.common.ids import JobId
from reentra.common.jobs.job import Job, JobFilter, JobKind, JobStatus
from reentra.gateway.domain.cursors import texts, to_cursor
from reentra.gateway.operations.work import Work
from reentra.gateway.routes.guard import GuardedRoute, Within, asker_of, note
from reentra.gateway.routes.paging import Cursor, Limit, Listed, next_link
from reentra.gateway.routes.parts import Given
from reentra.gateway.routes.tenants import TenantPath, tenant_at

JobPath = Annotated[str, Path(max_length=100)]


class JobError(BaseModel):
    code: str = Field(examples=["needs_consent"])
    message: str


class JobView(BaseModel):
    """`progress` moves while it runs; `result` is there when it ended. Both depend on `kind`."""

    id: str = Field(examples=["019ab1c0-0000-7000-8000-000000000001"])
    kind: JobKind = Field(examples=["backup"])
    tenant_id: str
    status: JobStatus = Field(examples=["running"])
    params: dict[str, Any]
    progress: dict[str, Any]
    result: dict[str, Any]
    error: JobError | None
    created_at: str
    created_by: str
    started_at: str | None
    ended_at: str | None
    not_before: str | None
    attempts: int
    cancel_requested: bool


def job_view(job: Job) -> JobView:
    names = JobView.model_fields.keys() - {"error"}
    error = JobError(code=job.error["code"], message=job.error["message"]) if job.error else None
    return JobView(error=error, **{name: getattr(job, name) for name in names})


async def listed_jobs(request: Request, work: Work, wanted: JobFilter, cursor: str | None) -> Listed[JobView]:
    after = texts(cursor, 1)
    found = await work.jobs(
        JobFilter(
            tenant_ids=wanted.tenant_ids,
            kinds=wanted.kinds,
            statuses=wanted.statuses,
            after=after[0] if after else None,
            limit=wanted.limit,
        )
    )
    link = next_link(request, to_cursor(found[-1].id)) if len(found) == wanted.limit else None
    return Listed(value=[job_view(job) for job in found], next_link=link)


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1", tags=["jobs"])


@router.post(
    "/tenants/{tenant_id}/backups",
    summary="Back up now; a backup that runs already is the answer (200)",
    status_code=202,
    responses={200: {"model": JobView}},
)
async def start_backup(parts: Given, request: Request, response: Response, tenant_id: TenantPath) -> JobView:
    tenant = await tenant_at(parts.tenants, tenant_id)
    job, is_new = await parts.work.start_backup(tenant, asker_of(request))
    response.status_code = 202 if is_new else 200
    note(request, job=job.id)
    return job_view(job)


@router.get("/jobs", summary="Jobs, newest first")
async def list_jobs(
    parts: Given,
    request: Request,
    within: Within,
    tenant: Annotated[str | None, Query(max_length=60, description="Tenant id.")] = None,
    kind: Annotated[list[JobKind], Query()] = [],  # noqa: B006 - FastAPI copies it
    status: Annotated[list[JobStatus], Query()] = [],  # noqa: B006
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Listed[JobView]:
    tenant_ids = within.chosen(tenant or None)
    wanted = JobFilter(tenant_ids=tenant_ids, kinds=tuple(kind), statuses=tuple(status), limit=limit)
    return await listed_jobs(request, parts.work, wanted, cursor)


@router.get("/jobs/{job_id}", summary="One job")
async def show_job(parts: Given, job_id: JobPath) -> JobView:
    return job_view(await parts.work.job(JobId(job_id)))


@router.post("/jobs/{job_id}/cancel", summary="Cancel a job", status_code=202)
async def cancel_job(parts: Given, request: Request, job_id: JobPath) -> JobView:
    job = await parts.work.cancel(JobId(job_id))
    note(request, tenant_id=job.tenant_id, kind=job.kind)
    return job_view(job)


@router.post("/jobs/{job_id}/retry", summary="The same request as a new job", status_code=202)
async def retry_job(parts: Given, request: Request, job_id: JobPath) -> JobView:
    job = await parts.work.retry(JobId(job_id), asker_of(request))
    note(request, tenant_id=job.tenant_id, job=job.id)
    return job_view(job)
