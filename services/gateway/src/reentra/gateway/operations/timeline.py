"""A tenant over time: how much each backup found changed, when a type changed last, what is in the recycle bin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reentra.common.clock import Clock, from_text, to_text
from reentra.common.directory.catalog import CATALOG
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.catalogue import Catalogue, ObjectVersion, Snapshot
from reentra.gateway.domain.bins import KEPT, is_in_bin, kept_until

_PAGE = 100
_CHANGES = 1000
Position = tuple[int, str, ObjectId]
"""In the recycle bin: snapshot, type and id of the object seen last."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What one backup found, over all types."""

    snapshot: Snapshot
    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class Binned:
    version: ObjectVersion
    found_at: str | None
    kept_until: str | None


class Timeline:
    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock

    async def moments(
        self, tenant_id: TenantId, *, since: str, before: SnapshotNumber | None, limit: int
    ) -> list[Moment]:
        """Newest first, of the backups sealed at or after `since`."""
        found = await self._catalogue.snapshots(tenant_id, before=before, limit=limit)
        return [_moment(snapshot) for snapshot in found if (snapshot.sealed_at or "") >= since]

    async def last_changes(self, tenant_id: TenantId, number: SnapshotNumber) -> Mapping[ObjectTypeName, Snapshot]:
        """By type: the snapshot in which its newest change was found."""
        numbers = await self._catalogue.last_changes(tenant_id, number)
        snapshots = {one: await self._catalogue.snapshot(tenant_id, one) for one in set(numbers.values())}
        return {name: snapshot for name, one in numbers.items() if (snapshot := snapshots[one]) is not None}

    async def ends(self, tenant_id: TenantId, versions: Iterable[ObjectVersion]) -> dict[SnapshotNumber, str]:
        """Until when the recycle bin keeps what was found removed in each of these snapshots."""
        found: dict[SnapshotNumber, str] = {}
        for version in versions:
            if version.first not in found and is_in_bin(version):
                before = await self._catalogue.snapshots(tenant_id, before=version.first, limit=1)
                if end := kept_until(version, before[0] if before else None):
                    found[version.first] = end
        return found

    async def recycle_bin(
        self, tenant_id: TenantId, snapshot: Snapshot, *, is_latest: bool, after: Position | None, limit: int
    ) -> list[Binned]:
        """What lay in it at that snapshot, or lies in it now: those first that are gone for good first."""
        moment = self._clock.now() if is_latest or snapshot.sealed_at is None else from_text(snapshot.sealed_at)
        found: list[ObjectVersion] = []
        sealed: dict[SnapshotNumber, str | None] = {}
        for one in await self._with_removals(tenant_id, snapshot, since=to_text(moment - KEPT)):
            if after is not None and one.number < after[0]:
                continue
            sealed[one.number] = one.sealed_at
            start = (after[1], after[2]) if after is not None and one.number == after[0] else None
            found += await self._removed_in(tenant_id, one, snapshot, start, limit - len(found))
            if len(found) >= limit:
                break
        ends = await self.ends(tenant_id, found)
        return [Binned(version, sealed[version.first], ends.get(version.first)) for version in found]

    async def _with_removals(self, tenant_id: TenantId, snapshot: Snapshot, *, since: str) -> list[Snapshot]:
        """Oldest first."""
        kept: list[Snapshot] = []
        before = SnapshotNumber(snapshot.number + 1)
        while page := await self._catalogue.snapshots(tenant_id, before=before, limit=_PAGE):
            recent = [one for one in page if (one.sealed_at or "") >= since]
            kept += [one for one in recent if _moment(one, with_bin=True).removed]
            if len(recent) < len(page):
                break
            before = page[-1].number
        return kept[::-1]

    async def _removed_in(
        self, tenant_id: TenantId, one: Snapshot, at: Snapshot, after: tuple[str, ObjectId] | None, limit: int
    ) -> list[ObjectVersion]:
        """Of the objects that were missing first in `one`, those that had not come back at `at`."""
        found: list[ObjectVersion] = []
        while len(found) < limit:
            page: Sequence[ObjectVersion] = await self._catalogue.changes(
                tenant_id, one.number, after=after, limit=_CHANGES
            )
            found += [v for v in page if is_in_bin(v) and (v.last is None or v.last > at.number)]
            if len(page) < _CHANGES:
                break
            after = (page[-1].object_type, page[-1].object_id)
        return found[:limit]


def _moment(snapshot: Snapshot, *, with_bin: bool = False) -> Moment:
    """`with_bin`: only of types that have a recycle bin."""
    types = [outcome for name, outcome in snapshot.types.items() if not with_bin or _has_bin(name)]
    added, changed, removed = (
        sum(int(outcome.get(what) or 0) for outcome in types) for what in ("added", "changed", "removed")
    )
    return Moment(snapshot, added, changed, removed)


def _has_bin(name: str) -> bool:
    row = CATALOG.get(ObjectTypeName(name))
    return row is not None and row.soft_delete
