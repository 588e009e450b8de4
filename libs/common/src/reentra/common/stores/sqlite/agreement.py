"""Whether the catalogue's tables agree with each other: what is kept twice is equal, what refers finds something.

Rows of a tenant that is being forgotten have no snapshots any more and are left out.
"""
# ruff: noqa: S608

import sqlite3
from collections.abc import Iterator

from reentra.common.ids import TenantId
from reentra.common.stores.inspection import Damage
from reentra.common.stores.sqlite import checksums
from reentra.common.stores.sqlite.rows import SNAPSHOT_COLUMNS

_MOST = 50
_ADVICE = "Stop Reentra and run `reentra rebuild`: the catalogue is made again from the stored objects."

_WRONG_NUMBERS = """
SELECT s.tenant_id, max(s.number), n.last FROM snapshots s LEFT JOIN numbers n ON n.tenant_id = s.tenant_id
GROUP BY s.tenant_id HAVING n.last IS NOT max(s.number)
"""
_WRONG_STATES = """
SELECT tenant_id, number FROM snapshots WHERE status NOT IN ('open', 'sealed', 'abandoned')
    OR (status = 'sealed' AND listed IS NOT 1) OR (status = 'abandoned' AND listed IS NOT 0)
    OR listed NOT IN (0, 1) OR typeof(epoch) <> 'integer'
UNION SELECT tenant_id, max(number) FROM snapshots WHERE status = 'open' GROUP BY tenant_id HAVING count(*) > 1
"""
_STRAY_SEGMENTS = """
SELECT DISTINCT tenant_id, number FROM segments g WHERE NOT EXISTS (
    SELECT 1 FROM snapshots s
    WHERE s.tenant_id = g.tenant_id AND s.number = g.number AND s.status IN ('open', 'sealed'))
"""
_STRAY_SHELVES = """
SELECT tenant_id, object_type FROM shelves s WHERE NOT EXISTS (
    SELECT 1 FROM numbers n WHERE n.tenant_id = s.tenant_id)
UNION ALL SELECT tenant_id, segment FROM segment_names s WHERE NOT EXISTS (
    SELECT 1 FROM numbers n WHERE n.tenant_id = s.tenant_id)
"""
_STRAY_MARKS = """
SELECT h.tenant_id, t.object_id FROM touched t LEFT JOIN shelves h ON h.shelf = t.shelf
WHERE NOT EXISTS (SELECT 1 FROM versions v WHERE v.shelf = t.shelf AND v.object_id = t.object_id)
   OR NOT EXISTS (SELECT 1 FROM snapshots s
                  WHERE s.tenant_id = h.tenant_id AND s.number = t.number AND s.status = 'open')
"""
_KNOWN = """
known AS (SELECT h.shelf, h.tenant_id FROM shelves h
          WHERE EXISTS (SELECT 1 FROM snapshots s WHERE s.tenant_id = h.tenant_id))
"""
_STRAY_VERSIONS = f"""
WITH {_KNOWN} SELECT k.tenant_id, v.object_id FROM known k CROSS JOIN versions v ON v.shelf = k.shelf
WHERE NOT EXISTS (SELECT 1 FROM snapshots s
                  WHERE s.tenant_id = k.tenant_id AND s.number = v.first AND s.status IN ('open', 'sealed'))
UNION ALL SELECT NULL, object_id FROM versions WHERE shelf NOT IN (SELECT shelf FROM shelves)
"""
_BROKEN_ENDS = f"""
WITH {_KNOWN} SELECT k.tenant_id, v.object_id FROM known k CROSS JOIN versions v ON v.shelf = k.shelf
WHERE v.last IS NOT (SELECT min(n.first) FROM versions n
                     WHERE n.shelf = v.shelf AND n.object_id = v.object_id AND n.first > v.first)
"""
# A listed row ends when the snapshot that ended it is listed: until then, and until it is sealed, it may be behind.
_WRONG_LISTING = """
SELECT h.tenant_id, l.object_id FROM listing l LEFT JOIN versions v ON v.version = l.version
LEFT JOIN shelves h ON h.shelf = l.shelf
WHERE v.shelf IS NOT l.shelf OR v.object_id IS NOT l.object_id OR v.first IS NOT l.first
   OR l.live IS NOT (v.removed IS NULL) OR v.display_name IS NOT l.display_name OR v.search IS NOT l.search
   OR (v.last IS NOT l.last AND NOT (l.last IS NULL AND EXISTS (
       SELECT 1 FROM snapshots s WHERE s.tenant_id = h.tenant_id AND s.number = v.last AND s.status = 'open')))
"""
_UNLISTED = f"""
WITH {_KNOWN} SELECT k.tenant_id, c.first, c.difference FROM known k JOIN (
    SELECT shelf, first, sum(one) AS difference FROM (
        SELECT shelf, first, 1 AS one FROM versions UNION ALL SELECT shelf, first, -1 FROM listing)
    GROUP BY shelf, first HAVING difference <> 0) c ON c.shelf = k.shelf
JOIN snapshots s ON s.tenant_id = k.tenant_id AND s.number = c.first AND s.status = 'sealed'
"""


def small_tables(connection: sqlite3.Connection) -> Iterator[Damage]:
    for row in connection.execute(f"SELECT {SNAPSHOT_COLUMNS} FROM snapshots"):
        if row[-1] != checksums.of_snapshot(*row[:-1]):
            yield _damage("snapshots", row[0], f"The row of snapshot {row[1]} is not as it was written.")
    for tenant_id, number in connection.execute(_WRONG_STATES):
        yield _damage("snapshots", tenant_id, f"The state of snapshot {number} contradicts itself.")
    for tenant_id, newest, last in connection.execute(_WRONG_NUMBERS):
        yield _damage("numbers", tenant_id, f"Its newest snapshot is {newest}, its count says {last}.")
    for tenant_id, number in connection.execute(_STRAY_SEGMENTS):
        yield _damage("segments", tenant_id, f"Segments are listed for snapshot {number}, which is none.")
    for tenant_id, name in connection.execute(_STRAY_SHELVES):
        yield _damage("shelves", tenant_id, f"{str(name)[:64]} is listed for a tenant that has no snapshots.")


def large_tables(connection: sqlite3.Connection) -> Iterator[Damage]:
    questions = (
        ("touched", _STRAY_MARKS, "is marked as seen and not there"),
        ("versions", _STRAY_VERSIONS, "begins in a snapshot that is none"),
        ("versions", _BROKEN_ENDS, "has a state that ends when no other begins"),
        ("listing", _WRONG_LISTING, "is listed otherwise than it is stored"),
    )
    for table, question, what in questions:
        for tenant_id, object_id in connection.execute(f"{question} LIMIT {_MOST}"):
            yield _damage(table, tenant_id, f"Object {str(object_id)[:64]} {what}.")
    for tenant_id, number, difference in connection.execute(_UNLISTED):
        yield _damage("listing", tenant_id, f"The list of snapshot {number} is off by {difference}.")


def _damage(table: str, tenant_id: object, what: str) -> Damage:
    known = TenantId(str(tenant_id)) if tenant_id is not None else None
    return Damage(f"catalogue/{table}", f"The catalogue of tenant {known} is damaged: {what} {_ADVICE}", known)
