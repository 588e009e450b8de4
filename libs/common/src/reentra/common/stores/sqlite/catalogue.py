"""SqliteCatalogue: the catalogue port over `staging` (writes) and `reading`, in the same file as the documents."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import ObjectVersion, SegmentEntry, Snapshot, TypeCount, VersionRow
from reentra.common.stores.sqlite import listing, reading, staging
from reentra.common.stores.sqlite.database import Database

_SCAN_ROWS = 1000
_FORGET_ROWS = 5000
"""Per transaction, so that other writers get their turn."""
_COUNTS_KEPT = 256


class SqliteCatalogue:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[tuple[TenantId, SnapshotNumber], dict[ObjectTypeName, TypeCount]] = {}

    async def begin(
        self, tenant_id: TenantId, job_id: str, started_at: str, *, number: SnapshotNumber | None = None
    ) -> SnapshotNumber:
        return await self._database.write(
            lambda connection: staging.begin(connection, tenant_id, job_id, started_at, number)
        )

    async def stage(
        self,
        tenant_id: TenantId,
        number: SnapshotNumber,
        epoch: int,
        segment: SegmentEntry | None,
        rows: Sequence[VersionRow],
        touched: Iterable[tuple[ObjectTypeName, ObjectId]] = (),
    ) -> None:
        marks = list(touched)
        await self._database.write(
            lambda connection: staging.stage(connection, tenant_id, number, epoch, segment, rows, marks)
        )

    async def heads(
        self, tenant_id: TenantId, object_type: ObjectTypeName, ids: Sequence[ObjectId]
    ) -> dict[ObjectId, ObjectVersion]:
        return await self._database.read(lambda connection: reading.heads(connection, tenant_id, object_type, ids))

    async def untouched(
        self, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber, limit: int
    ) -> Sequence[ObjectVersion]:
        return await self._database.read(
            lambda connection: reading.untouched(connection, tenant_id, object_type, number, limit)
        )

    async def seen(
        self, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber
    ) -> Sequence[ObjectId]:
        return await self._database.read(lambda connection: reading.seen(connection, tenant_id, object_type, number))

    async def segments(self, tenant_id: TenantId, number: SnapshotNumber) -> Sequence[SegmentEntry]:
        return await self._database.read(lambda connection: reading.segments(connection, tenant_id, number))

    async def seal(self, snapshot: Snapshot) -> None:
        """Lists first, in portions, so that other writers get their turn between them."""
        position: listing.Position | None = listing.START
        while position is not None:
            position = await self._list(snapshot.tenant_id, snapshot.number, position)
        await self._database.write(lambda connection: staging.seal(connection, snapshot))

    async def abandon(self, tenant_id: TenantId, number: SnapshotNumber) -> None:
        await self._database.write(lambda connection: staging.abandon(connection, tenant_id, number))

    async def forget_tenant(self, tenant_id: TenantId) -> None:
        await self._database.write(lambda connection: staging.hide_tenant(connection, tenant_id))
        while await self._database.write(lambda connection: staging.forget_some(connection, tenant_id, _FORGET_ROWS)):
            pass
        self._counts = {key: value for key, value in self._counts.items() if key[0] != tenant_id}

    async def snapshot(self, tenant_id: TenantId, number: SnapshotNumber) -> Snapshot | None:
        return await self._database.read(lambda connection: reading.snapshot(connection, tenant_id, number))

    async def latest(self, tenant_id: TenantId) -> Snapshot | None:
        found = await self.snapshots(tenant_id, limit=1)
        return found[0] if found else None

    async def snapshots(
        self, tenant_id: TenantId, *, before: SnapshotNumber | None = None, limit: int = 100
    ) -> Sequence[Snapshot]:
        return await self._database.read(lambda connection: reading.snapshots(connection, tenant_id, before, limit))

    async def counts(self, tenant_id: TenantId, number: SnapshotNumber) -> dict[ObjectTypeName, TypeCount]:
        key = (tenant_id, number)
        if key in self._counts:
            return dict(self._counts[key])
        found = await self._database.read(lambda connection: reading.counts(connection, tenant_id, number))
        snapshot = await self.snapshot(tenant_id, number)
        if snapshot is not None and snapshot.status == "sealed":
            self._keep(key, found)
        return dict(found)

    async def objects(
        self,
        tenant_id: TenantId,
        object_type: ObjectTypeName,
        number: SnapshotNumber,
        *,
        search: str = "",
        facets: Mapping[str, str] | None = None,
        removed: bool = False,
        after: tuple[str, ObjectId] | None = None,
        limit: int = 100,
    ) -> Sequence[ObjectVersion]:
        words = search.lower().split()
        return await self._database.read(
            lambda connection: reading.objects(
                connection,
                tenant_id,
                object_type,
                number,
                words=words,
                facets=facets or {},
                removed=removed,
                after=after,
                limit=limit,
            )
        )

    async def facet_values(
        self,
        tenant_id: TenantId,
        object_type: ObjectTypeName,
        number: SnapshotNumber,
        names: Sequence[str],
        *,
        removed: bool = False,
    ) -> Mapping[str, Mapping[str, int]]:
        return await self._database.read(
            lambda connection: reading.facet_values(connection, tenant_id, object_type, number, names, removed=removed)
        )

    async def object(
        self, tenant_id: TenantId, object_type: ObjectTypeName, object_id: ObjectId, number: SnapshotNumber
    ) -> ObjectVersion | None:
        found = await self._database.read(
            lambda connection: reading.find(connection, tenant_id, (object_type,), (object_id,), number)
        )
        return found[0] if found else None

    async def find(
        self, tenant_id: TenantId, ids: Sequence[ObjectId], number: SnapshotNumber
    ) -> Sequence[ObjectVersion]:
        return await self._database.read(lambda connection: reading.find(connection, tenant_id, None, ids, number))

    async def history(
        self, tenant_id: TenantId, object_type: ObjectTypeName, object_id: ObjectId
    ) -> Sequence[ObjectVersion]:
        return await self._database.read(
            lambda connection: reading.history(connection, tenant_id, object_type, object_id)
        )

    async def changes(
        self,
        tenant_id: TenantId,
        number: SnapshotNumber,
        *,
        after: tuple[str, ObjectId] | None = None,
        limit: int = 100,
    ) -> Sequence[ObjectVersion]:
        return await self._database.read(
            lambda connection: reading.changes(connection, tenant_id, number, after, limit)
        )

    async def last_changes(
        self, tenant_id: TenantId, number: SnapshotNumber
    ) -> Mapping[ObjectTypeName, SnapshotNumber]:
        return await self._database.read(lambda connection: reading.last_changes(connection, tenant_id, number))

    async def scan(
        self, tenant_id: TenantId, number: SnapshotNumber, object_type: ObjectTypeName | None = None
    ) -> AsyncIterator[Sequence[ObjectVersion]]:
        types = [object_type] if object_type is not None else await self._types(tenant_id)
        for name in types:
            async for batch in self._scan_type(tenant_id, number, name):
                yield batch

    async def _types(self, tenant_id: TenantId) -> list[ObjectTypeName]:
        return list(await self._database.read(lambda connection: reading.shelves(connection, tenant_id)))

    async def _scan_type(
        self, tenant_id: TenantId, number: SnapshotNumber, object_type: ObjectTypeName
    ) -> AsyncIterator[Sequence[ObjectVersion]]:
        """Every batch is a read of its own: what a sealed snapshot holds does not change in between."""
        after = reading.START
        while True:
            batch, after = await self._batch(tenant_id, number, object_type, after)
            if not batch:
                return
            yield batch

    async def _batch(
        self, tenant_id: TenantId, number: SnapshotNumber, object_type: ObjectTypeName, after: reading.Position
    ) -> tuple[list[ObjectVersion], reading.Position]:
        return await self._database.read(
            lambda connection: reading.scan(connection, tenant_id, object_type, number, after, _SCAN_ROWS)
        )

    async def _list(
        self, tenant_id: TenantId, number: SnapshotNumber, position: listing.Position
    ) -> listing.Position | None:
        return await self._database.write(
            lambda connection: listing.list_portion(connection, tenant_id, number, position)
        )

    def forget_counts(self) -> None:
        """After the catalogue was made anew."""
        self._counts = {}

    def _keep(self, key: tuple[TenantId, SnapshotNumber], counts: dict[ObjectTypeName, TypeCount]) -> None:
        if len(self._counts) >= _COUNTS_KEPT:
            self._counts.pop(next(iter(self._counts)))
        self._counts[key] = counts
