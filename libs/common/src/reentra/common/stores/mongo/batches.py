"""What is staged in an open snapshot: a chain of batches, each naming the one before it.

A batch counts once the snapshot names it as its last, which is one conditional write: a worker that lost its lease can
still write a batch, but nobody will ever follow a name to it.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from reentra.common.errors import Stale
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import SegmentEntry
from reentra.common.stores.mongo.tables import Fields, Tables, damaged, decode_segment, staged_key

_LARGEST = 4000
"""Rows or marks in one document, far below the 16 MiB that it may have."""
Key = tuple[TenantId, SnapshotNumber]


class Batches:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._chains: dict[Key, list[str]] = {}

    async def commit(self, key: Key, epoch: int, batch: Fields | None, batch_id: str) -> None:
        """Raises Stale when the snapshot is not open, or a higher epoch was there. Without a batch only the epoch."""
        tenant_id, number = key
        snapshots, batches = self._tables.snapshots, self._tables.batches
        while True:
            found = await snapshots.find_one({"tenant": tenant_id, "number": number})
            if found is None or found["status"] != "open" or found["epoch"] > epoch:
                raise Stale(
                    f"Snapshot {number} is closed, or another worker writes it now.", number=number, epoch=epoch
                )
            last = found["last_batch"]
            if batch is not None:
                document = {"_id": batch_id, "tenant": tenant_id, "number": number, "previous": last, **batch}
                await batches.replace_one({"_id": batch_id}, document, upsert=True)
            done = await snapshots.update_one(
                {"_id": found["_id"], "status": "open", "epoch": found["epoch"], "last_batch": last},
                {"$set": {"epoch": epoch, "last_batch": batch_id if batch is not None else last}},
            )
            if done.matched_count:
                return

    async def committed(self, key: Key) -> list[str]:
        """The batches that count, in the order they were staged."""
        tenant_id, number = key
        found = await self._tables.snapshots.find_one({"tenant": tenant_id, "number": number}, {"last_batch": 1})
        last = found["last_batch"] if found else None
        if last is None:
            return []
        known = self._chains.get(key, [])
        added: list[str] = []
        name: str | None = last
        if not known or known[-1] != last:
            links = {
                batch["_id"]: batch["previous"]
                async for batch in self._tables.batches.find({"tenant": tenant_id, "number": number}, {"previous": 1})
            }
            known = []
            while name is not None:
                if name not in links or len(added) > len(links):
                    raise damaged(f"about the pages of snapshot {key[1]} of tenant {key[0]}")
                added.append(name)
                name = links[name]
        self._chains[key] = [*known, *reversed(added)]
        return self._chains[key]

    async def each(self, key: Key, *, newest_first: bool = False) -> AsyncIterator[Fields]:
        names = await self.committed(key)
        for name in reversed(names) if newest_first else list(names):
            batch = await self._tables.batches.find_one({"_id": name})
            if batch is not None:
                yield batch

    async def staged(self, key: Key, object_type: ObjectTypeName, ids: Sequence[ObjectId]) -> dict[ObjectId, Fields]:
        """The rows staged last of these objects."""
        names = {name: place for place, name in enumerate(await self.committed(key))}
        if not names:
            return {}
        wanted = {staged_key(object_type, id) for id in ids}
        condition = {"tenant": key[0], "number": key[1], "rows.key": {"$in": sorted(wanted)}}
        holders = [batch async for batch in self._tables.batches.find(condition, {"rows": 1}) if batch["_id"] in names]
        found: dict[ObjectId, Fields] = {}
        for batch in sorted(holders, key=lambda holder: names[holder["_id"]]):
            found |= {ObjectId(row["object_id"]): row for row in batch["rows"] if row["key"] in wanted}
        return found

    async def segments(self, key: Key) -> list[SegmentEntry]:
        """One staged again keeps the higher ordinal, and counts as staged then."""
        found: dict[str, dict[str, Any]] = {}
        async for batch in self.each(key):
            if (segment := batch.get("segment")) is not None:
                earlier = found.pop(segment["segment"], segment)
                found[segment["segment"]] = {**segment, "ordinal": max(earlier["ordinal"], segment["ordinal"])}
        return [decode_segment(segment) for segment in sorted(found.values(), key=lambda entry: entry["ordinal"])]

    async def drop(self, key: Key) -> None:
        """Of an abandoned snapshot."""
        self._chains.pop(key, None)
        await self._tables.batches.delete_many({"tenant": key[0], "number": key[1]})

    async def keep_segments_only(self, key: Key) -> None:
        """Of a sealed snapshot: what was staged are versions now."""
        self._chains.pop(key, None)
        await self._tables.batches.update_many(
            {"tenant": key[0], "number": key[1]}, {"$unset": {"rows": "", "touched": ""}}
        )


def portions(rows: Sequence[Any], marks: Sequence[Any]) -> list[tuple[Sequence[Any], Sequence[Any]]]:
    """At least one, at most so many rows and marks in each."""
    starts = range(0, max(len(rows), len(marks), 1), _LARGEST)
    return [(rows[start : start + _LARGEST], marks[start : start + _LARGEST]) for start in starts]
