"""Finished downloads as bytes. The archive is what the exporter stored; its hash was stored with the job."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from reentra.common.errors import Conflict, NotFound, Unreadable
from reentra.common.jobs.job import Job
from reentra.common.stores.blobs import Blobs
from reentra.gateway.domain.ranges import ByteRange

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredArchive:
    key: str
    size: int
    sha256: str
    name: str


def archive_of(job: Job) -> StoredArchive:
    """Raises Conflict while there is none."""
    if job.status not in ("succeeded", "partial"):
        reason = job.error["message"] if job.error else f"It is {job.status}."
        raise Conflict(f"Download {job.id} has no archive. {reason}", job_id=job.id)
    result = job.result
    name = f"reentra-{job.tenant_id}-snapshot-{job.params.get('snapshot')}-{job.id[:8]}.zip"
    return StoredArchive(str(result["key"]), int(result["size"]), str(result["sha256"]), name)


class Downloads:
    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def check(self, archive: StoredArchive) -> None:
        """Before the first byte is sent, because afterwards there is no status to tell it by: the archive is read once
        for its SHA-256. Raises NotFound when it is gone, Unreadable when it is not the one that was made."""
        info = await self._blobs.info(archive.key)
        if info is None:
            raise NotFound("The archive is no longer stored. Create the download again.")
        digest = hashlib.sha256()
        try:
            if info.size == archive.size:
                async for chunk in self._blobs.stream(archive.key, chunk_bytes=_CHUNK_BYTES):
                    await asyncio.to_thread(digest.update, chunk)
        except Unreadable as error:
            raise _damaged(archive) from error
        if digest.hexdigest() != archive.sha256:
            raise _damaged(archive)

    async def bytes(self, archive: StoredArchive, wanted: ByteRange | None) -> AsyncIterator[bytes]:
        left = wanted.length if wanted else archive.size
        offset = wanted.start if wanted else 0
        async for chunk in self._blobs.stream(archive.key, offset=offset, chunk_bytes=_CHUNK_BYTES):
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return


def _damaged(archive: StoredArchive) -> Unreadable:
    return Unreadable(
        f"The stored archive {archive.key} is not the one that was made, so it is not handed out. "
        "Create the download again."
    )
