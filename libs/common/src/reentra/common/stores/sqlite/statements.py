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
WHERE v.shelf = :shelf AND v.last IS NULL AND v.removed IS NULL AND v.first < :number AND NOT EXISTS (
    SELECT 1 FROM touched t WHERE t.shelf = v.shelf AND t.number = :number AND t.object_id = v.object_id)
LIMIT :limit"""
SEEN = """SELECT object_id FROM versions INDEXED BY versions_by_first WHERE shelf = :shelf AND first = :number
UNION SELECT object_id FROM touched WHERE shelf = :shelf AND number = :number"""
COUNT_STAGED = f"""SELECT count(*) - count(v.removed), count(v.removed)
FROM versions v WHERE v.shelf = :shelf AND {_VALID}"""
_LISTED = f"SELECT count(*) FROM listing v WHERE v.shelf = :shelf AND v.live = %d AND {_VALID}"
COUNT_LISTED = f"SELECT ({_LISTED % 1}), ({_LISTED % 0})"
# Versions lie in the order of their places, snapshot by snapshot. (`first <= :number` holds for every first that
# NEXT_FIRST gives; said here again, SQLite would walk by it and sort.)
SCAN = f"""SELECT {VERSION_COLUMNS}, v.version
FROM versions v INDEXED BY versions_by_first CROSS JOIN segment_names n ON n.name = v.segment
WHERE v.shelf = :shelf AND v.first = :first AND v.version > :version AND v.removed IS NULL
  AND (v.last IS NULL OR v.last > :number)
ORDER BY v.version LIMIT :limit"""
NEXT_FIRST = "SELECT min(first) FROM versions WHERE shelf = :shelf AND first > :first AND first <= :number"
LAST_CHANGE = "SELECT max(first) FROM versions WHERE shelf = :shelf AND first <= :number"
CHANGED = "SELECT count(*) FROM (SELECT 1 FROM versions WHERE shelf = :shelf AND first = :number LIMIT :limit)"

_FOUND = (
    "instr(l.search, {word}) > 0 OR instr(lower(l.display_name), {word}) > 0 OR instr(lower(l.object_id), {word}) > 0"
)


def objects(words: int, facets: int = 0, *, continued: bool) -> str:
    searched = "".join(f" AND ({_FOUND.format(word=f':word{index}')})" for index in range(words))
    searched += "".join(f" AND json_extract(v.facets, :facet{index}) = :value{index}" for index in range(facets))
    behind = " AND l.display_name >= :name AND (l.display_name > :name OR l.object_id > :id)" if continued else ""
    return (
        f"SELECT {VERSION_COLUMNS} FROM listing l CROSS JOIN versions v ON v.version = l.version"
        " CROSS JOIN segment_names n ON n.name = v.segment WHERE l.shelf = :shelf AND l.live = :live"
        f" AND l.first <= :number AND (l.last IS NULL OR l.last > :number){searched}{behind}"
        " ORDER BY l.display_name, l.object_id LIMIT :limit"
    )


def facet_values(facets: int) -> str:
    """Each combination of values with the number of its rows."""
    values = ", ".join(f"json_extract(v.facets, :facet{index})" for index in range(facets))
    places = ", ".join(str(index + 1) for index in range(facets))
    return (
        f"SELECT {values}, count(*) FROM versions v INDEXED BY versions_by_first"
        f" WHERE v.shelf = :shelf AND (v.removed IS NULL) = :live AND {_VALID} GROUP BY {places}"
    )


def changes(*, many: bool) -> str:
    """Few changes: found by their snapshot and sorted. Many: met soon enough on a walk in the wanted order."""
    index = "versions_by_object" if many else "versions_by_first"
    return (
        f"SELECT {VERSION_COLUMNS} FROM versions v INDEXED BY {index}"
        " CROSS JOIN segment_names n ON n.name = v.segment"
        " WHERE v.shelf = :shelf AND v.object_id > :id AND v.first = :number ORDER BY v.object_id LIMIT :limit"
    )
