"""Looking at what was backed up: snapshots, objects, their history, what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from reentra.common.clock import Clock
from reentra.common.directory.catalog import CATALOG, ObjectType, object_type
from reentra.common.directory.diff import Difference, difference
from reentra.common.errors import NotFound, Rejected
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.catalogue import Catalogue, ObjectVersion, Place, Snapshot, TypeCount
from reentra.gateway.domain.endings import ENDING, Span, ends_in, span_of
from reentra.gateway.domain.moments import Moment, selector_of
from reentra.gateway.operations.filtering import Filtering, FilterValues

_PAGE = 100
_MOST_NAMES = 1000
_LOOKED_THROUGH = 500
"""Records that are read for one page: a fraction of a second's work."""


class Records(Protocol):
    async def read_many(self, tenant_id: TenantId, places: Sequence[Place]) -> list[ObjectRecord]:
        """In that order. Raises Unreadable."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which objects somebody wants to see."""

    object_type: str
    snapshot: str = "latest"
    search: str = ""
    removed: bool = False
    facets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a list; `after`: what the next one begins behind, None when this is the last. It may be short, or
    empty, and not the last."""

    snapshot: Snapshot
    versions: Sequence[ObjectVersion]
    after: tuple[str, ObjectId] | None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """`difference` to the entry before; None for the first and for removals."""

    version: ObjectVersion
    sealed_at: str | None
    difference: Difference | None


class Browse:
    def __init__(self, catalogue: Catalogue, records: Records, clock: Clock) -> None:
        self._catalogue = catalogue
        self._records = records
        self._clock = clock
        self._filtering = Filtering(catalogue)

    async def snapshots(
        self, tenant_id: TenantId, *, before: SnapshotNumber | None = None, limit: int = _PAGE
    ) -> Sequence[Snapshot]:
        return await self._catalogue.snapshots(tenant_id, before=before, limit=limit)

    async def latest(self, tenant_id: TenantId) -> Snapshot | None:
        return await self._catalogue.latest(tenant_id)

    async def snapshot(self, tenant_id: TenantId, text: str) -> Snapshot:
        """By number, `latest`, a date or a time. Raises NotFound, Rejected."""
        selector = selector_of(text)
        if isinstance(selector, Moment):
            return await self._at(tenant_id, selector)
        if selector is None:
            found = await self._catalogue.latest(tenant_id)
        else:
            found = await self._catalogue.snapshot(tenant_id, selector)
        if found is None or found.status != "sealed":
            raise NotFound(_no_snapshot(text))
        return found

    async def types(self, tenant_id: TenantId, snapshot: Snapshot) -> Mapping[ObjectTypeName, TypeCount]:
        """Every type of the catalogue, in its order."""
        counts = await self._catalogue.counts(tenant_id, snapshot.number)
        return {name: counts.get(name, TypeCount(0, 0)) for name in CATALOG}

    async def objects(
        self, tenant_id: TenantId, listing: Listing, *, after: tuple[str, ObjectId] | None, limit: int
    ) -> Rows:
        row = object_type(listing.object_type)
        snapshot = await self.snapshot(tenant_id, listing.snapshot)
        span, listing = self._span(row, listing)
        await self._filtering.check(tenant_id, row, snapshot.number, removed=listing.removed, facets=listing.facets)
        asked = limit if span is None else _LOOKED_THROUGH
        found = await self._catalogue.objects(
            tenant_id,
            row.name,
            snapshot.number,
            search=listing.search,
            facets=listing.facets,
            removed=listing.removed,
            after=after,
            limit=asked,
        )
        is_last = len(found) < asked
        if span is not None:
            records = await self._records.read_many(tenant_id, [version.place for version in found])
            states = zip(found, records, strict=True)
            ending = [version for version, state in states if ends_in(span, state.properties, row.endings)]
            if len(ending) > limit:
                return Rows(snapshot, ending[:limit], _place(ending[limit - 1]))
            return Rows(snapshot, ending, None if is_last else _place(found[-1]))
        return Rows(snapshot, found, None if is_last else _place(found[-1]))

    def _span(self, row: ObjectType, listing: Listing) -> tuple[Span | None, Listing]:
        """The wish for credentials that end, and the rest of the list's wishes."""
        if ENDING not in listing.facets or not row.endings:
            return None, listing
        if listing.removed:
            raise Rejected(f"Removed objects cannot be filtered by {ENDING}.")
        others = {facet: value for facet, value in listing.facets.items() if facet != ENDING}
        return span_of(listing.facets[ENDING], self._clock.now()), replace(listing, facets=others)

    async def filters(
        self, tenant_id: TenantId, type_name: str, snapshot_text: str, *, removed: bool
    ) -> Sequence[FilterValues]:
        row = object_type(type_name)
        snapshot = await self.snapshot(tenant_id, snapshot_text)
        return await self._filtering.values(tenant_id, row, snapshot.number, removed=removed)

    async def matching(self, tenant_id: TenantId, listing: Listing, most: int) -> list[ObjectId]:
        """All that such a list would show. Raises Rejected when there are more than `most`, or none."""
        found: list[ObjectId] = []
        after: tuple[str, ObjectId] | None = None
        while len(found) <= most:
            page = await self.objects(tenant_id, listing, after=after, limit=_MOST_NAMES)
            found += [version.object_id for version in page.versions]
            if page.after is None:
                break
            listing, after = replace(listing, snapshot=str(page.snapshot.number)), page.after
        if len(found) > most:
            raise Rejected(
                f"More than {most:,} objects match. Narrow the search or the filters, or take the whole type."
            )
        if not found:
            raise Rejected("No object matches the search and the filters.")
        return found

    async def version(self, tenant_id: TenantId, type_name: str, object_id: str, snapshot_text: str) -> ObjectVersion:
        row = object_type(type_name)
        snapshot = await self.snapshot(tenant_id, snapshot_text)
        return await self._version(tenant_id, row, ObjectId(object_id), snapshot)

    async def record(self, tenant_id: TenantId, version: ObjectVersion) -> ObjectRecord:
        """Of a removed object: as it was last, if it was ever backed up alive."""
        if version.removed is not None:
            version = await self._last_alive(tenant_id, version)
        return (await self._records.read_many(tenant_id, [version.place]))[0]

    async def check_objects(
        self, tenant_id: TenantId, type_names: Sequence[str] | None, ids: Sequence[str] | None, snapshot: Snapshot
    ) -> list[ObjectTypeName] | None:
        """The types' true names; every id must be a living object of theirs. Raises NotFound."""
        rows = [object_type(name) for name in type_names] if type_names else None
        names = [row.name for row in rows] if rows else None
        wanted = [ObjectId(object_id) for object_id in ids or ()]
        for start in range(0, len(wanted), _PAGE):
            batch = wanted[start : start + _PAGE]
            found = await self._catalogue.find(tenant_id, batch, snapshot.number)
            alive = {v.object_id for v in found if v.removed is None and (names is None or v.object_type in names)}
            for object_id in batch:
                if object_id not in alive:
                    what = rows[0].label.lower() if rows else "object"
                    raise NotFound(f"There is no {what} {object_id[:100]!r} in snapshot {snapshot.number}.")
        return names

    async def names(
        self, tenant_id: TenantId, record: ObjectRecord, snapshot_text: str
    ) -> Mapping[ObjectId, ObjectVersion]:
        """Of the objects that it is linked to, as far as the snapshot knows them: the first ones of very many."""
        ids = dict.fromkeys(
            ObjectId(str(entry["id"])) for entries in record.links.values() for entry in entries if entry.get("id")
        )
        snapshot = await self.snapshot(tenant_id, snapshot_text)
        return await self.called(tenant_id, list(ids)[:_MOST_NAMES], snapshot.number)

    async def called(
        self, tenant_id: TenantId, ids: Sequence[ObjectId], number: SnapshotNumber
    ) -> Mapping[ObjectId, ObjectVersion]:
        """As far as that snapshot knows them."""
        found: dict[ObjectId, ObjectVersion] = {}
        for start in range(0, len(ids), _PAGE):
            versions = await self._catalogue.find(tenant_id, ids[start : start + _PAGE], number)
            found |= {version.object_id: version for version in versions}
        return found

    async def history(self, tenant_id: TenantId, type_name: str, object_id: str) -> list[HistoryEntry]:
        """Oldest first. Raises NotFound."""
        row = object_type(type_name)
        versions = await self._catalogue.history(tenant_id, row.name, ObjectId(object_id))
        if not versions:
            raise NotFound(f"No snapshot holds a {row.label.lower()} {object_id[:100]!r}.")
        alive = [version for version in versions if version.removed is None]
        records = await self._records.read_many(tenant_id, [version.place for version in alive])
        states = dict(zip([version.first for version in alive], records, strict=True))
        entries: list[HistoryEntry] = []
        before: ObjectRecord | None = None
        for version in versions:
            state = states.get(version.first)
            sealed = await self._catalogue.snapshot(tenant_id, version.first)
            entries.append(HistoryEntry(version, sealed.sealed_at if sealed else None, _between(before, state)))
            before = state or before
        return entries

    async def changes(
        self, tenant_id: TenantId, snapshot_text: str, *, after: tuple[str, ObjectId] | None, limit: int
    ) -> tuple[Snapshot, Sequence[ObjectVersion]]:
        """What the backup of that snapshot found to be new, changed or removed."""
        snapshot = await self.snapshot(tenant_id, snapshot_text)
        return snapshot, await self._catalogue.changes(tenant_id, snapshot.number, after=after, limit=limit)

    async def existed_before(self, tenant_id: TenantId, versions: Sequence[ObjectVersion]) -> set[ObjectId]:
        """Which of a snapshot's changes are no additions."""
        if not versions or versions[0].first <= 1:
            return set()
        before = SnapshotNumber(versions[0].first - 1)
        found = await self._catalogue.find(tenant_id, [version.object_id for version in versions], before)
        return {version.object_id for version in found if version.removed is None}

    async def _version(
        self, tenant_id: TenantId, row: ObjectType, object_id: ObjectId, snapshot: Snapshot
    ) -> ObjectVersion:
        found = await self._catalogue.object(tenant_id, row.name, object_id, snapshot.number)
        if found is None:
            raise NotFound(f"There is no {row.label.lower()} {object_id[:100]!r} in snapshot {snapshot.number}.")
        return found

    async def _last_alive(self, tenant_id: TenantId, removal: ObjectVersion) -> ObjectVersion:
        versions = await self._catalogue.history(tenant_id, removal.object_type, removal.object_id)
        alive = [version for version in versions if version.removed is None and version.first < removal.first]
        if not alive:
            raise NotFound(f"{removal.object_id} was removed before it was ever backed up.")
        return alive[-1]

    async def snapshot_at(self, tenant_id: TenantId, moment: str) -> Snapshot | None:
        """The newest one sealed at or before that time. They are sealed in the order of their numbers, so halving the
        span that is left finds it with few questions."""
        latest = await self._catalogue.latest(tenant_id)
        found: Snapshot | None = None
        low, high = 1, int(latest.number) if latest else 0
        while low <= high:
            middle = (low + high) // 2
            near = await self._catalogue.snapshots(tenant_id, before=SnapshotNumber(middle + 1), limit=1)
            if not near or near[0].number < low:
                low = middle + 1
            elif (near[0].sealed_at or "") <= moment:
                found, low = near[0], middle + 1
            else:
                high = int(near[0].number) - 1
        return found

    async def _at(self, tenant_id: TenantId, moment: Moment) -> Snapshot:
        found = await self.snapshot_at(tenant_id, moment.at)
        if found is None:
            raise NotFound(
                f"There is no snapshot at or before {moment.at[:19]}Z. The list of snapshots shows what there is."
            )
        return found


def _place(version: ObjectVersion) -> tuple[str, ObjectId]:
    return version.display_name, version.object_id


def _between(before: ObjectRecord | None, after: ObjectRecord | None) -> Difference | None:
    if before is None or after is None:
        return None
    return difference(before.properties, after.properties, before.links, after.links)


def _no_snapshot(text: str) -> str:
    if text.strip().lower() == "latest":
        return "The tenant has no snapshot yet. Start a backup first."
    return f"There is no snapshot {text.strip()}. The list of snapshots shows what there is."


def as_graph(record: ObjectRecord) -> dict[str, Any]:
    """Properties and relationships in one object under Graph's names, as downloads have them."""
    return {**record.properties, **record.links}
