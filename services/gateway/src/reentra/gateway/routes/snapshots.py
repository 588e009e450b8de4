"""Snapshots: what each backup holds and what it found to be different."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from reentra.common.directory.catalog import CATALOG, ObjectType
from reentra.common.ids import ObjectId, SnapshotNumber
from reentra.common.stores.catalogue import ObjectVersion, Snapshot
from reentra.gateway.domain.cursors import number, texts, to_cursor
from reentra.gateway.domain.endings import ENDING, OFFERED
from reentra.gateway.routes.guard import GuardedRoute
from reentra.gateway.routes.paging import Cursor, Limit, Listed, next_link
from reentra.gateway.routes.parts import Given
from reentra.gateway.routes.tenants import TenantPath, tenant_at

SnapshotPath = Annotated[str, Path(description="A number, `latest`, a date or a time.", max_length=60)]
SnapshotQuery = Annotated[str, Query(description="A number, `latest`, a date or a time.", max_length=60)]


class SnapshotView(BaseModel):
    number: int = Field(examples=[7])
    result: Literal["complete", "partial", "suspicious"] | None
    started_at: str
    sealed_at: str | None
    job_id: str
    types: dict[str, Any] = Field(
        description="Per object type: status, reason, mode, objects, added, changed, removed."
    )
    stats: dict[str, Any]
    manifest_sha256: str | None


class TypeView(BaseModel):
    object_type: str = Field(examples=["user"])
    label: str = Field(examples=["Users"])
    objects: int
    removed: int = Field(description="Removed objects that the snapshot still knows.")
    status: str | None = Field(None, examples=["done"])
    reason: str | None = None
    has_recycle_bin: bool
    facets: list[str] = Field(description="What lists show of an object.")
    filters: dict[str, list[str]] = Field(
        description="Facets to filter by, with the values that are documented. Which of them are there: `filters`."
    )
    last_change_snapshot: int | None = Field(description="The newest one up to this that found a change.")
    last_change_at: str | None


class FilterValueView(BaseModel):
    value: str = Field(examples=["security"])
    objects: int = Field(description="In the whole snapshot, whatever else is searched for.")


class FilterView(BaseModel):
    facet: str = Field(examples=["kind"])
    values: list[FilterValueView]
    earlier: int = Field(
        description="Objects listed by an earlier version of Reentra, which did not know this facet. While there are "
        "any, filtering by it is refused; `reentra rebuild` lists them anew."
    )


class ChangeView(BaseModel):
    object_type: str
    id: str
    display_name: str
    change: Literal["added", "changed", "removed", "deleted"] = Field(
        description="removed: in the recycle bin, or no longer listed; deleted: gone for good."
    )


def snapshot_view(snapshot: Snapshot) -> SnapshotView:
    return SnapshotView(**{name: getattr(snapshot, name) for name in SnapshotView.model_fields})


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1/tenants/{tenant_id}", tags=["snapshots"])


@router.get("/snapshots", summary="Snapshots, newest first")
async def list_snapshots(
    parts: Given, request: Request, tenant_id: TenantPath, cursor: Cursor = None, limit: Limit = 100
) -> Listed[SnapshotView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    before = number(cursor)
    found = await parts.browse.snapshots(
        tenant.id, before=SnapshotNumber(before) if before is not None else None, limit=limit
    )
    link = next_link(request, to_cursor(int(found[-1].number))) if len(found) == limit else None
    return Listed(value=[snapshot_view(snapshot) for snapshot in found], next_link=link)


@router.get("/snapshots/{snapshot}", summary="One snapshot")
async def show_snapshot(parts: Given, tenant_id: TenantPath, snapshot: SnapshotPath) -> SnapshotView:
    tenant = await tenant_at(parts.tenants, tenant_id)
    return snapshot_view(await parts.browse.snapshot(tenant.id, snapshot))


@router.get("/snapshots/{snapshot}/changes", summary="What this backup found new, changed or removed")
async def list_changes(
    parts: Given,
    request: Request,
    tenant_id: TenantPath,
    snapshot: SnapshotPath,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Listed[ChangeView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    after = texts(cursor, 2)
    place = (after[0], ObjectId(after[1])) if after else None
    _, found = await parts.browse.changes(tenant.id, snapshot, after=place, limit=limit)
    known = await parts.browse.existed_before(tenant.id, found)
    link = None
    if len(found) == limit:
        link = next_link(request, to_cursor(found[-1].object_type, found[-1].object_id))
    return Listed(value=[_change(version, version.object_id in known) for version in found], next_link=link)


@router.get("/types", summary="Object types with their counts")
async def list_types(parts: Given, tenant_id: TenantPath, snapshot: SnapshotQuery = "latest") -> Listed[TypeView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    chosen = await parts.browse.snapshot(tenant.id, snapshot)
    counts = await parts.browse.types(tenant.id, chosen)
    changes = await parts.timeline.last_changes(tenant.id, chosen.number)
    rows = []
    for name, count in counts.items():
        outcome = chosen.types.get(name) or {}
        last = changes.get(name)
        rows.append(
            TypeView(
                object_type=name,
                label=CATALOG[name].labels,
                objects=count.live,
                removed=count.removed,
                status=outcome.get("status"),
                reason=outcome.get("reason") or None,
                has_recycle_bin=CATALOG[name].soft_delete,
                facets=list(CATALOG[name].shown),
                filters={facet: list(values) for facet, values in _filters_of(CATALOG[name]).items()},
                last_change_snapshot=last.number if last else None,
                last_change_at=last.sealed_at if last else None,
            )
        )
    return Listed(value=rows, next_link=None)


@router.get("/types/{object_type}/filters", summary="By what objects of a type can be filtered, with counts")
async def list_filters(
    parts: Given,
    tenant_id: TenantPath,
    object_type: Annotated[str, Path(examples=["group"], max_length=60)],
    snapshot: SnapshotQuery = "latest",
    deleted: Annotated[bool, Query(description="Of removed objects instead.")] = False,
) -> Listed[FilterView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    found = await parts.browse.filters(tenant.id, object_type, snapshot, removed=deleted)
    views = [FilterView(facet=one.facet, values=_values(one.objects), earlier=one.earlier) for one in found]
    return Listed(value=views, next_link=None)


def _values(objects: Mapping[str, int]) -> list[FilterValueView]:
    return [FilterValueView(value=value, objects=count) for value, count in objects.items()]


def _change(version: ObjectVersion, existed: bool) -> ChangeView:
    change: Literal["added", "changed", "removed", "deleted"]
    if version.removed is not None:
        change = "deleted" if version.removed == "deleted" else "removed"
    else:
        change = "changed" if existed else "added"
    return ChangeView(
        object_type=version.object_type, id=version.object_id, display_name=version.display_name, change=change
    )


def _filters_of(row: ObjectType) -> Mapping[str, Sequence[str]]:
    return {**row.filterable, **({ENDING: OFFERED} if row.endings else {})}
