"""The catalogue's values as SQL values and back."""

from typing import Any

import orjson

from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber
from reentra.common.stores.catalogue import ObjectVersion, Place, Removed, SegmentEntry, Snapshot, VersionRow

Row = tuple[Any, ...]

VERSION_COLUMNS = (
    "v.object_id, v.first, v.last, v.removed, v.content_hash, n.segment, v.offset, v.length, v.line,"
    " v.display_name, v.facets"
)
SNAPSHOT_COLUMNS = (
    "tenant_id, number, status, result, job_id, started_at, sealed_at, types, manifest_key, manifest_sha256, stats"
)
SEGMENT_COLUMNS = "segment, object_type, ordinal, size, sha256, records"

_REMOVED: tuple[Removed | None, ...] = (None, "changed", "deleted", "absent")
_CODES = {"changed": 1, "deleted": 2, "absent": 3}


def encode_version(row: VersionRow, shelf: int, number: int, segment: int) -> Row:
    return (
        shelf,
        row.object_id,
        number,
        _CODES[row.removed] if row.removed is not None else None,
        _pack_hash(row.content_hash),
        segment,
        row.place.offset,
        row.place.length,
        row.place.line,
        row.display_name,
        row.search,
        orjson.dumps(dict(row.facets)).decode() if row.facets else None,
    )


def place_of(encoded: Row) -> tuple[int, int, int]:
    """Segment, offset and line of what `encode_version` gave."""
    return encoded[5], encoded[6], encoded[8]


def decode_version(row: Row, object_type: ObjectTypeName, newest: int | None = None) -> ObjectVersion:
    """`newest` is the newest sealed snapshot: a version that only an open one has closed is still the newest."""
    last = row[2]
    if last is not None and newest is not None and last > newest:
        last = None
    return ObjectVersion(
        object_type=object_type,
        object_id=ObjectId(row[0]),
        content_hash=_unpack_hash(row[4]),
        place=Place(SegmentId(row[5]), row[6], row[7], row[8]),
        removed=_REMOVED[row[3] or 0],
        display_name=row[9],
        facets=orjson.loads(row[10]) if row[10] else {},
        first=SnapshotNumber(row[1]),
        last=None if last is None else SnapshotNumber(last),
    )


def decode_snapshot(row: Row) -> Snapshot:
    tenant_id, number, status, result, job_id, started_at, sealed_at, types, key, sha256, stats = row
    return Snapshot(
        tenant_id=tenant_id,
        number=number,
        status=status,
        result=result,
        job_id=job_id,
        started_at=started_at,
        sealed_at=sealed_at,
        types=orjson.loads(types),
        manifest_key=key,
        manifest_sha256=sha256,
        stats=orjson.loads(stats),
    )


def decode_segment(row: Row) -> SegmentEntry:
    return SegmentEntry(*row)


def _pack_hash(content_hash: str) -> bytes | str:
    """Hex at half its size. Whatever would not come back the same stays text."""
    try:
        packed = bytes.fromhex(content_hash)
    except ValueError:
        return content_hash
    return packed if packed.hex() == content_hash else content_hash


def _unpack_hash(stored: bytes | str) -> str:
    return stored.hex() if isinstance(stored, bytes) else stored
