"""A tenant over time: what each backup found, and what lies in the recycle bin."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from reentra.common.directory.catalog import CATALOG
from reentra.common.ids import ObjectId, SnapshotNumber
from reentra.gateway.domain.cursors import number, numbered_texts, to_cursor
from reentra.gateway.domain.moments import text_of
from reentra.gateway.operations.timeline import Binned, Moment, Position
from reentra.gateway.routes.guard import GuardedRoute
from reentra.gateway.routes.paging import Cursor, Limit, Listed, next_link
from reentra.gateway.routes.parts import Given
from reentra.gateway.routes.snapshots import SnapshotQuery
from reentra.gateway.routes.tenants import TenantPath, tenant_at

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Time = Annotated[AwareDatetime, Query(examples=["2026-11-01T00:00:00Z"])]


class MomentView(BaseModel):
    number: int = Field(examples=[7])
    sealed_at: str
    result: Literal["complete", "partial", "suspicious"] | None
    added: int
    changed: int
    removed: int


class BinnedView(BaseModel):
    object_type: str = Field(examples=["user"])
    label: str = Field(examples=["User"])
    id: str
    display_name: str
    found_removed_at: str | None = Field(description="By the first backup that missed it.")
    kept_until: str | None = Field(description="The recycle bin keeps it until then at least.")


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1/tenants/{tenant_id}", tags=["snapshots"])


@router.get("/timeline", summary="What each backup found new, changed and removed, newest first")
async def list_moments(
    parts: Given,
    request: Request,
    tenant_id: TenantPath,
    since: Time = _BEGINNING,
    until: Annotated[AwareDatetime | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Listed[MomentView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    before = number(cursor)
    if before is None and until is not None:
        newest = await parts.browse.snapshot_at(tenant.id, text_of(until))
        before = int(newest.number) + 1 if newest else 0
    start = SnapshotNumber(before) if before is not None else None
    found = await parts.timeline.moments(tenant.id, since=text_of(since), before=start, limit=limit)
    link = next_link(request, to_cursor(int(found[-1].snapshot.number))) if len(found) == limit else None
    return Listed(value=[_moment(one) for one in found], next_link=link)


@router.get("/recycle-bin", summary="Removed objects that can still be taken out of the recycle bin")
async def list_recycle_bin(
    parts: Given,
    request: Request,
    tenant_id: TenantPath,
    snapshot: SnapshotQuery = "latest",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Listed[BinnedView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    after = numbered_texts(cursor, 3)
    place: Position | None = None
    if after:
        first, (type_name, object_id, snapshot) = after  # the pages of one list show one snapshot
        place = (first, type_name, ObjectId(object_id))
    chosen = await parts.browse.snapshot(tenant.id, snapshot)
    latest = await parts.browse.latest(tenant.id)
    is_latest = latest is not None and latest.number == chosen.number
    found = await parts.timeline.recycle_bin(tenant.id, chosen, is_latest=is_latest, after=place, limit=limit)
    link = None
    if len(found) == limit:
        last = found[-1].version
        cursor = to_cursor(int(last.first), last.object_type, last.object_id, str(chosen.number))
        link = next_link(request, cursor)
    return Listed(value=[_binned(one) for one in found], next_link=link)


def _moment(one: Moment) -> MomentView:
    return MomentView(
        number=one.snapshot.number,
        sealed_at=one.snapshot.sealed_at or "",
        result=one.snapshot.result,
        added=one.added,
        changed=one.changed,
        removed=one.removed,
    )


def _binned(one: Binned) -> BinnedView:
    return BinnedView(
        object_type=one.version.object_type,
        label=CATALOG[one.version.object_type].label,
        id=one.version.object_id,
        display_name=one.version.display_name,
        found_removed_at=one.found_at,
        kept_until=one.kept_until,
    )
