"""The catalogue's collections, and its values as documents and back.

- `catalogue_tenants`: the last number given out, and the object types ever sealed.
- `catalogue_snapshots`: one per number. `active` while it is open or being sealed: at most one of a tenant is.
- `catalogue_batches`: what was staged, a document per call, each naming the one before it; the snapshot names the last.
- `catalogue_versions`: the versions of sealed snapshots, and of the one that is being sealed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.collection import AsyncCollection

from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import ObjectVersion, Place, SegmentEntry, Snapshot, VersionRow
from reentra.common.stores.mongo import checksums
from reentra.common.stores.mongo.driver import Database

Stored = AsyncCollection[dict[str, Any]]
Fields = Mapping[str, Any]

SEALING = "sealing"
"""Committed, but its versions are still being written; to readers it is open."""
_STATES = {("open", True, False), (SEALING, True, True), ("sealed", False, True), ("abandoned", False, False)}
"""Status, whether it is active, whether it was told what it consists of."""


@dataclass(frozen=True, slots=True)
class Tables:
    database: Database
    prepared: set[str] = field(default_factory=set)

    @property
    def tenants(self) -> Stored:
        return self.database["catalogue_tenants"]

    @property
    def snapshots(self) -> Stored:
        return self.database["catalogue_snapshots"]

    @property
    def batches(self) -> Stored:
        return self.database["catalogue_batches"]

    @property
    def versions(self) -> Stored:
        return self.database["catalogue_versions"]

    async def prepare(self) -> None:
        """Once per process."""
        if self.prepared:
            return
        await self.snapshots.create_indexes(
            [
                IndexModel([("tenant", ASCENDING), ("number", DESCENDING)], name="by_number", unique=True),
                IndexModel(
                    [("tenant", ASCENDING)],
                    name="one_active",
                    unique=True,
                    partialFilterExpression={"active": True},
                ),
            ]
        )
        await self.batches.create_indexes(
            [
                _ascending("by_key", "tenant", "number", "rows.key"),
                _ascending("by_number", "tenant", "number"),
            ]
        )
        await self.versions.create_indexes(
            [
                _ascending("by_object", "tenant", "type", "object_id", "first"),
                _ascending("by_name", "tenant", "type", "live", "name", "object_id"),
                _ascending("by_first", "tenant", "first", "type", "object_id"),
                _ascending("by_change", "tenant", "type", "first"),
                _ascending("by_place", "tenant", "type", "live", "segment", "offset", "line", "object_id"),
            ]
        )
        self.prepared.add("indexes")


def _ascending(name: str, *fields: str) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields], name=name)


def staged_key(object_type: ObjectTypeName, object_id: ObjectId) -> str:
    return f"{object_type}/{object_id}"


def staged_row(tenant_id: TenantId, number: SnapshotNumber, row: VersionRow) -> dict[str, Any]:
    """With the checksum of the version that it becomes."""
    fields = {
        "key": staged_key(row.object_type, row.object_id),
        "type": row.object_type,
        "object_id": row.object_id,
        "live": row.removed is None,
        "removed": row.removed,
        "hash": row.content_hash,
        "segment": row.place.segment,
        "offset": row.place.offset,
        "length": row.place.length,
        "line": row.place.line,
        "name": row.display_name,
        "search": row.search,
        # Facets' names are not ours, so they are values here.
        "facets": [[name, value] for name, value in row.named_facets.items()],
    }
    return {**fields, "checksum": checksums.of_version(tenant_id, number, fields)}


def version_document(tenant_id: TenantId, number: int, row: Fields) -> dict[str, Any]:
    """Its id says what it is, so that writing it twice is once."""
    own = {name: value for name, value in row.items() if name != "key"}
    return {"_id": f"{tenant_id}/{row['key']}/{number}", "tenant": tenant_id, "first": number, "last": None, **own}


def decode_version(stored: Fields, newest: int | None = None) -> ObjectVersion:
    """`newest` is the newest sealed snapshot: a version that only the one being sealed has closed is the newest.
    Raises Unreadable for a row that is not as it was written."""
    if not checksums.is_version(stored):
        raise damaged(f"about the {stored.get('type')} {str(stored.get('object_id'))[:64]}")
    last = stored["last"]
    if last is not None and newest is not None and last > newest:
        last = None
    return ObjectVersion(
        object_type=ObjectTypeName(stored["type"]),
        object_id=ObjectId(stored["object_id"]),
        content_hash=stored["hash"],
        place=Place(SegmentId(stored["segment"]), stored["offset"], stored["length"], stored["line"]),
        removed=stored["removed"],
        display_name=stored["name"],
        facets=dict(stored["facets"]),
        first=SnapshotNumber(stored["first"]),
        last=None if last is None else SnapshotNumber(last),
    )


def decode_snapshot(stored: Fields) -> Snapshot:
    """Raises Unreadable for a row that is not as it was written."""
    if not checksums.is_snapshot(stored) or contradicts_itself(stored):
        raise damaged(f"about snapshot {stored.get('number')} of tenant {stored.get('tenant')}")
    is_sealing = stored["status"] == SEALING
    return Snapshot(
        tenant_id=TenantId(stored["tenant"]),
        number=SnapshotNumber(stored["number"]),
        status="open" if is_sealing else stored["status"],
        result=None if is_sealing else stored.get("result"),
        job_id=stored["job_id"],
        started_at=stored["started_at"],
        sealed_at=None if is_sealing else stored.get("sealed_at"),
        types=stored.get("types", {}),
        manifest_key=None if is_sealing else stored.get("manifest_key"),
        manifest_sha256=None if is_sealing else stored.get("manifest_sha256"),
        stats=stored.get("stats", {}),
    )


def contradicts_itself(snapshot: Fields) -> bool:
    return (snapshot.get("status"), bool(snapshot.get("active")), "types" in snapshot) not in _STATES


def damaged(what: str) -> Unreadable:
    return Unreadable(
        f"What the database says {what} is damaged and is not used. "
        "Stop Reentra and run `reentra rebuild`: it is made again from the stored objects."
    )


def segment_document(segment: SegmentEntry) -> dict[str, Any]:
    return {name: getattr(segment, name) for name in SegmentEntry.__dataclass_fields__}


def decode_segment(stored: Fields) -> SegmentEntry:
    return SegmentEntry(**stored)
