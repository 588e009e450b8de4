"""Downloads: a job makes a ZIP of JSON; its content comes in ranges, with its SHA-256."""

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, Field

from reentra.common.directory.guids import canonical_id
from reentra.common.ids import JobId
from reentra.common.jobs.job import JobFilter
from reentra.gateway.domain.filters import facets_of
from reentra.gateway.domain.ranges import ByteRange, wanted_range
from reentra.gateway.operations.downloads import StoredArchive, archive_of
from reentra.gateway.operations.work import MOST_OBJECTS, Selection
from reentra.gateway.routes.body import Body
from reentra.gateway.routes.guard import GuardedRoute, asker_of, note
from reentra.gateway.routes.jobs import JobPath, JobView, job_view, listed_jobs
from reentra.gateway.routes.paging import Cursor, Limit, Listed
from reentra.gateway.routes.parts import Given
from reentra.gateway.routes.tenants import TenantPath, tenant_at

ObjectText = Annotated[str, Field(max_length=200), AfterValidator(canonical_id)]
"""An object's id, in any case."""


class SelectionBody(Body):
    """No types: the whole tenant. Ids need exactly one type; so do `search` and `filter`, which take all objects that
    such a list shows, instead of ids."""

    object_types: list[Annotated[str, Field(max_length=60)]] | None = Field(None, examples=[["user"]], max_length=200)
    ids: list[ObjectText] | None = Field(None, max_length=MOST_OBJECTS)
    snapshot: str = Field("latest", max_length=60, description="A number, `latest`, a date or a time.")

    search: str = Field("", max_length=200)
    filter: list[Annotated[str, Field(max_length=200)]] = Field([], max_length=10, examples=[["userType:Guest"]])

    def selection(self) -> Selection:
        types = tuple(self.object_types) if self.object_types is not None else None
        ids = tuple(self.ids) if self.ids is not None else None
        return Selection(types, ids, self.snapshot, self.search, facets_of(self.filter))


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1", tags=["downloads"])


@router.post("/tenants/{tenant_id}/downloads", summary="Make a ZIP of JSON", status_code=202)
async def create_download(parts: Given, request: Request, tenant_id: TenantPath, body: SelectionBody) -> JobView:
    tenant = await tenant_at(parts.tenants, tenant_id)
    job = await parts.work.create_download(tenant, body.selection(), asker_of(request))
    note(request, job=job.id, objects=len(body.ids) if body.ids else None)
    return job_view(job)


@router.get("/tenants/{tenant_id}/downloads", summary="Downloads of a tenant, newest first")
async def list_downloads(
    parts: Given, request: Request, tenant_id: TenantPath, cursor: Cursor = None, limit: Limit = 100
) -> Listed[JobView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    wanted = JobFilter(tenant_ids=(tenant.id,), kinds=("export",), limit=limit)
    return await listed_jobs(request, parts.work, wanted, cursor)


@router.get("/downloads/{job_id}", summary="One download; `result` has its size, SHA-256 and what is left out")
async def show_download(parts: Given, job_id: JobPath) -> JobView:
    return job_view(await parts.work.job(JobId(job_id), "export"))


@router.get(
    "/downloads/{job_id}/content",
    summary="The ZIP, whole or a range of it, also of a partial download",
    response_class=Response,
    responses={
        200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
        206: {
            "description": "The range that was asked for.",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
async def fetch_download(
    parts: Given,
    request: Request,
    job_id: JobPath,
    range: Annotated[str | None, Header()] = None,
    if_range: Annotated[str | None, Header()] = None,
) -> Response:
    job = await parts.work.job(JobId(job_id), "export")
    archive = archive_of(job)
    await parts.downloads.check(archive)
    same = if_range is None or if_range == f'"{archive.sha256}"'
    wanted = wanted_range(range, archive.size) if same else None
    note(request, tenant_id=job.tenant_id, start=wanted.start if wanted else None)
    return StreamingResponse(
        parts.downloads.bytes(archive, wanted),
        206 if wanted else 200,
        media_type="application/zip",
        headers=_headers(archive, wanted),
    )


def _headers(archive: StoredArchive, wanted: ByteRange | None) -> dict[str, str]:
    """`Repr-Digest` (RFC 9530) is of the whole ZIP, also with a range; so is X-Content-Sha256, in hex for people."""
    digest = b64encode(bytes.fromhex(archive.sha256)).decode()
    headers = {
        "Content-Length": str(wanted.length if wanted else archive.size),
        "Content-Disposition": f'attachment; filename="{archive.name}"',
        "Accept-Ranges": "bytes",
        "ETag": f'"{archive.sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "X-Content-Sha256": archive.sha256,
    }
    if wanted:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.end}/{archive.size}"
    return headers
