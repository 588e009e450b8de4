"""Reading the catalogue: everything here runs inside one read transaction.

A version is valid at snapshot S when first <= S and (last is NULL or last > S). Readers name sealed snapshots only.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

import orjson

from reentra.common.errors import NotFound
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import ObjectVersion, SegmentEntry, Snapshot, TypeCount
from reentra.common.stores.sqlite import statements
from reentra.common.stores.sqlite.rows import (
    SEGMENT_COLUMNS,
    SNAPSHOT_COLUMNS,
    Row,
    decode_segment,
    decode_snapshot,
    decode_version,
)

_MANY_CHANGES = 10_000
Position = tuple[int, int]
"""In a scan: the first snapshot and the row of the version seen last."""
START: Position = (0, 0)


def snapshot(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber) -> Snapshot | None:
    row = connection.execute(
        f"SELECT {SNAPSHOT_COLUMNS} FROM snapshots WHERE tenant_id = ? AND number = ?",  # noqa: S608
        (tenant_id, number),
    ).fetchone()
    return decode_snapshot(row) if row else None


def snapshots(
    connection: sqlite3.Connection, tenant_id: TenantId, before: SnapshotNumber | None, limit: int
) -> list[Snapshot]:
    rows = connection.execute(
        f"SELECT {SNAPSHOT_COLUMNS} FROM snapshots WHERE tenant_id = ? AND number < ? AND status = 'sealed'"  # noqa: S608
        " ORDER BY number DESC LIMIT ?",
        (tenant_id, 2**62 if before is None else before, limit),
    )
    return [decode_snapshot(row) for row in rows]


def segments(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber) -> list[SegmentEntry]:
    rows = connection.execute(
        f"SELECT {SEGMENT_COLUMNS} FROM segments WHERE tenant_id = ? AND number = ? ORDER BY ordinal, sequence",  # noqa: S608
        (tenant_id, number),
    )
    return [decode_segment(row) for row in rows]


def shelves(connection: sqlite3.Connection, tenant_id: TenantId) -> dict[ObjectTypeName, int]:
    """By the types' names, in their order."""
    rows = connection.execute(
        "SELECT object_type, shelf FROM shelves WHERE tenant_id = ? ORDER BY object_type", (tenant_id,)
    )
    return dict(rows.fetchall())


def sealed(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber) -> int:
    """The newest sealed number. Raises NotFound unless `number` is sealed as well."""
    found = snapshot(connection, tenant_id, number)
    if found is None or found.status != "sealed":
        raise NotFound(f"The tenant has no finished snapshot {number}.", number=number)
    return snapshots(connection, tenant_id, None, 1)[0].number


def shelf(connection: sqlite3.Connection, tenant_id: TenantId, object_type: ObjectTypeName) -> int:
    """0, where nothing lies, for a type that was never stored."""
    found = connection.execute(
        "SELECT shelf FROM shelves WHERE tenant_id = ? AND object_type = ?", (tenant_id, object_type)
    ).fetchone()
    return int(found[0]) if found else 0


def heads(
    connection: sqlite3.Connection, tenant_id: TenantId, object_type: ObjectTypeName, ids: Sequence[ObjectId]
) -> dict[ObjectId, ObjectVersion]:
    values = {"shelf": shelf(connection, tenant_id, object_type), "ids": _json(ids)}
    versions = (decode_version(row, object_type) for row in connection.execute(statements.HEADS, values))
    return {version.object_id: version for version in versions}


def untouched(
    connection: sqlite3.Connection, tenant_id: TenantId, object_type: ObjectTypeName, number: int, limit: int
) -> list[ObjectVersion]:
    values = {"shelf": shelf(connection, tenant_id, object_type), "number": number, "limit": limit}
    return [decode_version(row, object_type) for row in connection.execute(statements.UNTOUCHED, values)]


def seen(
    connection: sqlite3.Connection, tenant_id: TenantId, object_type: ObjectTypeName, number: int
) -> list[ObjectId]:
    values = {"shelf": shelf(connection, tenant_id, object_type), "number": number}
    return [ObjectId(object_id) for (object_id,) in connection.execute(statements.SEEN, values)]


def counts(
    connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber
) -> dict[ObjectTypeName, TypeCount]:
    current = snapshot(connection, tenant_id, number)
    listed = current is not None and current.status == "sealed"
    statement = statements.COUNT_LISTED if listed else statements.COUNT_STAGED
    found = {}
    for object_type, place in shelves(connection, tenant_id).items():
        live, removed = connection.execute(statement, {"shelf": place, "number": number}).fetchone()
        if live or removed:
            found[object_type] = TypeCount(live, removed)
    return found


