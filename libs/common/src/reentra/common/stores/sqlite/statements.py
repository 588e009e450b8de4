"""The catalogue's questions in SQL. None of them reads a whole table.

Only names of columns and numbers of words are put together here; every value is bound.
"""
# ruff: noqa: S608

from reentra.common.stores.sqlite.rows import VERSION_COLUMNS

# CROSS JOIN keeps SQLite from starting at the segments.
_SELECT = f"SELECT {VERSION_COLUMNS} FROM versions v CROSS JOIN segment_names n ON n.name = v.segment"
_VALID = "v.first <= :number AND (v.last IS NULL OR v.last > :number)"
_IDS = "v.object_id IN (SELECT value FROM json_each(:ids))"

OBJECT = f"{_SELECT} WHERE v.shelf = :shelf AND {_IDS} AND {_VALID} ORDER BY v.object_id"
HEADS = f"{_SELECT} WHERE v.shelf = :shelf AND {_IDS} AND v.last IS NULL"
HISTORY = f"""{_SELECT} CROSS JOIN snapshots s ON s.tenant_id = :tenant_id AND s.number = v.first
WHERE v.shelf = :shelf AND v.object_id = :object_id AND s.status = 'sealed' ORDER BY v.first"""
UNTOUCHED = f"""{_SELECT}
WHERE v.shelf = :shelf AND (v.removed IS NULL) = 1 AND v.last IS NULL AND v.first < :number AND NOT EXISTS (
    SELECT 1 FROM touched t WHERE t.shelf = v.shelf AND t.number = :number AND t.object_id = v.object_id)
ORDER BY v.display_name, v.object_id LIMIT :limit"""
COUNT = f"SELECT count(*) FROM versions v WHERE v.shelf = :shelf AND (v.removed IS NULL) = :live AND {_VALID}"
SCAN = f"""SELECT {VERSION_COLUMNS}, v.segment FROM versions v CROSS JOIN segment_names n ON n.name = v.segment
WHERE v.shelf = :shelf AND (v.segment, v.offset, v.line) > (:segment, :offset, :line)
  AND v.removed IS NULL AND {_VALID}
ORDER BY v.segment, v.offset, v.line LIMIT :limit"""
CHANGED = "SELECT count(*) FROM (SELECT 1 FROM versions WHERE shelf = :shelf AND first = :number LIMIT :limit)"


def objects(words: int, *, continued: bool) -> str:
    searched = "".join(f" AND instr(v.search, :word{index}) > 0" for index in range(words))
    behind = " AND v.display_name >= :name AND (v.display_name > :name OR v.object_id > :id)" if continued else ""
    return (
        f"{_SELECT} WHERE v.shelf = :shelf AND (v.removed IS NULL) = :live AND {_VALID}{searched}{behind}"
        " ORDER BY v.display_name, v.object_id LIMIT :limit"
    )


def changes(*, many: bool) -> str:
    """Few changes: found by their snapshot and sorted. Many: met soon enough on a walk in the wanted order."""
    index = "versions_by_object" if many else "versions_by_first"
    return (
        f"SELECT {VERSION_COLUMNS} FROM versions v INDEXED BY {index}"
        " CROSS JOIN segment_names n ON n.name = v.segment"
        " WHERE v.shelf = :shelf AND v.object_id > :id AND v.first = :number ORDER BY v.object_id LIMIT :limit"
    )
