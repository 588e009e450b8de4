"""Whether a database's tables and indexes are the ones that this version of Reentra makes, word for word.

SQLite believes what its schema says: a flipped bit in a table's name makes the table vanish, one in an index's words
makes it another index. Each statement names what it makes, so a single flip contradicts itself.
"""

import re
import sqlite3
from collections.abc import Iterator

from reentra.common.errors import Rejected
from reentra.common.stores.documents import Index
from reentra.common.stores.sqlite import expressions, schema
from reentra.common.stores.sqlite.documents import COUNTERS, TABLE

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'documents_*'"
_NAME = re.compile(r"CREATE (TABLE|UNIQUE INDEX|INDEX) (\w+)")
_OF_SQLITE = "sqlite_"


def document_tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute(_TABLES) if re.fullmatch(r"documents_[a-z][a-z0-9_]*", name)]


def has_counters(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'counters'").fetchone() is not None


def deviations(connection: sqlite3.Connection) -> Iterator[str]:
    wanted = {_name_of(statement): {_words(statement)} for statement in schema.statements()}
    seen = set()
    for kind, name, table, statement in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        seen.add(name)
        if str(name).startswith(_OF_SQLITE):
            if statement is not None or not str(name).startswith(f"{_OF_SQLITE}autoindex_{table}_"):
                yield f"the {kind} {name} is not SQLite's own"
            continue
        expected = wanted.get(name) or _of_documents(str(name))
        found = _words(str(statement))
        if not expected:
            yield f"it has a {kind} that Reentra did not make"
        elif found not in expected or f" {table}(" not in found or f"{kind} ".upper() not in found:
            yield f"the {kind} {name} is not defined as it was"
    for name in sorted(wanted.keys() - seen):
        yield f"{name} is missing"


def _of_documents(name: str) -> set[str]:
    """What the table or index of this name may be; empty when Reentra makes none."""
    if name == "counters":
        return {_words(COUNTERS.format(""))}
    table, _, fields = name.partition(":")
    collection = table.removeprefix("documents_")
    try:
        if collection == table or expressions.table(collection) != table:
            return set()
        if not fields:
            return {_words(TABLE.format("", table))}
        indexes = [Index(tuple(fields.split(",")), unique) for unique in (False, True)]
        return {_words(expressions.create_index(collection, index)) for index in indexes}
    except Rejected:
        return set()


def _name_of(statement: str) -> str:
    found = _NAME.search(statement)
    assert found is not None
    return found[2]


def _words(statement: str) -> str:
    """Without comments and spacing: a column that was added later is written on the same line."""
    bare = re.sub(r"--[^\n]*", "", statement).replace("IF NOT EXISTS ", "")
    return re.sub(r"\s*([(),])\s*", r"\1", " ".join(bare.split()))
