"""Finished downloads as bytes. The archive is what the exporter stored; its hash was stored with the job."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from reentra.common.errors import Conflict, NotFound
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
        """Before the first byte is sent, because afterwards there is no status to tell it by."""
        info = await self._blobs.info(archive.key)
        if info is None or info.size != archive.size:
            raise NotFound("The archive is no longer stored as it was made. Create the download again.")

    async def bytes(self, archive: StoredArchive, wanted: ByteRange | None) -> AsyncIterator[bytes]:
        left = wanted.length if wanted else archive.size
        offset = wanted.start if wanted else 0
        async for chunk in self._blobs.stream(archive.key, offset=offset, chunk_bytes=_CHUNK_BYTES):
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return
