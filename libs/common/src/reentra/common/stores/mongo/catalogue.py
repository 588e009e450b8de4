"""MongoCatalogue: the catalogue port over `batches` and `writing` (staging, sealing) and `reading`."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from reentra.common.errors import Conflict, Stale
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import ObjectVersion, SegmentEntry, Snapshot, TypeCount, VersionRow
from reentra.common.stores.mongo import checksums, reading
from reentra.common.stores.mongo.batches import Batches, Key, portions
from reentra.common.stores.mongo.driver import Database
from reentra.common.stores.mongo.failures import CLIENT_ERRORS, translated
from reentra.common.stores.mongo.tables import (
    SEALING,
    Tables,
    decode_version,
    segment_document,
    staged_key,
    staged_row,
)
from reentra.common.stores.mongo.writing import commit_seal, finish_seal, go_on_sealing


class MongoCatalogue:
    def __init__(self, database: Database) -> None:
        self._tables = Tables(database)
        self._batches = Batches(self._tables)
        self._newest: dict[TenantId, tuple[SnapshotNumber, SnapshotNumber]] = {}
        """While this process writes a snapshot: its number, and the newest sealed one."""

    async def begin(
        self, tenant_id: TenantId, job_id: str, started_at: str, *, number: SnapshotNumber | None = None
    ) -> SnapshotNumber:
        async with self._asked():
            while True:
                active = await self._tables.snapshots.find_one({"tenant": tenant_id, "active": True})
                if active is not None:
                    found = SnapshotNumber(active["number"])
                    if active["job_id"] == job_id and number in (None, found):
                        self._batches.doubt(tenant_id)
                        return found
                    await self._end(tenant_id, found)
                given = await self._number(tenant_id, number)
                opened = _opened(tenant_id, given, job_id, started_at)
                try:
                    await self._tables.snapshots.insert_one(opened)
                except DuplicateKeyError:
                    # Another job began in the same moment: it is swept like any other.
                    if number is not None:
                        raise Conflict("Another job writes a snapshot of the tenant now.", number=number) from None
                    continue
                self._batches.begun((tenant_id, given), opened["_id"])
                return given

    async def stage(
        self,
        tenant_id: TenantId,
        number: SnapshotNumber,
        epoch: int,
        segment: SegmentEntry | None,
        rows: Sequence[VersionRow],
        touched: Iterable[tuple[ObjectTypeName, ObjectId]] = (),
    ) -> None:
        """Larger ones are several commits; a crash between them is a page read again, as after any crash."""
        key = (tenant_id, number)
        marks = [staged_key(object_type, id) for object_type, id in touched]
        async with self._asked():
            if segment is None and not rows and not marks:
                await self._batches.commit(key, epoch, None, "")
                return
            for some_rows, some_marks in portions([staged_row(tenant_id, number, row) for row in rows], marks):
                batch = {
                    "segment": segment_document(segment) if segment is not None else None,
                    "rows": some_rows,
                    "touched": some_marks,
                }
                await self._batches.commit(key, epoch, batch, uuid4().hex)

    async def heads(
        self, tenant_id: TenantId, object_type: ObjectTypeName, ids: Sequence[ObjectId]
    ) -> dict[ObjectId, ObjectVersion]:
        async with self._asked():
            found = await reading.heads(self._tables, tenant_id, object_type, ids)
            staged = map(decode_version, await self._batches.staged(tenant_id, object_type, ids))
            return found | {version.object_id: version for version in staged}

    async def untouched(
        self, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber, limit: int
    ) -> Sequence[ObjectVersion]:
        async with self._asked():
            seen = await self._seen((tenant_id, number))
            left: list[ObjectVersion] = []
            live = {"tenant": tenant_id, "type": object_type, "live": True, "last": None, "first": {"$lt": number}}
            async for stored in self._tables.versions.find(live):
                if staged_key(stored["type"], stored["object_id"]) not in seen:
                    left.append(decode_version(stored))
                if len(left) == limit:
                    break
        return left

    async def seen(
        self, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber
    ) -> Sequence[ObjectId]:
        prefix = staged_key(object_type, ObjectId(""))
        async with self._asked():
            found = await self._seen((tenant_id, number))
        return [ObjectId(key.removeprefix(prefix)) for key in found if key.startswith(prefix)]

    async def segments(self, tenant_id: TenantId, number: SnapshotNumber) -> Sequence[SegmentEntry]:
        async with self._asked():
            return await self._batches.segments((tenant_id, number))

    async def seal(self, snapshot: Snapshot) -> None:
        async with self._asked():
            sealing = await commit_seal(self._tables, snapshot)
            if not sealing:
                raise Stale(
                    f"Snapshot {snapshot.number} is not open, or was sealed with another manifest.",
                    number=snapshot.number,
                )
            if sealing is True:
                await go_on_sealing(self._tables, self._batches, snapshot.tenant_id, snapshot.number)
            else:
                await finish_seal(self._tables, self._batches, sealing)

    async def abandon(self, tenant_id: TenantId, number: SnapshotNumber) -> None:
        async with self._asked():
            if await self._end(tenant_id, number) == "sealed":
                raise Stale(f"Snapshot {number} is sealed and cannot be abandoned.", number=number)

    async def forget_tenant(self, tenant_id: TenantId) -> None:
        """The numbers stay taken: manifests under them may still lie in the object store."""
        async with self._asked():
            await self._tables.snapshots.delete_many({"tenant": tenant_id})
            await self._tables.batches.delete_many({"tenant": tenant_id})
            await self._tables.versions.delete_many({"tenant": tenant_id})
            await self._tables.tenants.update_one({"_id": tenant_id}, {"$set": {"types": []}})

    async def snapshot(self, tenant_id: TenantId, number: SnapshotNumber) -> Snapshot | None:
        async with self._asked():
            return await reading.snapshot(self._tables, tenant_id, number)

    async def latest(self, tenant_id: TenantId) -> Snapshot | None:
        found = await self.snapshots(tenant_id, limit=1)
        return found[0] if found else None

    async def snapshots(
        self, tenant_id: TenantId, *, before: SnapshotNumber | None = None, limit: int = 100
    ) -> Sequence[Snapshot]:
        async with self._asked():
            return await reading.snapshots(self._tables, tenant_id, before, limit)

    async def counts(self, tenant_id: TenantId, number: SnapshotNumber) -> dict[ObjectTypeName, TypeCount]:
        async with self._asked():
            is_open = self._batches.writes(tenant_id) == number
            asked = None if is_open else await reading.snapshot(self._tables, tenant_id, number)
            found = await reading.counts(self._tables, tenant_id, number)
            if asked is None or asked.status != "sealed":
                found += await self._staged_counts((tenant_id, number))
        types = sorted({object_type for (object_type, _), count in found.items() if count})
        return {name: TypeCount(found[name, True], found[name, False]) for name in types}

    async def objects(
        self,
        tenant_id: TenantId,
        object_type: ObjectTypeName,
        number: SnapshotNumber,
        *,
        search: str = "",
        facets: Mapping[str, str] | None = None,
        removed: bool = False,
        after: tuple[str, ObjectId] | None = None,
        limit: int = 100,
    ) -> Sequence[ObjectVersion]:
        words = search.lower().split()
        async with self._asked():
            return await reading.objects(
                self._tables,
                tenant_id,
                object_type,
                number,
                words=words,
                facets=facets or {},
                removed=removed,
                after=after,
                limit=limit,
            )

    async def facet_values(
        self,
        tenant_id: TenantId,
        object_type: ObjectTypeName,
        number: SnapshotNumber,
        names: Sequence[str],
        *,
        removed: bool = False,
    ) -> Mapping[str, Mapping[str, int]]:
        async with self._asked():
            return await reading.facet_values(self._tables, tenant_id, object_type, number, names, removed=removed)

    async def object(
        self, tenant_id: TenantId, object_type: ObjectTypeName, object_id: ObjectId, number: SnapshotNumber
    ) -> ObjectVersion | None:
        async with self._asked():
            found = await reading.find(self._tables, tenant_id, [object_type], [object_id], number)
        return found[0] if found else None

    async def find(
        self, tenant_id: TenantId, ids: Sequence[ObjectId], number: SnapshotNumber
    ) -> Sequence[ObjectVersion]:
        async with self._asked():
            types = await reading.types(self._tables, tenant_id)
            return await reading.find(self._tables, tenant_id, types, ids, number)

    async def history(
        self, tenant_id: TenantId, object_type: ObjectTypeName, object_id: ObjectId
    ) -> Sequence[ObjectVersion]:
        async with self._asked():
            return await reading.history(self._tables, tenant_id, object_type, object_id)

    async def changes(
        self,
        tenant_id: TenantId,
        number: SnapshotNumber,
        *,
        after: tuple[str, ObjectId] | None = None,
        limit: int = 100,
    ) -> Sequence[ObjectVersion]:
        async with self._asked():
            return await reading.changes(self._tables, tenant_id, number, after, limit)

    async def last_changes(
        self, tenant_id: TenantId, number: SnapshotNumber
    ) -> Mapping[ObjectTypeName, SnapshotNumber]:
        async with self._asked():
            return await reading.last_changes(self._tables, tenant_id, number)

    async def scan(
        self, tenant_id: TenantId, number: SnapshotNumber, object_type: ObjectTypeName | None = None
    ) -> AsyncIterator[Sequence[ObjectVersion]]:
        async with self._asked():
            newest = await self._newest_sealed(tenant_id, number)
            for name in [object_type] if object_type else await reading.types(self._tables, tenant_id):
                async for batch in reading.scan(self._tables, tenant_id, name, number, newest):
                    yield batch

    async def _newest_sealed(self, tenant_id: TenantId, number: SnapshotNumber) -> SnapshotNumber:
        """Who compares a snapshot with the one before asks again and again, and no other is sealed meanwhile."""
        writes = self._batches.writes(tenant_id)
        if writes is not None and self._newest.get(tenant_id) == (writes, number):
            return number
        newest = await reading.newest(self._tables, tenant_id, number)
        if writes is not None:
            self._newest[tenant_id] = (writes, newest)
        return newest

    async def _end(self, tenant_id: TenantId, number: SnapshotNumber) -> str:
        """What became of it: abandoned if it was open, sealed if it was being sealed. '' when it never was."""
        one = {"tenant": tenant_id, "number": number}
        done = await self._tables.snapshots.update_one(
            {**one, "status": "open"}, {"$set": {"status": "abandoned"}, "$unset": {"active": ""}}
        )
        if done.matched_count:
            await self._batches.drop((tenant_id, number))
            return "abandoned"
        found = await self._tables.snapshots.find_one(one)
        if found is not None and found["status"] == SEALING:
            await go_on_sealing(self._tables, self._batches, tenant_id, number)
            return "sealed"
        return found["status"] if found else ""

    async def _number(self, tenant_id: TenantId, wanted: SnapshotNumber | None) -> SnapshotNumber:
        tenants = self._tables.tenants
        if wanted is None and (counted := await self._one_more(tenant_id)) is not None:
            return counted
        with suppress(DuplicateKeyError):
            await tenants.insert_one({"_id": tenant_id, "last": 0, "types": []})
        if wanted is None:
            return await self._one_more(tenant_id) or SnapshotNumber(1)
        done = await tenants.update_one({"_id": tenant_id, "last": {"$lt": wanted}}, {"$set": {"last": wanted}})
        if done.matched_count == 0:
            raise Conflict(f"Snapshot number {wanted} of the tenant is taken.", number=wanted)
        return wanted

    async def _one_more(self, tenant_id: TenantId) -> SnapshotNumber | None:
        counted = await self._tables.tenants.find_one_and_update({"_id": tenant_id}, {"$inc": {"last": 1}})
        return SnapshotNumber(counted["last"] + 1) if counted else None

    async def _seen(self, key: Key) -> set[str]:
        seen: set[str] = set()
        async for batch in self._batches.each(key, fields=["rows.key", "touched"]):
            if "rows" not in batch:  # they are versions now
                raise Stale(f"Snapshot {key[1]} is sealed.", number=key[1])
            seen.update(row["key"] for row in batch["rows"])
            seen.update(batch["touched"])
        return seen

    async def _staged_counts(self, key: Key) -> reading.Counts:
        """What becomes more and less by what is staged."""
        now: dict[tuple[ObjectTypeName, ObjectId], bool] = {}
        wanted = ["rows.type", "rows.object_id", "rows.live"]
        async for batch in self._batches.each(key, fields=wanted):
            now |= {(row["type"], row["object_id"]): row["live"] for row in batch.get("rows", ())}
        before = await reading.live_heads(self._tables, key[0], now)
        difference = reading.Counts((object_type, lives) for (object_type, _), lives in now.items())
        difference.subtract((object_type, lived) for (object_type, _), lived in before.items())
        return difference

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        try:
            await self._tables.prepare()
            yield
        except CLIENT_ERRORS as error:
            raise translated(error) from error


def _opened(tenant_id: TenantId, number: SnapshotNumber, job_id: str, started_at: str) -> dict[str, Any]:
    opened = {
        "_id": f"{tenant_id}/{number}",
        "tenant": tenant_id,
        "number": number,
        "status": "open",
        "active": True,
        "job_id": job_id,
        "epoch": 0,
        "last_batch": None,
        "started_at": started_at,
    }
    return {**opened, "checksum": checksums.of_snapshot(opened)}
