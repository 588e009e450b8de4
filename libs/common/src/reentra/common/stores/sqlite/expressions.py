"""Dotted paths and conditions -> SQL. An index serves a query only if both spell an expression alike: spelled here."""

import re
from collections.abc import Mapping

from reentra.common.errors import Rejected
from reentra.common.stores.documents import Above, AnyOf, Below, Condition, Index, Query, Scalar

_PATH = re.compile(r"[A-Za-z0-9_@-]+(\.[A-Za-z0-9_@-]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
Clause = tuple[str, list[Scalar]]
DOCUMENT_COLUMNS = "id, revision, body, checksum"


def table(collection_name: str) -> str:
    if not _NAME.fullmatch(collection_name):
        raise Rejected(f"A collection cannot be called {collection_name!r}.")
    return f"documents_{collection_name}"


def extract(path: str) -> str:
    """The value at a dotted path; NULL for null and missing alike."""
    if not _PATH.fullmatch(path):
        raise Rejected(f"{path!r} is not a path into a document.")
    keys = "".join(f'."{key}"' for key in path.split("."))
    return f"json_extract(body, '${keys}')"


def create_index(collection_name: str, index: Index) -> str:
    """NULLs are all distinct in SQLite's unique indexes: documents without one of the fields never collide.
    The id at the end lets an index give the order of `find` as well."""
    unique = "UNIQUE " if index.unique else ""
    columns = [extract(path) for path in index.fields]
    if not index.unique:
        columns.append("id")
    name = f"{table(collection_name)}:{index.name}"
    return f'CREATE {unique}INDEX IF NOT EXISTS "{name}" ON {table(collection_name)} ({", ".join(columns)})'


def where(conditions: Mapping[str, Condition]) -> Clause:
    parts: list[str] = []
    values: list[Scalar] = []
    for path, condition in conditions.items():
        part, more = _condition(extract(path), condition)
        parts.append(part)
        values.extend(more)
    return " AND ".join(parts) or "TRUE", values


def select(collection_name: str, query: Query) -> Clause:
    condition, values = where(query.where)
    after, more = _after(query)
    direction = "DESC" if query.descending else "ASC"
    columns = [extract(query.order_by)] if query.order_by else []
    order = ", ".join(f"{column} {direction}" for column in [*columns, "id"])
    rows = f"SELECT {DOCUMENT_COLUMNS} FROM {table(collection_name)} WHERE {condition} AND {after}"  # noqa: S608
    return f"{rows} ORDER BY {order} LIMIT ?", [*values, *more, query.limit]


def _condition(expression: str, condition: Condition) -> Clause:
    match condition:
        case AnyOf(values):
            return _any_of(expression, values)
        case Below(value):
            # Text sorts after every number: '' is the border, so that text is never compared with a number.
            floor = f" AND {expression} >= ''" if isinstance(value, str) else ""
            return f"({expression} < ?{floor})", [value]
        case Above(value):
            ceiling = "" if isinstance(value, str) else f" AND {expression} < ''"
            return f"({expression} > ?{ceiling})", [value]
        case None:
            return f"{expression} IS NULL", []
    return f"{expression} = ?", [condition]


def _any_of(expression: str, values: tuple[Scalar, ...]) -> Clause:
    present = [value for value in values if value is not None]
    parts = [f"{expression} IN ({', '.join('?' * len(present))})"]
    if None in values:
        parts.append(f"{expression} IS NULL")
    return f"({' OR '.join(parts)})", [*present]


def _after(query: Query) -> Clause:
    """Rows behind the last one seen. SQLite sorts NULL first, so last when descending."""
    if query.after is None:
        return "TRUE", []
    value, last_id = query.after
    sign = "<" if query.descending else ">"
    if query.order_by is None:
        return f"id {sign} ?", [last_id]
    expression = extract(query.order_by)
    if value is None:
        rest = "FALSE" if query.descending else f"{expression} IS NOT NULL"
        return f"({expression} IS NULL AND id {sign} ? OR {rest})", [last_id]
    behind = f"{expression} {sign}= ? AND ({expression} {sign} ? OR id {sign} ?)"
    if query.descending:
        behind += f" OR {expression} IS NULL"
    return f"({behind})", [value, value, last_id]
