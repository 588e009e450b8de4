"""The list by name, written when a snapshot is sealed: portion by portion, then visible by the one flip.

Until the flip nobody sees the new rows, since their `first` is above every sealed number; nor does closing a row at N
change what is seen before N. Staging after listing has begun (a frozen worker that woke up) undoes the listing.
"""

import sqlite3

from reentra.common.errors import Stale
from reentra.common.ids import SnapshotNumber, TenantId

_PORTION_ROWS = 10_000
"""They are sorted in memory."""
Position = tuple[int, int]
"""The shelf and the version listed last."""
START: Position = (0, 0)

_NEXT = """
SELECT count(*), max(version) FROM (
    SELECT shelf, version FROM versions
    WHERE shelf = :shelf AND first = :number AND version > :after ORDER BY version LIMIT :portion)
"""
# The rows of the versions that those of snapshot :number have closed; SQLite must not start at `listing` here, so the
# rows are changed one by one by their whole key.
_CLOSED = """
SELECT :last, p.shelf, p.removed IS NULL, p.display_name, p.object_id, p.first
FROM versions v CROSS JOIN versions p ON p.shelf = v.shelf AND p.object_id = v.object_id AND p.last = :number
WHERE v.shelf = :shelf AND v.first = :number AND v.version > :after AND v.version <= :until
"""
_SET_LAST = """
UPDATE listing SET last = ? WHERE shelf = ? AND live = ? AND display_name = ? AND object_id = ? AND first = ?
"""
_LIST = """
INSERT OR REPLACE INTO listing (shelf, live, display_name, object_id, first, last, search, version)
SELECT shelf, removed IS NULL, display_name, object_id, first, last, search, version FROM versions
WHERE shelf = :shelf AND first = :number AND version > :after AND version <= :until
ORDER BY 1, 2, 3, 4
"""
_LISTED = """
SELECT shelf, removed IS NULL, display_name, object_id, first FROM versions WHERE shelf = :shelf AND first = :number
"""
_UNLIST = "DELETE FROM listing WHERE shelf = ? AND live = ? AND display_name = ? AND object_id = ? AND first = ?"
_EARLIER = "SELECT 1 FROM versions INDEXED BY versions_by_first WHERE shelf = ? AND first < ? LIMIT 1"
_MARK = """
UPDATE snapshots SET listed = TRUE
WHERE tenant_id = :tenant_id AND number = :number AND status = 'open' AND (listed OR :beginning)
"""


def list_portion(
    connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber, position: Position
) -> Position | None:
    """Lists the next versions behind `position`, of one type or of several small ones; None when all are listed.
    Harmless to repeat from the start."""
    if not _mark(connection, tenant_id, number, beginning=position == START):
        return None
    shelf, after = position
    left = _PORTION_ROWS
    for candidate in _shelves(connection, tenant_id, shelf):
        values = {"shelf": candidate, "number": number, "after": after if candidate == shelf else 0}
        rows, until = connection.execute(_NEXT, values | {"portion": left}).fetchone()
        if rows:
            if has_earlier(connection, candidate, number):
                closed = connection.execute(_CLOSED, values | {"until": until, "last": number})
                connection.executemany(_SET_LAST, closed)
            connection.execute(_LIST, values | {"until": until})
        left -= rows
        if left == 0:
            return candidate, until
    return None


def unlist(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber) -> None:
    """As if listing had not begun. Comes before the versions themselves change."""
    for shelf in _shelves(connection, tenant_id, 0):
        values = {"shelf": shelf, "number": number, "after": 0, "until": 2**62}
        connection.executemany(_SET_LAST, connection.execute(_CLOSED, values | {"last": None}))
        connection.executemany(_UNLIST, connection.execute(_LISTED, values))
    connection.execute("UPDATE snapshots SET listed = FALSE WHERE tenant_id = ? AND number = ?", (tenant_id, number))


def has_earlier(connection: sqlite3.Connection, shelf: int, number: SnapshotNumber) -> bool:
    """Whether the snapshot can have closed any version: a first backup's need not be looked for, one by one."""
    return connection.execute(_EARLIER, (shelf, number)).fetchone() is not None


def _mark(connection: sqlite3.Connection, tenant_id: TenantId, number: SnapshotNumber, *, beginning: bool) -> bool:
    """False when the snapshot is not open (any more): then there is nothing to list."""
    values = {"tenant_id": tenant_id, "number": number, "beginning": beginning}
    if connection.execute(_MARK, values).rowcount:
        return True
    if beginning:
        return False
    raise Stale(f"Snapshot {number} was staged to, abandoned or sealed while it was being sealed.", number=number)


def _shelves(connection: sqlite3.Connection, tenant_id: TenantId, start: int) -> list[int]:
    rows = connection.execute(
        "SELECT shelf FROM shelves WHERE tenant_id = ? AND shelf >= ? ORDER BY shelf", (tenant_id, start)
    )
    return [row[0] for row in rows]
