"""The bytes of one archive, as they come about: objects, README, manifest.

What is stored of an object may be damaged. It is left out and named, and everything else comes out.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reentra.common.clock import from_text
from reentra.common.errors import Unreadable
from reentra.common.events.exporter import ExportProgressed
from reentra.common.ids import ObjectTypeName
from reentra.common.jobs.job import Lease
from reentra.common.snapshot.agreement import disagreement
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import ObjectVersion
from reentra.common.stores.documents import Json
from reentra.common.testing.failpoints import failpoint
from reentra.exporter.domain import listing
from reentra.exporter.domain.files import file_content, file_name
from reentra.exporter.domain.guide import readme
from reentra.exporter.domain.listing import Damaged, Source
from reentra.exporter.domain.selection import Selection
from reentra.exporter.operations.ports import Archive, Tools, Waiting

_NAMED_IN_README = 50
_MOST_KEPT = 100
"""Damaged objects that are kept in memory and named in the job's result; the manifest names all."""


@dataclass(slots=True)
class Export:
    lease: Lease
    tools: Tools
    selection: Selection
    source: Source
    reader: RecordReader
    named: Sequence[ObjectVersion] | None
    """The objects asked for by id; None when whole types are meant."""
    counts: Mapping[ObjectTypeName, int]
    """Of what was asked for, per type."""
    done: int = 0
    written: dict[str, int] = field(default_factory=dict)
    damaged: list[Damaged] = field(default_factory=list)
    reported_at: float = field(default_factory=time.monotonic)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def left_out(self) -> int:
        return self.total - sum(self.written.values())

    def begin(self) -> None:
        self.done, self.damaged = 0, []
        self.written = {str(name): 0 for name in self.counts}


async def archive_bytes(export: Export) -> AsyncGenerator[bytes, None]:
    """Raises Unreadable naming an object when there is nothing but damaged ones."""
    tools, source = export.tools, export.source
    sealed_at = from_text(source.snapshot.sealed_at or source.snapshot.started_at)
    export.begin()
    with tools.open_archive(sealed_at) as archive, tools.open_waiting() as files, tools.open_waiting() as damaged:
        async for batch in _batches(export):
            found = await _read(export.reader, batch)
            packing = _Packing(export, archive, files, damaged)
            if packed := await asyncio.to_thread(packing.pack, found):
                yield packed
            export.done += len(batch)
            failpoint("exporter.after-batch")
            await _report(export)
        if export.done != export.total:
            raise Unreadable(
                f"The catalogue counts {export.total} objects but lists {export.done}. Run `reentra verify`."
            )
        _check_anything_is_left(export)
        guide = readme(source, list(export.counts), export.damaged[:_NAMED_IN_README], export.left_out)
        files.append(_listed(listing.README, guide, first=False))
        yield archive.add(listing.README, guide)
        pieces = _pieces(source, _selection_json(export.selection), files, damaged, export.written)
        for last in (archive.add_large(listing.MANIFEST, pieces), archive.finish()):
            while chunk := await asyncio.to_thread(next, last, b""):
                yield chunk


async def _batches(export: Export) -> AsyncIterator[Sequence[ObjectVersion]]:
    size = export.tools.settings.batch_objects
    if export.named is not None:
        for start in range(0, len(export.named), size):
            yield export.named[start : start + size]
        return
    for name in export.counts:
        number, tenant_id = export.selection.snapshot, export.lease.job.tenant_id
        async for found in export.tools.catalogue.scan(tenant_id, number, name):
            for start in range(0, len(found), size):
                yield found[start : start + size]


_Found = list[tuple[ObjectVersion, ObjectRecord | str]]
"""Each with its record, or why there is none."""


async def _read(reader: RecordReader, batch: Sequence[ObjectVersion]) -> _Found:
    try:
        return list(zip(batch, await reader.read_many([version.place for version in batch]), strict=True))
    except Unreadable:
        return [(version, await _read_alone(reader, version)) for version in batch]


async def _read_alone(reader: RecordReader, version: ObjectVersion) -> ObjectRecord | str:
    try:
        return await reader.read(version.place)
    except Unreadable as error:
        return error.message


@dataclass(frozen=True, slots=True)
class _Packing:
    export: Export
    archive: Archive
    files: Waiting
    damaged: Waiting

    def pack(self, found: _Found) -> bytes:
        return b"".join([self._add(version, record) for version, record in found])

    def _add(self, version: ObjectVersion, record: ObjectRecord | str) -> bytes:
        if isinstance(record, str):
            return self._leave_out(version, record)
        if why := disagreement(version, record):
            return self._leave_out(version, why)
        written = self.export.written
        name, content = file_name(record.object_type, record.object_id), file_content(record)
        self.files.append(_listed(name, content, first=not any(written.values())))
        written[record.object_type] += 1
        return self.archive.add(name, content)

    def _leave_out(self, version: ObjectVersion, why: str) -> bytes:
        kept = self.export.damaged
        damaged = Damaged(version.object_type, version.object_id, version.display_name, why)
        self.damaged.append(listing.damaged_line(damaged, first=not kept))
        if len(kept) < _MOST_KEPT:
            kept.append(damaged)
        return b""


def _check_anything_is_left(export: Export) -> None:
    if not any(export.written.values()):
        first = export.damaged[0]
        more = f" None of the {export.total} objects asked for can be read." if export.total > 1 else ""
        raise Unreadable(
            f"The stored {first.object_type} {first.object_id} cannot be read, so nothing was exported: "
            f"{first.reason}{more}",
            object_type=first.object_type,
            object_id=first.object_id,
        )


def _listed(name: str, content: bytes, *, first: bool) -> bytes:
    return listing.file_line(name, len(content), hashlib.sha256(content).hexdigest(), first=first)


def _pieces(
    source: Source, selection: Json, files: Waiting, damaged: Waiting, counts: Mapping[str, int]
) -> Iterator[bytes]:
    yield listing.head(source, selection)
    yield from files.chunks()
    yield listing.MIDDLE
    yield from damaged.chunks()
    yield listing.tail(counts, source.snapshot)


def _selection_json(selection: Selection) -> Json:
    return {
        "object_types": None if selection.object_types is None else list(selection.object_types),
        "ids": None if selection.ids is None else list(selection.ids),
    }


async def _report(export: Export) -> None:
    """Raises Stale (another worker has the job) and JobCancelled: the archive is then never finished."""
    now = time.monotonic()
    if now - export.reported_at < export.tools.settings.progress_interval_seconds:
        return
    export.reported_at = now
    job = export.lease.job
    event = ExportProgressed(tenant_id=job.tenant_id, job_id=job.id, objects=export.done, total=export.total)
    await export.lease.commit(progress=progress_of(export, "exporting"), events=[event])


def progress_of(export: Export, phase: str) -> Json:
    percent = 100 * export.done // export.total
    return {"phase": phase, "objects": export.done, "total": export.total, "percent": percent}
