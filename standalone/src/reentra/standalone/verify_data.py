"""The deep half of `verify`: one snapshot's records against the catalogue's rows, segment by segment.

Both sides are read once and in bulk; in memory is one object type of one snapshot. A record that a later one of the
same snapshot replaced, and a part of a large object, have no row of their own; every other record has one.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.keys import TenantKeys
from reentra.common.snapshot.manifest import Manifest
from reentra.common.snapshot.raw import content_hashes, parse_raw
from reentra.common.snapshot.reader import read_whole
from reentra.common.snapshot.segment import OpenSegment
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue, Place, SegmentEntry
from reentra.common.stores.inspection import InspectedType, Inspection
from reentra.standalone.findings import Counters, Findings
from reentra.standalone.verify_rows import LISTED_EARLIER, REBUILD, Comparison
from reentra.standalone.verify_stores import Stores

_PORTION_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Listed:
    """A snapshot's segments: as its manifest lists them or, while it is open, as the catalogue does. `objects`: per
    type how many live objects the manifest says. `is_open`: no manifest says yet what the catalogue says."""

    tenant_id: TenantId
    number: SnapshotNumber
    segments: Sequence[SegmentEntry]
    objects: Mapping[str, int]
    is_open: bool = False

    @classmethod
    def of(cls, manifest: Manifest, lost: Set[str] = frozenset()) -> "Listed":
        """`lost`: types of which a rebuild found something damaged; fewer of them are there than were."""
        said = {name: facts for name, facts in manifest.types.items() if name not in lost}
        objects = {name: facts["objects"] for name, facts in said.items() if "objects" in facts}
        return cls(manifest.tenant_id, manifest.number, manifest.segments, objects)


async def check_data(
    stores: Stores, keys: TenantKeys, listed: Listed, findings: Findings, counters: Counters
) -> set[SegmentId]:
    """The segments that were read."""
    check = _Snapshot(stores.blobs, stores.catalogue, stores.inspection, keys, listed, findings, counters)
    await check.run()
    return {entry.segment for entry in listed.segments}


@dataclass(slots=True)
class _Snapshot:
    blobs: Blobs
    catalogue: Catalogue
    inspection: Inspection
    keys: TenantKeys
    listed: Listed
    findings: Findings
    counters: Counters
    damaged: set[SegmentId] = field(default_factory=set)

    async def run(self) -> None:
        segments: dict[ObjectTypeName, list[SegmentEntry]] = {}
        for entry in self.listed.segments:
            segments.setdefault(entry.object_type, []).append(entry)
        try:
            async for found in self.inspection.rows(self.listed.tenant_id, self.listed.number):
                for damage in found.damage:
                    self._error("row", damage.where, damage.message)
                await self._check_type(found, segments.pop(found.object_type, []))
        except Unreadable as error:
            self._error("row", f"snapshot {self.listed.number}", error.message)
        for name, entries in segments.items():
            await self._check_type(InspectedType(name, {}, ()), entries)
        await self._check_counts()

    async def _check_type(self, found: InspectedType, entries: Sequence[SegmentEntry]) -> None:
        comparison = Comparison(found, self.listed.tenant_id)
        for entry in entries:
            self.counters.segments += 1
            try:
                data = await read_whole(self.blobs, self.listed.tenant_id, entry)
                self.counters.bytes_read += len(data)
                self._check_segment(entry, data, comparison)
            except Unreadable as error:
                self.damaged.add(entry.segment)
                message = error.message
                if self.listed.is_open:
                    message += "; no manifest lists it yet, so its row in the catalogue may be what is damaged"
                self._error("segment", segment_blob(self.listed.tenant_id, entry.segment), message)
            await asyncio.sleep(0)
        for row in comparison.unresolved():
            if row.place.segment not in self.damaged:
                name = f"{row.object_type}/{row.object_id}"
                message = f"The row of {row.object_type} {row.object_id}{self._at} has no record; {REBUILD}."
                self._error("row", name, message)

        if comparison.earlier:
            message = (
                f"{comparison.earlier} rows of type {found.object_type}{self._at} are right, and were listed by an "
                f"earlier version of Reentra, which knew fewer filters. To have them all, {REBUILD}."
            )
            self.findings.warning(LISTED_EARLIER, found.object_type, message, self.listed.tenant_id)

    def _check_segment(self, entry: SegmentEntry, data: bytes, comparison: Comparison) -> None:
        opened = OpenSegment(self.keys, entry.segment, data)
        records = 0
        for some in _in_portions(opened.lines()):
            records += len(some)
            parsed = [parse_raw(opened.origin, line) for _, line in some]
            for (place, _), record, content_hash in zip(some, parsed, content_hashes(parsed), strict=True):
                what = "lies in a segment of another type"
                if record.type == entry.object_type:
                    what = "" if record.part else comparison.contradiction(record, content_hash, place)
                if what:
                    message = f"The record of {record.type} {record.id}{self._at} {what}."
                    self._error("record", f"{record.type}/{record.id}", message)
        self.counters.records += records
        if records != entry.records:
            message = f"{opened.origin.blob} has {records} records, its manifest says {entry.records}."
            self._error("segment", opened.origin.blob, message)

    async def _check_counts(self) -> None:
        if self.damaged:
            return
        try:
            counts = await self.catalogue.counts(self.listed.tenant_id, self.listed.number)
        except Unreadable as error:
            self._error("count", f"snapshot {self.listed.number}", error.message)
            return
        for name, said in self.listed.objects.items():
            found = counts.get(ObjectTypeName(name))
            live = found.live if found is not None else 0
            if said != live:
                message = f"The catalogue has {live} objects of type {name}{self._at}, the manifest says {said}."
                self._error("count", name, message)

    @property
    def _at(self) -> str:
        return f" in snapshot {self.listed.number} of tenant {self.listed.tenant_id}"

    def _error(self, code: str, where: str, message: str) -> None:
        self.findings.error(code, where, message, self.listed.tenant_id)


def _in_portions(lines: Iterable[tuple[Place, bytes]]) -> Iterator[list[tuple[Place, bytes]]]:
    """What a portion becomes is used while it lies in the processor's cache."""
    portion: list[tuple[Place, bytes]] = []
    size = 0
    for place, line in lines:
        portion.append((place, line))
        size += len(line)
        if size >= _PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
