"""What is staged in an open snapshot: a chain of batches, each naming the one before it.

A batch counts once the snapshot names it as its last, which is one conditional write: a worker that lost its lease can
still write a batch, but nobody will ever follow a name to it.

The types of a backup stage at the same time. One after the other writes, and those that wait meanwhile are written
together: else each would lose to the others' conditional write, and write its batch again.

Whoever writes a snapshot need not ask which batch is its last: it knows from its last write, and a writer that was
overtaken since can do nothing with what it reads. Nor need it read back what it staged itself, as long as that is
little: batches never change until the snapshot is sealed. The last one is asked anew when a snapshot is begun or
sealed, or its segments are wanted, with which a worker takes it over.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bson.errors import BSONError
from pymongo import ReplaceOne
from pymongo.errors import DocumentTooLarge

from reentra.common.errors import Stale
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import SegmentEntry
from reentra.common.stores.mongo.tables import Fields, Tables, damaged, decode_segment, staged_key

_LARGEST = 4000
"""Rows or marks in one document, far below the 16 MiB that it may have."""
_AT_ONCE = 16
"""Batches in one answer."""
_KEPT = 2000
"""Rows and marks of one snapshot that its writer need not read back."""
Key = tuple[TenantId, SnapshotNumber]


@dataclass(frozen=True, slots=True)
class _Open:
    """An open snapshot, as it was when this process last read or wrote it."""

    id: str
    number: SnapshotNumber
    epoch: int
    last_batch: str | None


@dataclass(slots=True)
class _Group:
    """Batches that one write makes count, in the order in which they came."""

    batches: dict[str, Fields] = field(default_factory=dict)
    written: asyncio.Task[None] | None = None


class Batches:
    def __init__(self, tables: Tables, *, kept: int = _KEPT) -> None:
        self._tables = tables
        self._most_kept = kept
        self._waiting: dict[tuple[Key, int], _Group] = {}
        self._writing: dict[Key, asyncio.Lock] = {}
        self._chains: dict[Key, list[str]] = {}
        self._open: dict[TenantId, _Open] = {}
        self._kept: dict[Key, dict[str, Fields]] = {}

    async def commit(self, key: Key, epoch: int, batch: Fields | None, batch_id: str) -> None:
        """Raises Stale when the snapshot is not open, or a higher epoch was there. Without a batch only the epoch."""
        if (group := self._waiting.get((key, epoch))) is None:
            group = self._waiting[key, epoch] = _Group()
            group.written = asyncio.create_task(self._write(key, epoch, group))
        if batch is not None:
            group.batches[batch_id] = batch
        assert group.written is not None
        try:
            await asyncio.shield(group.written)  # whoever is cancelled does not take the others' batches along
        except (DocumentTooLarge, BSONError, OverflowError):
            if batch is None or len(group.batches) == 1:
                raise
            alone = self._write_alone(key, epoch, {batch_id: batch})  # nothing of them counts; whose fault is it?
            await asyncio.shield(asyncio.create_task(alone))

    async def _write(self, key: Key, epoch: int, group: _Group) -> None:
        async with self._writing.setdefault(key, asyncio.Lock()):
            del self._waiting[key, epoch]  # whoever comes from now on waits for the next write
            await self._commit(key, epoch, group.batches)

    async def _write_alone(self, key: Key, epoch: int, batches: Mapping[str, Fields]) -> None:
        async with self._writing.setdefault(key, asyncio.Lock()):
            await self._commit(key, epoch, batches)

    async def _commit(self, key: Key, epoch: int, new: Mapping[str, Fields]) -> None:
        try:
            await self._chained(key, epoch, new)
        except BaseException:
            self.doubt(key[0])
            raise

    async def _chained(self, key: Key, epoch: int, new: Mapping[str, Fields]) -> None:
        tenant_id, number = key
        names = list(new)
        tried = False
        while True:
            # What this process knows may be old; then the condition fails, and it is read.
            was = self._known(key) or await self._read(key)
            if was is None or was.epoch > epoch:
                raise Stale(
                    f"Snapshot {number} is closed, or another worker writes it now.", number=number, epoch=epoch
                )
            if tried and names and names[-1] in await self._chain(key, was.last_batch):
                return  # it counted the first time, and the answer was lost
            if names:
                chained = [
                    {"_id": name, "tenant": tenant_id, "number": number, "previous": previous, **new[name]}
                    for name, previous in zip(names, [was.last_batch, *names], strict=False)
                ]
                writes = [ReplaceOne({"_id": batch["_id"]}, batch, upsert=True) for batch in chained]
                await self._tables.batches.bulk_write(writes)
            now = _Open(was.id, number, epoch, names[-1] if names else was.last_batch)
            done = await self._tables.snapshots.update_one(
                {"_id": was.id, "status": "open", "epoch": was.epoch, "last_batch": was.last_batch},
                {"$set": {"epoch": now.epoch, "last_batch": now.last_batch}},
            )
            if done.matched_count:
                self._open[tenant_id] = now
                self._grew(key, was.last_batch, names)
                self._keep(key, new)
                return
            self.doubt(tenant_id)
            tried = True

    def _grew(self, key: Key, last: str | None, names: Sequence[str]) -> None:
        chain = self._chains.setdefault(key, [])
        if (chain[-1] if chain else None) == last:
            chain.extend(names)

    def _keep(self, key: Key, new: Mapping[str, Fields]) -> None:
        """All or nothing: one that is missing would have to be asked for anyhow."""
        if (kept := self._kept.get(key)) is None:
            return
        kept |= new
        if sum(len(batch["rows"]) + len(batch["touched"]) for batch in kept.values()) > self._most_kept:
            del self._kept[key]

    async def _read(self, key: Key) -> _Open | None:
        found = await self._tables.snapshots.find_one({"tenant": key[0], "number": key[1], "status": "open"})
        return _Open(found["_id"], key[1], found["epoch"], found["last_batch"]) if found else None

    def _known(self, key: Key) -> _Open | None:
        known = self._open.get(key[0])
        return known if known is not None and known.number == key[1] else None

    def begun(self, key: Key, id: str) -> None:
        """By this process, just now: nothing is staged."""
        for lost in [old for old in self._kept if old[0] == key[0]]:
            del self._kept[lost]
        self._open[key[0]] = _Open(id, key[1], 0, None)
        self._kept[key] = {}

    def writes(self, tenant_id: TenantId) -> SnapshotNumber | None:
        """The open snapshot that this process wrote to last, as far as it knows."""
        known = self._open.get(tenant_id)
        return SnapshotNumber(known.number) if known is not None else None

    def doubt(self, tenant_id: TenantId) -> None:
        """Others may have written since this process did, or what it wrote was not answered."""
        self._open.pop(tenant_id, None)

    async def committed(self, key: Key) -> list[str]:
        """The batches that count, in the order they were staged."""
        if (known := self._known(key)) is not None:
            return await self._chain(key, known.last_batch)
        one = {"tenant": key[0], "number": key[1]}
        found = await self._tables.snapshots.find_one(one, {"last_batch": 1})
        return await self._chain(key, found["last_batch"] if found else None)

    async def _chain(self, key: Key, last: str | None) -> list[str]:
        if last is None:
            return []
        tenant_id, number = key
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

    async def each(self, key: Key, *, fields: Sequence[str]) -> AsyncIterator[Fields]:
        """`fields`: those that are wanted; others may come too."""
        async for batch in self._all(key, await self.committed(key), fields):
            yield batch

    async def each_up_to(self, key: Key, last: str | None) -> AsyncIterator[Fields]:
        """The rows of a snapshot that ended with that batch, newest first."""
        async for batch in self._all(key, (await self._chain(key, last))[::-1], ["rows"]):
            yield batch

    async def _all(self, key: Key, names: Sequence[str], fields: Sequence[str]) -> AsyncIterator[Fields]:
        if (kept := self._kept_all(key, names)) is not None:
            for name in names:
                yield kept[name]
            return
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            found = self._tables.batches.find({"_id": {"$in": some}}, fields)
            by_name: Mapping[str, Fields] = {batch["_id"]: batch async for batch in found}
            for name in some:
                if name in by_name:
                    yield by_name[name]

    def _kept_all(self, key: Key, names: Sequence[str]) -> Mapping[str, Fields] | None:
        kept = self._kept.get(key)
        return kept if kept is not None and all(name in kept for name in names) else None

    async def staged(self, tenant_id: TenantId, object_type: ObjectTypeName, ids: Sequence[ObjectId]) -> list[Fields]:
        """The rows staged last of these objects, as version documents of the snapshot that is written now."""
        active = self._open.get(tenant_id) or await self._active(tenant_id)
        if active is None:
            return []
        key = (tenant_id, active.number)
        names = {name: place for place, name in enumerate(await self._chain(key, active.last_batch))}
        if not names:
            return []
        wanted = {staged_key(object_type, id) for id in ids}
        holders: Sequence[Fields]
        if (kept := self._kept_all(key, list(names))) is not None:
            holders = [kept[name] for name in names]
        else:
            condition = {"tenant": key[0], "number": key[1], "rows.key": {"$in": sorted(wanted)}}
            some = [batch async for batch in self._tables.batches.find(condition, {"rows": 1}) if batch["_id"] in names]
            holders = sorted(some, key=lambda holder: names[holder["_id"]])
        found: dict[str, Fields] = {}
        for batch in holders:
            found |= {row["key"]: row for row in batch["rows"] if row["key"] in wanted}
        return [{"tenant": tenant_id, "first": key[1], "last": None, **row} for row in found.values()]

    async def _active(self, tenant_id: TenantId) -> _Open | None:
        found = await self._tables.snapshots.find_one({"tenant": tenant_id, "active": True})
        return _Open(found["_id"], found["number"], found["epoch"], found["last_batch"]) if found else None

    async def segments(self, key: Key) -> list[SegmentEntry]:
        """One staged again keeps the higher ordinal, and counts as staged then."""
        self.doubt(key[0])
        found: dict[str, dict[str, Any]] = {}
        async for batch in self.each(key, fields=["segment"]):
            if (segment := batch.get("segment")) is not None:
                earlier = found.pop(segment["segment"], segment)
                found[segment["segment"]] = {**segment, "ordinal": max(earlier["ordinal"], segment["ordinal"])}
        return [decode_segment(segment) for segment in sorted(found.values(), key=lambda entry: entry["ordinal"])]

    async def drop(self, key: Key) -> None:
        """Of an abandoned snapshot."""
        self._forget(key)
        await self._tables.batches.delete_many({"tenant": key[0], "number": key[1]})

    async def keep_segments_only(self, key: Key) -> None:
        """Of a sealed snapshot: what was staged are versions now."""
        is_empty = self._kept.get(key) == {} and not self._chains.get(key)
        self._forget(key)
        if is_empty:
            return
        await self._tables.batches.update_many(
            {"tenant": key[0], "number": key[1]}, {"$unset": {"rows": "", "touched": ""}}
        )

    def _forget(self, key: Key) -> None:
        self._chains.pop(key, None)
        self._kept.pop(key, None)
        if self._known(key) is not None:
            self.doubt(key[0])
        self._writing.pop(key, None)


def portions(rows: Sequence[Any], marks: Sequence[Any]) -> list[tuple[Sequence[Any], Sequence[Any]]]:
    """At least one, at most so many rows and marks in each."""
    starts = range(0, max(len(rows), len(marks), 1), _LARGEST)
    return [(rows[start : start + _LARGEST], marks[start : start + _LARGEST]) for start in starts]
