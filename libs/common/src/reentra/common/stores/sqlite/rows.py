"""The catalogue's values as SQL values and back."""

from operator import itemgetter
from typing import Any

import orjson

from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber
from reentra.common.stores.catalogue import ObjectVersion, Place, Removed, SegmentEntry, Snapshot, VersionRow
from reentra.common.stores.sqlite import checksums

Row = tuple[Any, ...]

VERSION_COLUMNS = (
    "v.object_id, v.first, v.last, v.removed, v.content_hash, n.segment, v.offset, v.length, v.line,"
    " v.display_name, v.facets, v.segment, v.checksum"
)
SNAPSHOT_COLUMNS = f"{checksums.SNAPSHOT_COLUMNS}, checksum"
SEGMENT_COLUMNS = "segment, object_type, ordinal, size, sha256, records"

_REMOVED: tuple[Removed | None, ...] = (None, "changed", "deleted", "absent")
_CODES = {"changed": 1, "deleted": 2, "absent": 3}


def encode_version(row: VersionRow, shelf: int, number: int, segment: int) -> Row:
    """Of a removal with one value more, at the end."""
    object_id, place, name = row.object_id, row.place, row.display_name
    offset, length, line, facets = place.offset, place.length, place.line, row.encoded_facets or None
    removed = _CODES[row.removed] if row.removed is not None else None
    packed = _pack_hash(row.content_hash)
    checksum = checksums.of_version(object_id, number, removed, packed, segment, offset, length, line, name, facets)
    # Python's sqlite3 looks for an adapter of each value that is None or bytes, but not of a bytearray.
    bound = bytearray(packed) if isinstance(packed, bytes) else packed
    values = (shelf, object_id, number, bound, segment, offset, length, line, name, row.search, facets, checksum)
    return values if removed is None else (*values, removed)


place_of = itemgetter(4, 5, 7)
"""Segment, offset and line of what `encode_version` gave."""


def decode_version(row: Row, object_type: ObjectTypeName, newest: int | None = None) -> ObjectVersion:
    """`newest` is the newest sealed snapshot: a version that only an open one has closed is still the newest.
    Raises Unreadable for a row that is not as it was written."""
    check_version(row, object_type)
    return version_in(row, object_type, newest)


def check_version(row: Row, object_type: ObjectTypeName) -> None:
    """Raises Unreadable."""
    object_id, first, _, removed, packed, _, offset, length, line, name, facets, key, checksum = row[:13]
    if checksum != checksums.of_version(object_id, first, removed, packed, key, offset, length, line, name, facets):
        raise _damaged(f"about the {object_type} {object_id}")


def version_in(row: Row, object_type: ObjectTypeName, newest: int | None = None) -> ObjectVersion:
    """Of a row that was checked."""
    object_id, first, last, removed, packed, segment, offset, length, line, name, facets = row[:11]
    if last is not None and newest is not None and last > newest:
        last = None
    return ObjectVersion(
        object_type=object_type,
        object_id=ObjectId(object_id),
        content_hash=_unpack_hash(packed),
        place=Place(SegmentId(segment), offset, length, line),
        removed=_REMOVED[removed or 0],
        display_name=name,
        facets=orjson.loads(facets) if facets else {},
        first=SnapshotNumber(first),
        last=None if last is None else SnapshotNumber(last),
    )


def decode_snapshot(row: Row) -> Snapshot:
    """Raises Unreadable for a row that is not as it was written."""
    tenant_id, number, status, result, job_id, started_at, sealed_at, types, key, sha256, stats, checksum = row
    if checksum != checksums.of_snapshot(*row[:-1]):
        raise _damaged(f"about snapshot {number} of tenant {tenant_id}")
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


def _damaged(what: str) -> Unreadable:
    return Unreadable(
        f"What the database says {what} is damaged and is not used. "
        "Stop Reentra and run `reentra rebuild`: it is made again from the stored objects."
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
