"""`run_export`: one claimed job from its request to the stored archive. The steps are told in the package's story."""

import asyncio
import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from reentra.common.clock import from_text
from reentra.common.errors import Conflict, Rejected, Unreadable
from reentra.common.events.exporter import ExportProgressed, ExportReady
from reentra.common.ids import ObjectTypeName, TenantId
from reentra.common.jobs.job import Lease
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.blobs import BlobInfo, Blobs
from reentra.common.stores.catalogue import Catalogue, ObjectVersion
from reentra.common.stores.documents import Json
from reentra.common.stores.tenants import Tenant
from reentra.common.testing.failpoints import failpoint
from reentra.exporter.domain import listing
from reentra.exporter.domain.files import check, file_content, file_name, unreadable
from reentra.exporter.domain.guide import readme
from reentra.exporter.domain.listing import Source, incomplete_types
from reentra.exporter.domain.selection import Selection, chosen, nothing_selected, parse_selection
from reentra.exporter.settings import ExporterSettings

log = structlog.get_logger()


class Archive(Protocol):
    """Returns the bytes to write next."""

    def add(self, name: str, content: bytes) -> bytes: ...
    def add_large(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]: ...
    def finish(self) -> Iterator[bytes]: ...


class Waiting(Protocol):
    """Filled first, read then."""

    def append(self, data: bytes) -> None: ...
    def chunks(self) -> Iterator[bytes]: ...


class Tenants(Protocol):
    async def get(self, tenant_id: TenantId) -> Tenant | None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    catalogue: Catalogue
    blobs: Blobs
    tenants: Tenants
    open_reader: Callable[[TenantId], Awaitable[RecordReader]]
    open_archive: Callable[[datetime], AbstractContextManager[Archive]]
    open_waiting: Callable[[], AbstractContextManager[Waiting]]
    settings: ExporterSettings


def archive_blob(tenant_id: TenantId, job_id: str) -> str:
    return f"exports/{tenant_id}/{job_id}.zip"


async def run_export(lease: Lease, tools: Tools) -> None:
    """Ends the job, or raises what ended it: the worker pool writes that down."""
    failpoint("exporter.after-claim")
    export = await _prepare(lease, tools)
    stored = await _store(export)
    failpoint("exporter.after-archive")
    await _finish(export, stored)


@dataclass(slots=True)
class _Export:
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


async def _prepare(lease: Lease, tools: Tools) -> _Export:
    tenant_id = lease.job.tenant_id
    selection = parse_selection(lease.job.params)
    snapshot = await tools.catalogue.snapshot(tenant_id, selection.snapshot)
    if snapshot is None or snapshot.status != "sealed":
        raise Rejected(f"The tenant has no finished snapshot {selection.snapshot}. Choose one that is listed.")
    tenant = await tools.tenants.get(tenant_id)
    source = Source(tenant.name if tenant else "", tenant.cloud if tenant else "global", snapshot)
    named = await _named(tools.catalogue, tenant_id, selection)
    counts = _count(named) if named is not None else await _live(tools.catalogue, tenant_id, selection)
    if not counts:
        raise nothing_selected(selection)
    return _Export(lease, tools, selection, source, await tools.open_reader(tenant_id), named, counts)


async def _named(catalogue: Catalogue, tenant_id: TenantId, selection: Selection) -> list[ObjectVersion] | None:
    if selection.ids is None:
        return None
    return chosen(selection, await catalogue.find(tenant_id, selection.ids, selection.snapshot))


def _count(versions: Sequence[ObjectVersion]) -> dict[ObjectTypeName, int]:
    counts: dict[ObjectTypeName, int] = {}
    for version in versions:
        counts[version.object_type] = counts.get(version.object_type, 0) + 1
    return counts


async def _live(catalogue: Catalogue, tenant_id: TenantId, selection: Selection) -> dict[ObjectTypeName, int]:
    counts = await catalogue.counts(tenant_id, selection.snapshot)
    return {name: count.live for name, count in sorted(counts.items()) if count.live and selection.includes(name)}


async def _store(export: _Export) -> BlobInfo:
    """A worker that died after storing left the same archive, which is recognised; one that is not the same (another
    version of Reentra wrote it) has no job that tells of it and gives way."""
    blobs, key = export.tools.blobs, archive_blob(export.lease.job.tenant_id, export.lease.job.id)
    for _ in range(2):
        export.done, digest = 0, hashlib.sha256()
        try:
            async with aclosing(_hashed(_archive(export), digest)) as chunks:
                return await blobs.create_stream(key, chunks)
        except Conflict:
            found = await _info(blobs, key)
            if found.sha256 == digest.hexdigest():
                return found
            log.warning("an earlier archive of this job differs and is replaced", job_id=export.lease.job.id)
            await blobs.delete(key)
    raise Conflict(f"{key} is being written by somebody else.", key=key)


async def _archive(export: _Export) -> AsyncGenerator[bytes, None]:
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
        for chunk in archive.add_large(listing.MANIFEST, pieces):
            yield chunk
        for chunk in archive.finish():
            yield chunk


async def _batches(export: _Export) -> AsyncIterator[Sequence[ObjectVersion]]:
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
                raise unreadable(version, error.message) from error
        raise


def _pack(archive: Archive, files: Waiting, batch: Sequence[ObjectVersion], records: Sequence[ObjectRecord]) -> bytes:
    parts: list[bytes] = []
    for version, record in zip(batch, records, strict=True):
        check(version, record)
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


async def _report(export: _Export) -> None:
    """Raises Stale (another worker has the job) and JobCancelled: the archive is then never finished."""
    now = time.monotonic()
    if now - export.reported_at < export.tools.settings.progress_interval_seconds:
        return
    export.reported_at = now
    job = export.lease.job
    event = ExportProgressed(tenant_id=job.tenant_id, job_id=job.id, objects=export.done, total=export.total)
    await export.lease.commit(progress=_progress(export, "exporting"), events=[event])


def _progress(export: _Export, phase: str) -> Json:
    percent = 100 * export.done // export.total
    return {"phase": phase, "objects": export.done, "total": export.total, "percent": percent}


async def _finish(export: _Export, stored: BlobInfo) -> None:
    job, number = export.lease.job, export.selection.snapshot
    incomplete = incomplete_types(export.source.snapshot, dict.fromkeys(export.counts, 0))
    result = {
        "key": stored.key,
        "size": stored.size,
        "sha256": stored.sha256,
        "objects": export.total,
        "counts": dict(export.counts),
        "snapshot": number,
        "incomplete_types": incomplete,
    }
    ready = ExportReady(
        tenant_id=job.tenant_id, job_id=job.id, status="succeeded", size=stored.size, sha256=stored.sha256
    )
    await export.lease.finish("succeeded", result=result, progress=_progress(export, "ready"), events=[ready])
    log.info("archive stored", job_id=job.id, tenant_id=job.tenant_id, objects=export.total, size=stored.size)


async def _hashed(chunks: AsyncGenerator[bytes, None], digest: "hashlib._Hash") -> AsyncGenerator[bytes, None]:
    async with aclosing(chunks):
        async for chunk in chunks:
            digest.update(chunk)
            yield chunk


async def _info(blobs: Blobs, key: str) -> BlobInfo:
    digest, size = hashlib.sha256(), 0
    async for chunk in blobs.stream(key):
        digest.update(chunk)
        size += len(chunk)
    return BlobInfo(key, size, digest.hexdigest())
