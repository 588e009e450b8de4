"""Objects as they were backed up: lists, one object, its history, its JSON."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field

from reentra.common.directory.guids import canonical_id
from reentra.common.ids import ObjectId, SnapshotNumber
from reentra.common.stores.catalogue import ObjectVersion
from reentra.gateway.domain.bins import is_in_bin
from reentra.gateway.domain.cursors import texts, to_cursor
from reentra.gateway.domain.filters import facets_of
from reentra.gateway.operations.browse import HistoryEntry, Listing, as_graph
from reentra.gateway.routes.guard import GuardedRoute
from reentra.gateway.routes.paging import Cursor, Limit, Listed, next_link
from reentra.gateway.routes.parts import Given
from reentra.gateway.routes.snapshots import SnapshotQuery
from reentra.gateway.routes.tenants import TenantPath, tenant_at

TypePath = Annotated[str, Path(examples=["user"], max_length=60)]
ObjectPath = Annotated[str, Path(max_length=200), AfterValidator(canonical_id)]


FilterQuery = Annotated[
    Sequence[Annotated[str, Field(max_length=200)]],
    Query(
        max_length=10,
        examples=[["userType:Guest"], ["kind:security", "membership:dynamic"]],
        description="`facet:value`, exactly; all must fit. What there is: `/types/{object_type}/filters`. "
        "An unknown facet or value is refused, and the answer names the known ones. Of applications and service "
        "principals also `credentialsEnd:ended`, or `credentialsEnd:30`: a secret or certificate that ends in as many "
        "days from now; such pages may be short, or empty, before the last.",
    ),
]


class ObjectView(BaseModel):
    object_type: str = Field(examples=["user"])
    id: str
    display_name: str = Field(examples=["Ada Lovelace"])
    removed: str | None = Field(description="changed: in the recycle bin; deleted: gone for good; absent: not listed.")
    first_snapshot: int = Field(description="Since which snapshot it is like this.")
    last_snapshot: int | None = Field(description="null: until today.")
    facets: dict[str, str] = Field(examples=[{"userPrincipalName": "ada@contoso.example"}])
    kept_until: str | None = Field(None, description="Of a removed object: in the recycle bin until then at least.")


class LinkedName(BaseModel):
    object_type: str = Field(examples=["user"])
    display_name: str = Field(examples=["Ada Lovelace"])
    removed: str | None


class ObjectDetail(ObjectView):
    """`properties` and `relationships` under Graph's names. Of a removed object: as it was last."""

    properties: dict[str, Any]
    relationships: dict[str, list[dict[str, Any]]]
    names: dict[str, LinkedName] = Field(description="By id, of the first objects in `relationships`.")


class PropertyChangeView(BaseModel):
    name: str
    before: Any
    after: Any


class LinkChangeView(BaseModel):
    relationship: str
    added: list[dict[str, Any]]
    removed: list[dict[str, Any]]


class HistoryView(ObjectView):
    sealed_at: str | None
    properties: list[PropertyChangeView] = Field(description="What is different from the version before.")
    relationships: list[LinkChangeView]


router = APIRouter(route_class=GuardedRoute, prefix="/api/v1/tenants/{tenant_id}/objects", tags=["objects"])


@router.get("", summary="Objects of a type, by name")
async def list_objects(
    parts: Given,
    request: Request,
    tenant_id: TenantPath,
    type: Annotated[str, Query(examples=["user"], max_length=60)],
    snapshot: SnapshotQuery = "latest",
    search: Annotated[str, Query(max_length=200)] = "",
    deleted: Annotated[bool, Query(description="Removed objects instead.")] = False,
    filter: FilterQuery = (),
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Listed[ObjectView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    after = texts(cursor, 3)
    place = (after[0], ObjectId(after[1])) if after else None
    # The pages of one list show one snapshot, also when a newer one is sealed meanwhile.
    listing = Listing(type, after[2] if after else snapshot, search, deleted, facets_of(filter))
    page = await parts.browse.objects(tenant.id, listing, after=place, limit=limit)
    link = next_link(request, to_cursor(*page.after, str(page.snapshot.number))) if page.after else None
    ends = await parts.timeline.ends(tenant.id, page.versions)
    views = [ObjectView(**_fields(version), kept_until=_kept_until(version, ends)) for version in page.versions]
    return Listed(value=views, next_link=link)


@router.get("/{object_type}/{object_id}", summary="One object with its relationships")
async def show_object(
    parts: Given,
    tenant_id: TenantPath,
    object_type: TypePath,
    object_id: ObjectPath,
    snapshot: SnapshotQuery = "latest",
) -> ObjectDetail:
    tenant = await tenant_at(parts.tenants, tenant_id)
    version = await parts.browse.version(tenant.id, object_type, object_id, snapshot)
    record = await parts.browse.record(tenant.id, version)
    names = await parts.browse.names(tenant.id, record, snapshot)
    ends = await parts.timeline.ends(tenant.id, [version])
    return ObjectDetail(
        **_fields(version),
        kept_until=_kept_until(version, ends),
        properties=record.properties,
        relationships=record.links,
        names={id: LinkedName(**_name(linked)) for id, linked in names.items()},
    )


@router.get("/{object_type}/{object_id}/history", summary="Every version of an object, oldest first")
async def show_history(
    parts: Given, tenant_id: TenantPath, object_type: TypePath, object_id: ObjectPath
) -> Listed[HistoryView]:
    tenant = await tenant_at(parts.tenants, tenant_id)
    entries = await parts.browse.history(tenant.id, object_type, object_id)
    return Listed(value=[_history(entry) for entry in entries], next_link=None)


@router.get("/{object_type}/{object_id}/raw", summary="The object's JSON as downloads have it")
async def show_raw(
    parts: Given,
    tenant_id: TenantPath,
    object_type: TypePath,
    object_id: ObjectPath,
    snapshot: SnapshotQuery = "latest",
) -> Response:
    tenant = await tenant_at(parts.tenants, tenant_id)
    version = await parts.browse.version(tenant.id, object_type, object_id, snapshot)
    record = await parts.browse.record(tenant.id, version)
    text = orjson.dumps(as_graph(record), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return Response(text, media_type="application/json")


def _fields(version: ObjectVersion) -> dict[str, Any]:
    return {
        "object_type": version.object_type,
        "id": version.object_id,
        "display_name": version.display_name,
        "removed": version.removed,
        "first_snapshot": version.first,
        "last_snapshot": version.last - 1 if version.last is not None else None,
        "facets": {name: value for name, value in version.facets.items() if not name.startswith("#")},
    }


def _kept_until(version: ObjectVersion, ends: Mapping[SnapshotNumber, str]) -> str | None:
    return ends.get(version.first) if is_in_bin(version) else None


def _name(version: ObjectVersion) -> dict[str, Any]:
    return {
        "object_type": version.object_type,
        "display_name": version.display_name,
        "removed": version.removed,
    }


def _history(entry: HistoryEntry) -> HistoryView:
    found = entry.difference
    return HistoryView(
        **_fields(entry.version),
        sealed_at=entry.sealed_at,
        properties=[
            PropertyChangeView(name=change.name, before=change.before, after=change.after)
            for change in (found.properties if found else ())
        ],
        relationships=[
            LinkChangeView(relationship=change.relationship, added=list(change.added), removed=list(change.removed))
            for change in (found.links if found else ())
        ],
    )