def objects(
    connection: sqlite3.Connection,
    tenant_id: TenantId,
    object_type: ObjectTypeName,
    number: SnapshotNumber,
    *,
    words: Sequence[str],
    facets: Mapping[str, str],
    removed: bool,
    after: tuple[str, ObjectId] | None,
    limit: int,
) -> list[ObjectVersion]:
    newest = sealed(connection, tenant_id, number)
    name, id = after or ("", ObjectId(""))
    values: dict[str, str | int] = {
        "shelf": shelf(connection, tenant_id, object_type),
        "number": number,
        "live": not removed,
        "name": name,
        "id": id,
        "limit": limit,
    }
    values |= {f"word{index}": word for index, word in enumerate(words)}
    for index, (facet, value) in enumerate(facets.items()):
        values |= {f"facet{index}": f'$."{facet}"', f"value{index}": value}
    statement = statements.objects(len(words), len(facets), continued=after is not None)
    rows = connection.execute(statement, values)
    return [decode_version(row, object_type, newest) for row in rows]


def facet_values(
    connection: sqlite3.Connection,
    tenant_id: TenantId,
    object_type: ObjectTypeName,
    number: SnapshotNumber,
    names: Sequence[str],
    *,
    removed: bool,
) -> dict[str, dict[str, int]]:
    """One walk over the rows, whatever the number of facets."""
    sealed(connection, tenant_id, number)
    values: dict[str, object] = {
        "shelf": shelf(connection, tenant_id, object_type),
        "number": number,
        "live": not removed,
    }
    values |= {f"facet{index}": f'$."{name}"' for index, name in enumerate(names)}
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    if not names:
        return found
    for *held, count in connection.execute(statements.facet_values(len(names)), values):
        for name, value in zip(names, held, strict=True):
            if value is not None:
                found[name][value] = found[name].get(value, 0) + count
    return found


def find(
    connection: sqlite3.Connection,
    tenant_id: TenantId,
    object_types: Sequence[ObjectTypeName] | None,
    ids: Sequence[ObjectId],
    number: SnapshotNumber,
) -> list[ObjectVersion]:
    newest = sealed(connection, tenant_id, number)
    found: list[ObjectVersion] = []
    for object_type, place in shelves(connection, tenant_id).items():
        if object_types is None or object_type in object_types:
            rows = connection.execute(statements.OBJECT, {"shelf": place, "ids": _json(ids), "number": number})
            found.extend(decode_version(row, object_type, newest) for row in rows)
    return found


def history(
    connection: sqlite3.Connection, tenant_id: TenantId, object_type: ObjectTypeName, object_id: ObjectId
) -> list[ObjectVersion]:
    newest = snapshots(connection, tenant_id, None, 1)
    if not newest:
        return []
    values = {"tenant_id": tenant_id, "shelf": shelf(connection, tenant_id, object_type), "object_id": object_id}
    return [
        decode_version(row, object_type, newest[0].number) for row in connection.execute(statements.HISTORY, values)
    ]


def changes(
    connection: sqlite3.Connection,
    tenant_id: TenantId,
    number: SnapshotNumber,
    after: tuple[str, ObjectId] | None,
    limit: int,
) -> list[ObjectVersion]:
    newest = sealed(connection, tenant_id, number)
    found: list[ObjectVersion] = []
    last_type, last_id = after or ("", "")
    for object_type, place in shelves(connection, tenant_id).items():
        if object_type < last_type:
            continue
        start = last_id if object_type == last_type else ""
        rows = _changes(connection, place, number, start, limit - len(found))
        found.extend(decode_version(row, object_type, newest) for row in rows)
        if len(found) == limit:
            break
    return found


def last_changes(
    connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber
) -> dict[ObjectTypeName, SnapshotNumber]:
    sealed(connection, tenant_id, number)
    found: dict[ObjectTypeName, SnapshotNumber] = {}
    for object_type, place in shelves(connection, tenant_id).items():
        last = connection.execute(statements.LAST_CHANGE, {"shelf": place, "number": number}).fetchone()[0]
        if last is not None:
            found[object_type] = SnapshotNumber(last)
    return found


def _changes(connection: sqlite3.Connection, shelf: int, number: int, after: str, limit: int) -> Iterator[Row]:
    values = {"shelf": shelf, "number": number, "limit": _MANY_CHANGES}
    many = connection.execute(statements.CHANGED, values).fetchone()[0] == _MANY_CHANGES
    return connection.execute(
        statements.changes(many=many), {"shelf": shelf, "number": number, "id": after, "limit": limit}
    )


def scan(
    connection: sqlite3.Connection,
    tenant_id: TenantId,
    object_type: ObjectTypeName,
    number: SnapshotNumber,
    after: Position,
    limit: int,
) -> tuple[list[ObjectVersion], Position]:
    """One batch and where it ended."""
    newest = sealed(connection, tenant_id, number)
    values = {"shelf": shelf(connection, tenant_id, object_type), "number": number}
    first: int | None = after[0]
    version = after[1]
    rows: list[Row] = []
    while first is not None and len(rows) < limit:
        here = {"first": first, "version": version, "limit": limit - len(rows)}
        rows.extend(connection.execute(statements.SCAN, values | here))
        if len(rows) < limit:
            first = connection.execute(statements.NEXT_FIRST, values | {"first": first}).fetchone()[0]
            version = 0
    end = (rows[-1][1], rows[-1][-1]) if rows else after
    return [decode_version(row, object_type, newest) for row in rows], end


def _json(ids: Sequence[ObjectId]) -> str:
    return orjson.dumps(list(ids)).decode()
