"""SqliteDocuments: a table per collection, bodies as JSON text, indexes on expressions of them.

Tables and indexes come into being at the first use of a collection in a process.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from reentra.common.clock import Clock, SystemClock
from reentra.common.errors import Conflict, Stale, Unreadable
from reentra.common.stores.documents import Collection, Condition, Document, Json, Query
from reentra.common.stores.sqlite import checksums, expressions
from reentra.common.stores.sqlite.database import Database

COUNTERS = "CREATE TABLE {} counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL, checksum BLOB) WITHOUT ROWID"
TABLE = (
    "CREATE TABLE {} {} (id TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL, checksum BLOB)"
)
_UNLESS_THERE = "IF NOT EXISTS"


class SqliteDocuments:
    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._ready: set[Collection] = set()

    async def now(self) -> datetime:
        return self._clock.now()

    async def insert(self, collection: Collection, id: str, body: Json) -> Document:
        await self._prepare(collection)
        table, text = expressions.table(collection.name), _encode(body)
        statement = f"INSERT INTO {table} (id, revision, body, checksum) VALUES (?, 1, ?, ?)"  # noqa: S608
        values = (id, text, checksums.of_document(table, id, 1, text))

        def work(connection: sqlite3.Connection) -> None:
            try:
                connection.execute(statement, values)
            except sqlite3.IntegrityError as error:
                raise _conflict(collection, id, error) from error

        await self._database.write(work)
        return Document(id, 1, body)

    async def get(self, collection: Collection, id: str) -> Document | None:
        if not await self._prepare(collection):
            return None
        table = expressions.table(collection.name)
        statement = f"SELECT {expressions.DOCUMENT_COLUMNS} FROM {table} WHERE id = ?"  # noqa: S608
        row = await self._database.read(lambda connection: connection.execute(statement, (id,)).fetchone())
        return _decode(table, row) if row else None

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        await self._prepare(collection)
        table, text = expressions.table(collection.name), _encode(body)
        statement = f"UPDATE {table} SET body = ?, revision = ?, checksum = ? WHERE id = ? AND revision = ?"  # noqa: S608
        checksum = checksums.of_document(table, id, revision + 1, text)
        values = (text, revision + 1, checksum, id, revision)

        def work(connection: sqlite3.Connection) -> int:
            try:
                return connection.execute(statement, values).rowcount
            except sqlite3.IntegrityError as error:
                raise _conflict(collection, id, error) from error

        if await self._database.write(work) == 0:
            raise _stale(collection, id, revision)
        return Document(id, revision + 1, body)

    async def delete(self, collection: Collection, id: str, *, revision: int | None = None) -> None:
        await self._prepare(collection)
        table = expressions.table(collection.name)
        statement = f"DELETE FROM {table} WHERE id = ? AND revision = coalesce(?, revision)"  # noqa: S608
        count = await self._database.write(lambda connection: connection.execute(statement, (id, revision)).rowcount)
        if count == 0 and revision is not None:
            raise _stale(collection, id, revision)

    async def find(self, collection: Collection, query: Query) -> Sequence[Document]:
        if not await self._prepare(collection):
            return []
        statement, values = expressions.select(collection.name, query)
        rows = await self._database.read(lambda connection: connection.execute(statement, values).fetchall())
        table = expressions.table(collection.name)
        return [_decode(table, row) for row in rows]

    async def count(self, collection: Collection, where: Mapping[str, Condition]) -> int:
        if not await self._prepare(collection):
            return 0
        condition, values = expressions.where(where)
        statement = f"SELECT count(*) FROM {expressions.table(collection.name)} WHERE {condition}"  # noqa: S608
        row = await self._database.read(lambda connection: connection.execute(statement, values).fetchone())
        return int(row[0])

    async def next_number(self, name: str) -> int:
        def work(connection: sqlite3.Connection) -> int:
            connection.execute(COUNTERS.format(_UNLESS_THERE))
            found = connection.execute("SELECT value, checksum FROM counters WHERE name = ?", (name,)).fetchone()
            if found and found[1] != checksums.of_counter(name, found[0]):
                raise damaged_document("counters", name)
            value = int(found[0]) + 1 if found else 1
            row = (name, value, checksums.of_counter(name, value))
            connection.execute("INSERT OR REPLACE INTO counters (name, value, checksum) VALUES (?, ?, ?)", row)
            return value

        return await self._database.write(work)

    async def close(self) -> None:
        """The database is closed by whoever opened it: the catalogue lies in it as well."""

    async def _prepare(self, collection: Collection) -> bool:
        """False if there is nothing to read: a read-only database that never knew the collection."""
        if collection in self._ready:
            return True
        if self._database.read_only:
            return await self._database.read(lambda connection: _exists(connection, collection))
        await self._database.write(lambda connection: _create(connection, collection))
        self._ready.add(collection)
        return True


def _create(connection: sqlite3.Connection, collection: Collection) -> None:
    table = expressions.table(collection.name)
    connection.execute(TABLE.format(_UNLESS_THERE, table))
    for index in collection.indexes:
        connection.execute(expressions.create_index(collection.name, index))


def _exists(connection: sqlite3.Connection, collection: Collection) -> bool:
    name = expressions.table(collection.name)
    row = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)).fetchone()
    return row is not None


def _encode(body: Json) -> str:
    # Dates are text in documents; orjson would otherwise write them in a form of its own.
    return orjson.dumps(body, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _decode(table: str, row: tuple[str, int, str, bytes]) -> Document:
    id, revision, text, checksum = row
    if checksum != checksums.of_document(table, id, revision, text):
        raise damaged_document(table.removeprefix("documents_"), id)
    return Document(id, revision, orjson.loads(text))


def damaged_document(collection: str, id: str) -> Unreadable:
    return Unreadable(
        f"The document {collection}/{str(id)[:60]!r} in the database is damaged and is not used. "
        "Stop Reentra and run `reentra rebuild`: it removes what is damaged and says what is to be made again.",
        collection=collection,
    )


def _conflict(collection: Collection, id: str, error: sqlite3.IntegrityError) -> Conflict:
    """SQLite names the index as `UNIQUE constraint failed: index 'documents_jobs:active_key'`."""
    text = str(error)
    index = text.rstrip("'").partition(":")[2].rpartition(":")[2] if "index '" in text else "id"
    return Conflict(
        f"{collection.name}: another document has the same {index} as {id}.",
        collection=collection.name,
        id=id,
        index=index,
    )


def _stale(collection: Collection, id: str, revision: int) -> Stale:
    return Stale(
        f"{collection.name} {id} was changed or deleted by somebody else after it was read.",
        collection=collection.name,
        id=id,
        revision=revision,
    )
