"""MongoDocuments: a collection per collection; `_id`, `revision`, the JSON in `body` and a checksum over them, and the
numbers of the last writes (see `own_writes`).

Indexes come into being at the first use of a collection in a process.
"""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import orjson
from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from reentra.common.errors import Conflict, Rejected, Stale, Unreadable
from reentra.common.stores.documents import Collection, Condition, Document, Json, Query
from reentra.common.stores.mongo import checksums, own_writes, queries
from reentra.common.stores.mongo.driver import Database
from reentra.common.stores.mongo.failures import CLIENT_ERRORS, translated

_NAME = re.compile(r"[a-z][a-z0-9_]*")
COUNTERS = "counters"
DOCUMENTS = "documents_"
"""Begins the name of each collection of documents."""
Stored = AsyncCollection[dict[str, Any]]


class MongoDocuments:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._ready: set[Collection] = set()

    async def now(self) -> datetime:
        async with _asked():
            answer = await self._database.command("hello")
        now: datetime = answer["localTime"]
        return now.replace(tzinfo=UTC)

    async def insert(self, collection: Collection, id: str, body: Json) -> Document:
        write = ObjectId()
        document = {"_id": id, **_encode(collection, id, 1, body), **own_writes.first(write)}
        async with self._of(collection, id) as stored:

            async def attempt() -> bool:
                return (await stored.insert_one(document)).acknowledged

            await own_writes.counted(stored, id, write, attempt)
        return Document(id, 1, body)

    async def get(self, collection: Collection, id: str) -> Document | None:
        async with self._of(collection, id) as stored:
            found = await stored.find_one({"_id": id})
        return _decode(collection, found) if found else None

    async def replace(self, collection: Collection, id: str, body: Json, *, revision: int) -> Document:
        write = ObjectId()
        change = {"$set": _encode(collection, id, revision + 1, body), **own_writes.one_more(write)}
        async with self._of(collection, id) as stored:

            async def attempt() -> bool:
                return (await stored.update_one({"_id": id, "revision": revision}, change)).matched_count > 0

            done = await own_writes.counted(stored, id, write, attempt)
        if not done:
            raise _stale(collection, id, revision)
        return Document(id, revision + 1, body)

    async def delete(self, collection: Collection, id: str, *, revision: int | None = None) -> None:
        expected: dict[str, Any] = {"_id": id} | ({} if revision is None else {"revision": revision})
        async with self._of(collection, id) as stored:
            done = await stored.delete_one(expected)
        if done.deleted_count == 0 and revision is not None:
            raise _stale(collection, id, revision)

    async def find(self, collection: Collection, query: Query) -> Sequence[Document]:
        condition, order = queries.page(query), queries.order(query)
        async with self._of(collection) as stored:
            found = await stored.find(condition, sort=order, limit=query.limit).to_list(query.limit)
        return [_decode(collection, document) for document in found]

    async def count(self, collection: Collection, where: Mapping[str, Condition]) -> int:
        condition = queries.where(where)
        async with self._of(collection) as stored:
            return await stored.count_documents(condition)

    async def next_number(self, name: str) -> int:
        counters = self._database[COUNTERS]
        async with _asked():
            while True:
                found = await counters.find_one_and_update(
                    {"_id": name}, {"$inc": {"value": 1, "opposite": -1}}, return_document=ReturnDocument.AFTER
                )
                if found is not None and not checksums.is_counter(found):
                    raise damaged_document(COUNTERS, name)
                if found is not None:
                    return int(found["value"])
                # Two may begin a counter at once; either's beginning will do.
                with suppress(DuplicateKeyError):
                    await counters.insert_one({"_id": name, "value": 0, "opposite": 0})

    async def close(self) -> None:
        """The connection is closed by whoever opened it: the catalogue uses it as well."""

    @asynccontextmanager
    async def _of(self, collection: Collection, id: str = "") -> AsyncIterator[Stored]:
        if not _NAME.fullmatch(collection.name):
            raise Rejected(f"A collection cannot be called {collection.name!r}.")
        stored = self._database[DOCUMENTS + collection.name]
        try:
            async with _asked():
                await self._prepare(collection, stored)
                yield stored
        except DuplicateKeyError as error:
            raise _conflict(collection, id, error) from error

    async def _prepare(self, collection: Collection, stored: Stored) -> None:
        if collection in self._ready:
            return
        if collection.indexes:
            await stored.create_indexes([queries.index_model(index) for index in collection.indexes])
        self._ready.add(collection)


@asynccontextmanager
async def _asked() -> AsyncIterator[None]:
    try:
        yield
    except DuplicateKeyError:
        raise
    except CLIENT_ERRORS as error:
        raise translated(error) from error


def _encode(collection: Collection, id: str, revision: int, body: Json) -> dict[str, Any]:
    try:
        checksum = checksums.of_document(collection.name, id, revision, body)
    except orjson.JSONEncodeError as error:
        raise Rejected(f"A document of {collection.name} cannot be stored: its body is not JSON.") from error
    return {"revision": revision, "body": body, "checksum": checksum}


def _decode(collection: Collection, stored: Mapping[str, Any]) -> Document:
    if not checksums.is_document(collection.name, stored):
        raise damaged_document(collection.name, stored["_id"])
    return Document(stored["_id"], int(stored["revision"]), stored["body"])


def damaged_document(collection: str, id: object) -> Unreadable:
    return Unreadable(
        f"The document {collection}/{str(id)[:60]!r} in the database is damaged and is not used. "
        "Stop Reentra and run `reentra rebuild`: it removes what is damaged and says what is to be made again.",
        collection=collection,
    )


def _conflict(collection: Collection, id: str, error: DuplicateKeyError) -> Conflict:
    fields = ((error.details or {}).get("keyPattern") or {}).keys()
    index = "id" if not fields or "_id" in fields else ",".join(name.removeprefix("body.") for name in fields)
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
