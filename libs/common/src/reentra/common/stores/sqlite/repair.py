"""What can be mended in place while the file itself is whole: damaged documents go, the catalogue is emptied."""

import sqlite3
from collections.abc import Iterator

from reentra.common.stores.sqlite import checksums, expressions, shape
from reentra.common.stores.sqlite.expressions import DOCUMENT_COLUMNS

CATALOGUE = ("versions", "listing", "touched", "segments", "segment_names", "shelves", "snapshots", "numbers")
_COUNTERS = "counters"


def drop_damaged_documents(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    found = list(damaged_documents(connection))
    for collection, id in found:
        if collection == _COUNTERS:
            connection.execute("DELETE FROM counters WHERE name = ?", (id,))
        else:
            connection.execute(f"DELETE FROM {expressions.table(collection)} WHERE id = ?", (id,))  # noqa: S608
    for collection, name in found:
        if collection == _COUNTERS:
            _count_again(connection, name)
    return found


def clear_catalogue(connection: sqlite3.Connection) -> None:
    for name in CATALOGUE:
        connection.execute(f"DELETE FROM {name}")  # noqa: S608


def damaged_documents(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for table in shape.document_tables(connection):
        for id, revision, body, checksum in connection.execute(f"SELECT {DOCUMENT_COLUMNS} FROM {table}"):  # noqa: S608
            if not isinstance(body, str) or checksum != checksums.of_document(table, id, revision, body):
                yield table.removeprefix("documents_"), str(id)
    if shape.has_counters(connection):
        for name, value, checksum in connection.execute("SELECT name, value, checksum FROM counters"):
            if checksum != checksums.of_counter(name, value):
                yield "counters", str(name)


def _count_again(connection: sqlite3.Connection, name: str) -> None:
    """A counter numbers the documents of the collection that bears its name."""
    highest = 0
    if f"documents_{name}" in shape.document_tables(connection):
        numbers = f"SELECT coalesce(max(json_extract(body, '$.number')), 0) FROM {expressions.table(name)}"  # noqa: S608
        highest = int(connection.execute(numbers).fetchone()[0])
    row = (name, highest, checksums.of_counter(name, highest))
    connection.execute("INSERT INTO counters (name, value, checksum) VALUES (?, ?, ?)", row)
