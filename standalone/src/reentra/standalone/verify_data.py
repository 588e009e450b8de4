"""The deep half of `verify`: one snapshot's records against the catalogue's rows, segment by segment.

Both sides are read once and in bulk; in memory is one object type of one snapshot. A record that a later one of the
same snapshot replaced, and a part of a large object, have no row of their own; every other record has one.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.snapshot.manifest import Manifest
from reentra.common.snapshot.raw import RawRecord, parse_raw
from reentra.common.snapshot.reader import read_whole
from reentra.common.snapshot.segment import OpenSegment
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue, ObjectVersion, Place, SegmentEntry
from reentra.standalone.findings import Counters, Findings

_PAGE = 5000

Rows = dict[ObjectId, ObjectVersion]


async def check_data(
    blobs: Blobs, catalogue: Catalogue, keys: TenantKeys, manifest: Manifest, findings: Findings, counters: Counters
) -> set[SegmentId]:
    """The segments that were read."""
    check = _Snapshot(blobs, catalogue, keys, manifest, findings, counters)
    await check.run()
    return {entry.segment for entry in manifest.segments}


@dataclass(slots=True)
class _Snapshot:
    blobs: Blobs
    catalogue: Catalogue
    keys: TenantKeys
    manifest: Manifest
    findings: Findings
    counters: Counters
    damaged: set[SegmentId] = field(default_factory=set)

    async def run(self) -> None:
        segments: dict[ObjectTypeName, list[SegmentEntry]] = {}
        for entry in self.manifest.segments:
            segments.setdefault(entry.object_type, []).append(entry)
        async for name, rows in self._rows():
            await self._check_type(name, rows, segments.pop(name, []))
        for name, entries in segments.items():
            await self._check_type(name, {}, entries)
        await self._check_counts()

    async def _rows(self) -> AsyncIterator[tuple[ObjectTypeName, Rows]]:
        """The versions that begin in this snapshot, a type at a time."""
        after: tuple[str, ObjectId] | None = None
        name: ObjectTypeName | None = None
        rows: Rows = {}
        tenant_id, number = self.manifest.tenant_id, self.manifest.number
        while page := await self.catalogue.changes(tenant_id, number, after=after, limit=_PAGE):
            for version in page:
                if name is not None and version.object_type != name:
                    yield name, rows
                    rows = {}
                name = version.object_type
                rows[version.object_id] = version
            after = (page[-1].object_type, page[-1].object_id)
        if name is not None:
            yield name, rows

    async def _check_type(self, name: ObjectTypeName, rows: Rows, entries: Sequence[SegmentEntry]) -> None:
        unresolved = set(rows)
        for entry in entries:
            self.counters.segments += 1
            try:
                data = await read_whole(self.blobs, self.manifest.tenant_id, entry)
                self.counters.bytes_read += len(data)
                self._check_segment(entry, data, rows, unresolved)
            except Unreadable as error:
                self.damaged.add(entry.segment)
                self._error("segment", segment_blob(self.manifest.tenant_id, entry.segment), error.message)
            await asyncio.sleep(0)
        for object_id in sorted(unresolved):
            if rows[object_id].place.segment not in self.damaged:
                self._error("row", f"{name}/{object_id}", f"The row of {name} {object_id}{self._at} has no record.")

    def _check_segment(self, entry: SegmentEntry, data: bytes, rows: Rows, unresolved: set[ObjectId]) -> None:
        opened = OpenSegment(self.keys, entry.segment, data)
        records = 0
        for place, line in opened.lines():
            records += 1
            record = parse_raw(opened.origin, line)
            if record.type != entry.object_type:
                self._record_error(record, "lies in a segment of another type")
            elif not record.part:
                self._check_record(record, place, rows.get(ObjectId(record.id)), unresolved)
        self.counters.records += records
        if records != entry.records:
            message = f"{opened.origin.blob} has {records} records, its manifest says {entry.records}."
            self._error("segment", opened.origin.blob, message)

    def _check_record(
        self, record: RawRecord, place: Place, row: ObjectVersion | None, unresolved: set[ObjectId]
    ) -> None:
        if row is None:
            self._record_error(record, "is not in the catalogue; run `reentra rebuild`")
        elif row.place == place:
            unresolved.discard(row.object_id)
            if record.removed != row.removed:
                self._record_error(record, "is removed on one side only; run `reentra rebuild`")
            elif record.content_hash != row.content_hash:
                self._record_error(record, "has not the content that the catalogue says; run `reentra rebuild`")

    async def _check_counts(self) -> None:
        if self.damaged:
            return
        counts = await self.catalogue.counts(self.manifest.tenant_id, self.manifest.number)
        for name, facts in self.manifest.types.items():
            found = counts.get(ObjectTypeName(name))
            live = found.live if found is not None else 0
            said = facts.get("objects", live)
            if said != live:
                message = f"The catalogue has {live} objects of type {name}{self._at}, the manifest says {said}."
                self._error("count", name, message)

    @property
    def _at(self) -> str:
        return f" in snapshot {self.manifest.number} of tenant {self.manifest.tenant_id}"

    def _record_error(self, record: RawRecord, what: str) -> None:
        name = f"{record.type}/{record.id}"
        self._error("record", name, f"The record of {record.type} {record.id}{self._at} {what}.")

    def _error(self, code: str, where: str, message: str) -> None:
        self.findings.error(code, where, message, self.manifest.tenant_id)
