"""The catalogue as one backup writes it. What may wait is staged together with what comes next: of most types the last
page is the only one, and a commit for each was a fifth of what a small backup asks of the database.

What waits is staged before its type is read back, and before the job's checkpoint says that it is stored. A crash loses
no more than what that checkpoint does not tell.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Catalogue, ObjectVersion, SegmentEntry, TypeCount, VersionRow
from reentra.common.testing.failpoints import failpoint

_MOST_WAITING = 500
"""Rows and marks of all types together."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What becomes durable of one page."""

    object_type: ObjectTypeName
    segment: SegmentEntry | None
    rows: Sequence[VersionRow]
    touched: Sequence[ObjectId]

    @property
    def size(self) -> int:
        return len(self.rows) + len(self.touched)


class Staging:
    """Of one open snapshot. Reads take a tenant and a number as the catalogue's do."""

    def __init__(self, catalogue: Catalogue, tenant_id: TenantId, number: SnapshotNumber, epoch: int) -> None:
        self._catalogue = catalogue
        self._tenant_id = tenant_id
        self._number = number
        self._epoch = epoch
        self._waiting: list[Staged] = []
        self._lock = asyncio.Lock()

    async def stage(self, page: Staged, *, may_wait: bool = False) -> None:
        self._waiting.append(page)
        if not may_wait or sum(each.size for each in self._waiting) > _MOST_WAITING:
            await self.flush()

    async def flush(self) -> None:
        """Until nothing waits: what came meanwhile is staged as well. Raises what the catalogue's `stage` does."""
        async with self._lock:
            while self._waiting:
                pages, self._waiting = self._waiting, []
                try:
                    await self._stage(pages)
                except BaseException:
                    self._waiting = pages + self._waiting  # staged twice is harmless
                    raise

    async def heads(
        self, tenant_id: TenantId, object_type: ObjectTypeName, ids: Sequence[ObjectId]
    ) -> Mapping[ObjectId, ObjectVersion]:
        await self._flush_of(object_type)
        return await self._catalogue.heads(tenant_id, object_type, ids)

    async def untouched(
        self, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber, limit: int
    ) -> Sequence[ObjectVersion]:
        await self._flush_of(object_type)
        return await self._catalogue.untouched(tenant_id, object_type, number, limit)

    async def seen(
        self, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber
    ) -> Sequence[ObjectId]:
        await self._flush_of(object_type)
        return await self._catalogue.seen(tenant_id, object_type, number)

    async def counts(self, tenant_id: TenantId, number: SnapshotNumber) -> Mapping[ObjectTypeName, TypeCount]:
        await self.flush()
        return await self._catalogue.counts(tenant_id, number)

    async def segments(self, tenant_id: TenantId, number: SnapshotNumber) -> Sequence[SegmentEntry]:
        await self.flush()
        return await self._catalogue.segments(tenant_id, number)

    def scan(
        self, tenant_id: TenantId, number: SnapshotNumber, object_type: ObjectTypeName
    ) -> AsyncIterator[Sequence[ObjectVersion]]:
        """Of sealed ones."""
        return self._catalogue.scan(tenant_id, number, object_type)

    async def _flush_of(self, object_type: ObjectTypeName) -> None:
        if self._lock.locked() or any(page.object_type == object_type for page in self._waiting):
            await self.flush()

    async def _stage(self, pages: Sequence[Staged]) -> None:
        """All at once: the catalogue writes together what comes together."""
        ends = await asyncio.gather(*map(self._stage_one, pages), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        for _ in pages:
            failpoint("collector.after-rows")

    async def _stage_one(self, page: Staged) -> None:
        marks = [(page.object_type, object_id) for object_id in page.touched]
        await self._catalogue.stage(self._tenant_id, self._number, self._epoch, page.segment, page.rows, marks)
