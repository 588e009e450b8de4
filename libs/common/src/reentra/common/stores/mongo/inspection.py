"""What `verify` asks MongoDB: is every document as it was written, do the catalogue's collections agree?

The server watches over its own files; what is asked here is what it was told. Everything is read through cursors, so
that memory holds a page, or one object type of one snapshot. Nothing here but the repairs changes anything.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pymongo import ASCENDING

from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.inspection import Damage, InspectedRow, InspectedType
from reentra.common.stores.mongo import agreement, checksums
from reentra.common.stores.mongo.batches import Batches
from reentra.common.stores.mongo.documents import COUNTERS, DOCUMENTS, damaged_document
from reentra.common.stores.mongo.driver import Database
from reentra.common.stores.mongo.failures import CLIENT_ERRORS, translated
from reentra.common.stores.mongo.formats import document_collections
from reentra.common.stores.mongo.tables import Fields, Tables, decode_version

_PAGE = 1000
_NOTHING_KEPT: tuple[str, Mapping[str, str]] = ("", {})


class MongoInspection:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables = Tables(database)

    async def damage(self, *, all_rows: bool) -> Sequence[Damage]:
        async with _asked():
            found = [
                Damage(f"{collection}/{id}", damaged_document(collection, id).message)
                async for collection, id in self._damaged_documents()
            ]
            found += [damage async for damage in agreement.small_tables(self._tables)]
            if all_rows:
                found += [damage async for damage in agreement.large_tables(self._tables)]
        return found

    async def structure(self) -> Sequence[Damage]:
        """MongoDB's own files are its own affair, and whatever else is found can be mended in place."""
        return []

    async def drop_damaged_documents(self) -> Sequence[tuple[str, str]]:
        async with _asked():
            found = [named async for named in self._damaged_documents()]
            for collection, id in found:
                if collection != COUNTERS:
                    await self._database[DOCUMENTS + collection].delete_one({"_id": id})
            for collection, id in found:
                if collection == COUNTERS:
                    await self._count_again(id)
        return found

    async def clear_catalogue(self) -> None:
        async with _asked():
            for table in (self._tables.versions, self._tables.batches, self._tables.snapshots, self._tables.tenants):
                await table.delete_many({})

    async def rows(self, tenant_id: TenantId, number: SnapshotNumber) -> AsyncIterator[InspectedType]:
        async with _asked():
            found = await self._tables.snapshots.find_one({"tenant": tenant_id, "number": number})
            is_open = found is not None and found.get("active") is True
            types = self._staged(tenant_id, number) if is_open else self._written(tenant_id, number)
            async for object_type, rows in types:
                yield await self._type(tenant_id, number, object_type, rows)

    async def _written(
        self, tenant_id: TenantId, number: SnapshotNumber
    ) -> AsyncIterator[tuple[ObjectTypeName, list[Fields]]]:
        """A question per type: no cursor waits on the server while the type's segments are read."""
        of_snapshot = {"tenant": tenant_id, "first": number}
        for name in sorted(await self._tables.versions.distinct("type", of_snapshot), key=str):
            found = self._tables.versions.find({**of_snapshot, "type": name})
            yield ObjectTypeName(str(name)), [row async for row in found]

    async def _staged(
        self, tenant_id: TenantId, number: SnapshotNumber
    ) -> AsyncIterator[tuple[ObjectTypeName, list[Fields]]]:
        """A page holds rows of few types, so only the pages of one are read for it."""
        names = await Batches(self._tables).committed((tenant_id, number))
        known: dict[str, Any] = {"tenant": tenant_id, "first": number, "last": None}
        holding: dict[str, set[str]] = {}
        async for batch in self._tables.batches.find({"tenant": tenant_id, "number": number}, {"rows.type": 1}):
            for row in batch.get("rows", ()):
                holding.setdefault(str(row["type"]), set()).add(batch["_id"])
        for object_type in sorted(holding):
            latest: dict[str, Fields] = {}
            for name in names:
                if name not in holding[object_type]:
                    continue
                batch = await self._tables.batches.find_one({"_id": name}) or {}
                rows = batch.get("rows", ())
                latest |= {row["object_id"]: {**known, **row} for row in rows if row["type"] == object_type}
            yield ObjectTypeName(object_type), list(latest.values())

    async def _type(
        self, tenant_id: TenantId, number: SnapshotNumber, object_type: ObjectTypeName, stored: Sequence[Fields]
    ) -> InspectedType:
        removals = [row["object_id"] for row in stored if row.get("removed") is not None]
        kept = await self._kept(tenant_id, number, object_type, removals)
        rows, damage = {}, []
        for row in stored:
            try:
                version = decode_version(row)
            except Unreadable as error:
                damage.append(Damage(f"versions/{object_type}", error.message, tenant_id))
                continue
            rows[version.object_id] = InspectedRow(version, row["search"], kept.get(version.object_id, _NOTHING_KEPT))
        return InspectedType(object_type, rows, damage)

    async def _kept(
        self, tenant_id: TenantId, number: SnapshotNumber, object_type: ObjectTypeName, ids: Sequence[str]
    ) -> dict[ObjectId, tuple[str, Mapping[str, str]]]:
        """Of the versions before the removals."""
        kept: dict[ObjectId, tuple[str, Mapping[str, str]]] = {}
        for start in range(0, len(ids), _PAGE):
            some = {"$in": list(ids[start : start + _PAGE])}
            before = {"tenant": tenant_id, "type": object_type, "object_id": some, "first": {"$lt": number}}
            shown = {"object_id": 1, "name": 1, "facets": 1}
            async for row in self._tables.versions.find(before, shown, sort=[("first", ASCENDING)]):
                kept[ObjectId(row["object_id"])] = (row["name"], dict(row["facets"]))
        return kept

    async def _damaged_documents(self) -> AsyncIterator[tuple[str, Any]]:
        for name in await document_collections(self._database):
            async for stored in self._database[DOCUMENTS + name].find():
                if not checksums.is_document(name, stored):
                    yield name, stored["_id"]
        async for stored in self._database[COUNTERS].find():
            if not checksums.is_counter(stored):
                yield COUNTERS, stored["_id"]

    async def _count_again(self, name: str) -> None:
        """A counter numbers the documents of the collection that bears its name."""
        numbered = self._database[DOCUMENTS + name]
        highest = await numbered.find({}, {"body.number": 1}, sort=[("body.number", -1)], limit=1).to_list(1)
        value = int(highest[0].get("body", {}).get("number") or 0) if highest else 0
        counted = {"value": value, "opposite": -value}
        await self._database[COUNTERS].update_one({"_id": name}, {"$set": counted}, upsert=True)


@asynccontextmanager
async def _asked() -> AsyncIterator[None]:
    try:
        yield
    except CLIENT_ERRORS as error:
        raise translated(error) from error
