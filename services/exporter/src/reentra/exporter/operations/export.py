"""`run_export`: one claimed job from its request to the stored archive. The steps are told in the package's story."""

import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import structlog

from reentra.common.errors import Conflict, Rejected
from reentra.common.events.exporter import ExportReady
from reentra.common.ids import ObjectTypeName, TenantId
from reentra.common.jobs.job import JobStatus, Lease
from reentra.common.stores.blobs import BlobInfo, Blobs
from reentra.common.stores.catalogue import Catalogue, ObjectVersion
from reentra.common.stores.documents import Json
from reentra.common.testing.failpoints import failpoint
from reentra.exporter.domain.listing import Damaged, Source, incomplete_types
from reentra.exporter.domain.selection import Selection, chosen, nothing_selected, parse_selection
from reentra.exporter.operations.archive import Export, archive_bytes, progress_of
from reentra.exporter.operations.ports import Tools

log = structlog.get_logger()


def archive_blob(tenant_id: TenantId, job_id: str) -> str:
    return f"exports/{tenant_id}/{job_id}.zip"


async def run_export(lease: Lease, tools: Tools) -> None:
    """Ends the job, or raises what ended it: the worker pool writes that down."""
    failpoint("exporter.after-claim")
    export = await _prepare(lease, tools)
    stored = await _store(export)
    failpoint("exporter.after-archive")
    await _finish(export, stored)


async def _prepare(lease: Lease, tools: Tools) -> Export:
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
    return Export(lease, tools, selection, source, await tools.open_reader(tenant_id), named, counts)


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


async def _store(export: Export) -> BlobInfo:
    """A worker that died after storing left the same archive, which is recognised; one that is not the same (another
    version of Reentra wrote it) has no job that tells of it and gives way."""
    blobs, key = export.tools.blobs, archive_blob(export.lease.job.tenant_id, export.lease.job.id)
    for _ in range(2):
        digest = hashlib.sha256()
        try:
            async with aclosing(_hashed(archive_bytes(export), digest)) as chunks:
                return await blobs.create_stream(key, chunks)
        except Conflict:
            found = await _info(blobs, key)
            if found.sha256 == digest.hexdigest():
                return found
            log.warning("an earlier archive of this job differs and is replaced", job_id=export.lease.job.id)
            await blobs.delete(key)
    raise Conflict(f"{key} is being written by somebody else.", key=key)


async def _finish(export: Export, stored: BlobInfo) -> None:
    job, number = export.lease.job, export.selection.snapshot
    incomplete = incomplete_types(export.source.snapshot, dict.fromkeys(export.counts, 0))
    status: JobStatus = "partial" if export.left_out else "succeeded"
    message = _left_out_in_words(export) if export.left_out else ""
    result: Json = {
        "key": stored.key,
        "size": stored.size,
        "sha256": stored.sha256,
        "objects": export.total - export.left_out,
        "counts": dict(export.written),
        "snapshot": number,
        "incomplete_types": incomplete,
    }
    if export.left_out:
        result |= {
            "left_out": export.left_out,
            "failures": [_failure(damaged) for damaged in export.damaged],
            "message": message,
        }
    ready = ExportReady(
        tenant_id=job.tenant_id,
        job_id=job.id,
        status=status,
        size=stored.size,
        sha256=stored.sha256,
        message=message,
    )
    await export.lease.finish(
        status,
        result=result,
        error={"code": status, "message": message} if message else None,
        progress=progress_of(export, "ready"),
        events=[ready],
    )
    log.info("archive stored", job_id=job.id, tenant_id=job.tenant_id, objects=export.total, size=stored.size)


def _left_out_in_words(export: Export) -> str:
    number, words = export.left_out, ("is", "it") if export.left_out == 1 else ("are", "them")
    return (
        f"{number} of {export.total} objects {words[0]} left out, because what is stored of {words[1]} is damaged. "
        "manifest.json in the ZIP names each; `reentra verify` tells what else is concerned."
    )


def _failure(damaged: Damaged) -> Json:
    return {
        "object_type": damaged.object_type,
        "object_id": damaged.object_id,
        "display_name": damaged.display_name,
        "message": damaged.reason,
    }


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
