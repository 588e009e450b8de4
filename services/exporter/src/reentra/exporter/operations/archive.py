"""The bytes of one archive, as they come about: README, objects, manifest."""

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
from reentra.common.snapshot.agreement import check_record, unreadable
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import ObjectVersion
from reentra.common.stores.documents import Json
from reentra.common.testing.failpoints import failpoint
from reentra.exporter.domain import listing
from reentra.exporter.domain.files import file_content, file_name
from reentra.exporter.domain.guide import readme
from reentra.exporter.domain.listing import Source
from reentra.exporter.domain.selection import Selection
from reentra.exporter.operations.ports import Archive, Tools, Waiting

_CONSEQUENCE = "nothing was exported"


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
    done: int = 0
    reported_at: float = field(default_factory=time.monotonic)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


async def archive_bytes(export: Export) -> AsyncGenerator[bytes, None]:
    """The bytes of the archive: README, objects, manifest."""
    tools, source = export.tools, export.source
    sealed_at = from_text(source.snapshot.sealed_at or source.snapshot.started_at)
    with tools.open_archive(sealed_at) as archive, tools.open_waiting() as files:
        guide = readme(source, list(export.counts))
        files.append(_listed(listing.README, guide, first=True))
        yield archive.add(listing.README, guide)
        async for batch in _batches(export):
            records = await _read(export.reader, batch)
            yield await asyncio.to_thread(_pack, archive, files, batch, records)
            export.done += len(batch)
            failpoint("exporter.after-batch")
            await _report(export)
        counts = {str(name): count for name, count in export.counts.items()}
        if export.done != export.total:
            raise Unreadable(
                f"The catalogue counts {export.total} objects but lists {export.done}. Run `reentra verify`."
            )
        pieces = _pieces(source, _selection_json(export.selection), files, counts)
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


async def _read(reader: RecordReader, batch: Sequence[ObjectVersion]) -> list[ObjectRecord]:
    """Raises Unreadable naming the object."""
    try:
        return await reader.read_many([version.place for version in batch])
    except Unreadable:
        for version in batch:
            try:
                await reader.read(version.place)
            except Unreadable as error:
                raise unreadable(version, error.message, consequence=_CONSEQUENCE) from error
        raise


def _pack(archive: Archive, files: Waiting, batch: Sequence[ObjectVersion], records: Sequence[ObjectRecord]) -> bytes:
    parts: list[bytes] = []
    for version, record in zip(batch, records, strict=True):
        check_record(version, record, consequence=_CONSEQUENCE)
        name, content = file_name(record.object_type, record.object_id), file_content(record)
        files.append(_listed(name, content, first=False))
        parts.append(archive.add(name, content))
    return b"".join(parts)


def _listed(name: str, content: bytes, *, first: bool) -> bytes:
    return listing.file_line(name, len(content), hashlib.sha256(content).hexdigest(), first=first)


def _pieces(source: Source, selection: Json, files: Waiting, counts: Mapping[str, int]) -> Iterator[bytes]:
    yield listing.head(source, selection)
    yield from files.chunks()
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
