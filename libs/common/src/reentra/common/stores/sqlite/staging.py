"""Writing the catalogue: everything here runs inside one write transaction.

At most one snapshot per tenant is open. Its epoch is the highest a writer came with: a worker that lost its lease comes
with a lower one and is turned away (Stale), so nothing of it can end up behind its successor's segments.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import orjson

from reentra.common.errors import Conflict, Stale
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import SegmentEntry, Snapshot, VersionRow
from reentra.common.stores.sqlite import checksums
from reentra.common.stores.sqlite.listing import has_earlier, unlist
from reentra.common.stores.sqlite.rows import encode_version, place_of

# Replaced rows go to the end, so that rows lie in the order of their places.
_INSERT = """
INSERT OR REPLACE INTO versions
    (shelf, object_id, first, content_hash, segment, offset, length, line, display_name, search, facets, checksum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_REMOVAL = _INSERT.replace("checksum)", "checksum, removed)").replace("VALUES (", "VALUES (?, ")
_CLOSE = """
UPDATE versions SET last = :number
WHERE shelf = :shelf AND last IS NULL AND first < :number AND object_id IN (SELECT value FROM json_each(:ids))
"""
_REOPEN = """
UPDATE versions SET last = NULL
WHERE shelf = :shelf AND last = :number
  AND object_id IN (
      SELECT object_id FROM versions INDEXED BY versions_by_first WHERE shelf = :shelf AND first = :number)
"""
_SEGMENT = """
INSERT INTO segments (tenant_id, number, segment, object_type, ordinal, sequence, size, sha256, records)
SELECT :tenant_id, :number, :segment, :object_type, :ordinal, coalesce(max(sequence), 0) + 1, :size, :sha256, :records
FROM segments WHERE tenant_id = :tenant_id AND number = :number
ON CONFLICT (tenant_id, number, segment) DO UPDATE SET
    ordinal = max(ordinal, excluded.ordinal), sequence = excluded.sequence
"""
_SEAL = """
UPDATE snapshots SET status = 'sealed', result = ?, sealed_at = ?, types = ?, manifest_key = ?, manifest_sha256 = ?,
    stats = ?
WHERE tenant_id = ? AND number = ? AND status = 'open' AND listed
"""


def begin(
    connection: sqlite3.Connection, tenant_id: TenantId, job_id: str, started_at: str, wanted: SnapshotNumber | None
) -> SnapshotNumber:
    opened = connection.execute(
        "SELECT number, job_id FROM snapshots WHERE tenant_id = ? AND status = 'open'", (tenant_id,)
    ).fetchall()
    for number, owner in opened:
        if owner == job_id and wanted in (None, number):
            return SnapshotNumber(number)
        abandon(connection, tenant_id, number)
    number = _next_number(connection, tenant_id, wanted)
    connection.execute(
        "INSERT INTO snapshots (tenant_id, number, status, job_id, epoch, started_at, types, stats)"
        " VALUES (?, ?, 'open', ?, 0, ?, '{}', '{}')",
        (tenant_id, number, job_id, started_at),
    )
    checksums.cover_snapshots(connection, tenant_id, number)
    return number


def stage(
    connection: sqlite3.Connection,
    tenant_id: TenantId,
    number: SnapshotNumber,
    epoch: int,
    segment: SegmentEntry | None,
    rows: Sequence[VersionRow],
    touched: Iterable[tuple[ObjectTypeName, ObjectId]],
) -> None:
    _enter(connection, tenant_id, number, epoch)
    if segment is not None:
        _record_segment(connection, tenant_id, number, segment)
    if rows:
        last_of_each = defaultdict[ObjectTypeName, dict[ObjectId, VersionRow]](dict)
        for row in rows:
            last_of_each[row.object_type][row.object_id] = row
        for object_type, last in last_of_each.items():
            _stage_rows(connection, tenant_id, number, object_type, last)
    marks = list(touched)
    if marks:
        shelves = _shelves(connection, tenant_id, {object_type for object_type, _ in marks})
        connection.executemany(
            "INSERT OR IGNORE INTO touched (shelf, number, object_id) VALUES (?, ?, ?)",
            [(shelves[object_type], number, object_id) for object_type, object_id in marks],
        )


def seal(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    """The flip, after `listing` has listed all."""
    key = (snapshot.tenant_id, snapshot.number)
    values = (
        snapshot.result,
        snapshot.sealed_at,
        orjson.dumps(snapshot.types).decode(),
        snapshot.manifest_key,
        snapshot.manifest_sha256,
        orjson.dumps(snapshot.stats).decode(),
    )
    if connection.execute(_SEAL, (*values, *key)).rowcount == 0:
        _require_same_manifest(connection, snapshot)
    else:
        checksums.cover_snapshots(connection, *key)
    _forget_touched(connection, *key)


def abandon(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber) -> None:
    """Abandoning twice, or what never was, is no error; a sealed snapshot stays (Stale)."""
    status = _status(connection, tenant_id, number)
    if status == "sealed":
        raise Stale(f"Snapshot {number} is sealed and cannot be abandoned.", number=number)
    if status != "open":
        return
    key = (tenant_id, number)
    unlist(connection, tenant_id, number)
    for shelf in _all_shelves(connection, tenant_id):
        connection.execute(_REOPEN, {"shelf": shelf, "number": number})
        connection.execute("DELETE FROM versions WHERE shelf = ? AND first = ?", (shelf, number))
    _forget_touched(connection, *key)
    connection.execute("DELETE FROM segments WHERE tenant_id = ? AND number = ?", key)
    connection.execute("UPDATE snapshots SET status = 'abandoned' WHERE tenant_id = ? AND number = ?", key)
    checksums.cover_snapshots(connection, *key)


def hide_tenant(connection: sqlite3.Connection, tenant_id: TenantId) -> None:
    """Its numbers stay taken: manifests under them may still lie in the object store."""
    for table in ("snapshots", "segments"):
        connection.execute(f"DELETE FROM {table} WHERE tenant_id = ?", (tenant_id,))  # noqa: S608


def forget_some(connection: sqlite3.Connection, tenant_id: TenantId, most: int) -> bool:
    """Deletes up to `most` versions per type; False when none were left and the rest is gone as well."""
    deleted = 0
    for shelf in _all_shelves(connection, tenant_id):
        connection.execute("DELETE FROM touched WHERE shelf = ?", (shelf,))
        connection.execute("DELETE FROM listing WHERE shelf = ?", (shelf,))
        deleted += connection.execute(
            "DELETE FROM versions WHERE version IN (SELECT version FROM versions WHERE shelf = ? LIMIT ?)",
            (shelf, most),
        ).rowcount
    if deleted:
        return True
    for table in ("shelves", "segment_names"):
        connection.execute(f"DELETE FROM {table} WHERE tenant_id = ?", (tenant_id,))  # noqa: S608
    return False


def _next_number(connection: sqlite3.Connection, tenant_id: TenantId, wanted: SnapshotNumber | None) -> SnapshotNumber:
    found = connection.execute("SELECT last FROM numbers WHERE tenant_id = ?", (tenant_id,)).fetchone()
    last = found[0] if found else 0
    number = wanted if wanted is not None else SnapshotNumber(last + 1)
    if number <= last:
        raise Conflict(f"Snapshot number {number} of the tenant is taken; the newest is {last}.", number=number)
    connection.execute(
        "INSERT INTO numbers (tenant_id, last) VALUES (?, ?)"
        " ON CONFLICT (tenant_id) DO UPDATE SET last = excluded.last",
        (tenant_id, number),
    )
    return number


def _enter(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber, epoch: int) -> None:
    entered = connection.execute(
        "UPDATE snapshots SET epoch = ? WHERE tenant_id = ? AND number = ? AND status = 'open' AND epoch <= ?"
        " RETURNING listed",
        (epoch, tenant_id, number, epoch),
    ).fetchone()
    if entered is None:
        raise Stale(f"Snapshot {number} is closed, or another worker writes it now.", number=number, epoch=epoch)
    if entered[0]:
        unlist(connection, tenant_id, number)


def _stage_rows(
    connection: sqlite3.Connection,
    tenant_id: TenantId,
    number: SnapshotNumber,
    object_type: ObjectTypeName,
    rows: Mapping[ObjectId, VersionRow],
) -> None:
    shelf = _shelves(connection, tenant_id, [object_type])[object_type]
    segments = {row.place.segment for row in rows.values()}
    names = {segment: _segment_name(connection, tenant_id, segment) for segment in segments}
    if has_earlier(connection, shelf, number):
        connection.execute(_CLOSE, {"shelf": shelf, "number": number, "ids": orjson.dumps(list(rows)).decode()})
    values = [encode_version(row, shelf, number, names[row.place.segment]) for row in rows.values()]
    values.sort(key=place_of)
    for count, alike in groupby(values, len):
        connection.executemany(_INSERT if count == _INSERT.count("?") else _INSERT_REMOVAL, alike)


def _record_segment(
    connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber, segment: SegmentEntry
) -> None:
    values = {
        "tenant_id": tenant_id,
        "number": number,
        "segment": segment.segment,
        "object_type": segment.object_type,
        "ordinal": segment.ordinal,
        "size": segment.size,
        "sha256": segment.sha256,
        "records": segment.records,
    }
    connection.execute(_SEGMENT, values)


def _shelves(
    connection: sqlite3.Connection, tenant_id: TenantId, object_types: Iterable[ObjectTypeName]
) -> dict[ObjectTypeName, int]:
    shelves: dict[ObjectTypeName, int] = {}
    for object_type in object_types:
        key = (tenant_id, object_type)
        connection.execute("INSERT OR IGNORE INTO shelves (tenant_id, object_type) VALUES (?, ?)", key)
        found = connection.execute("SELECT shelf FROM shelves WHERE tenant_id = ? AND object_type = ?", key).fetchone()
        shelves[object_type] = found[0]
    return shelves


def _all_shelves(connection: sqlite3.Connection, tenant_id: TenantId) -> list[int]:
    return [row[0] for row in connection.execute("SELECT shelf FROM shelves WHERE tenant_id = ?", (tenant_id,))]


def _segment_name(connection: sqlite3.Connection, tenant_id: TenantId, segment: str) -> int:
    key = (tenant_id, segment)
    connection.execute("INSERT OR IGNORE INTO segment_names (tenant_id, segment) VALUES (?, ?)", key)
    found = connection.execute("SELECT name FROM segment_names WHERE tenant_id = ? AND segment = ?", key).fetchone()
    return int(found[0])


def _forget_touched(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber) -> None:
    for shelf in _all_shelves(connection, tenant_id):
        connection.execute("DELETE FROM touched WHERE shelf = ? AND number = ?", (shelf, number))


def _status(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber) -> str | None:
    found = connection.execute(
        "SELECT status FROM snapshots WHERE tenant_id = ? AND number = ?", (tenant_id, number)
    ).fetchone()
    return found[0] if found else None


def _require_same_manifest(connection: sqlite3.Connection, snapshot: Snapshot) -> None:
    found = connection.execute(
        "SELECT 1 FROM snapshots WHERE tenant_id = ? AND number = ? AND status = 'sealed' AND manifest_sha256 = ?",
        (snapshot.tenant_id, snapshot.number, snapshot.manifest_sha256),
    ).fetchone()
    if found is None:
        raise Stale(
            f"Snapshot {snapshot.number} is not open, or was sealed with another manifest.", number=snapshot.number
        )
