"""The catalogue port: which version of which object is in which snapshot, and where its bytes lie.

It is an index only: everything in it can be rebuilt from the bucket (`reentra rebuild`).

How a snapshot is written (number N, open):
1. `begin` hands out N after sweeping whatever an abandoned predecessor left.
2. `stage` per page: rows (from N on) replace rows of the same object in N; the previous open version of each
   object is closed at N. Idempotent; a writer with an older epoch than one seen before is Stale. Nothing of it is
   visible: readers of a sealed S see rows with first <= S and (last is null or last > S), and N is not sealed.
3. `seal` is one conditional flip of the snapshot row, after the manifest is stored.
`abandon` removes N's rows and reopens what they closed.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NewType, Protocol

import msgspec
import orjson

from reentra.common.ids import ObjectId, ObjectTypeName, SegmentId, SnapshotNumber, TenantId
from reentra.common.stores.documents import Json

Removed = Literal["changed", "deleted", "absent"]
"""changed: soft-deleted, can be restored; deleted: gone for good (Graph's own words, delta-query-overview);
absent: a type without delta no longer lists it."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where one record lies: a frame is `length` bytes at `offset` of the segment's blob; `line` counts from 0."""

    segment: SegmentId
    offset: int
    length: int
    line: int


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """One stored segment of a snapshot, as the manifest will list it. `ordinal` counts per snapshot in commit order."""

    segment: SegmentId
    object_type: ObjectTypeName
    ordinal: int
    size: int
    sha256: str
    records: int


EncodedFacets = NewType("EncodedFacets", str)
"""Facets as JSON without spaces, in their order; nothing for none."""


def encode_facets(facets: Mapping[str, str]) -> EncodedFacets:
    return EncodedFacets(orjson.dumps(facets if type(facets) is dict else dict(facets)).decode() if facets else "")


class VersionRow(msgspec.Struct, frozen=True, gc=False):
    """One version to stage. `content_hash` is '' for a removal. `facets` are the few values lists show and filter by:
    displayName, userPrincipalName, mail, ... ; `search` is lower-case text that search looks through
    besides name and id. Native code makes facets as they are kept, so that nobody has to take them apart."""

    object_type: ObjectTypeName
    object_id: ObjectId
    content_hash: str
    place: Place
    removed: Removed | None = None
    display_name: str = ""
    search: str = ""
    facets: Mapping[str, str] | EncodedFacets = msgspec.field(default_factory=dict)

    @property
    def encoded_facets(self) -> str:
        return self.facets if isinstance(self.facets, str) else encode_facets(self.facets)

    @property
    def named_facets(self) -> Mapping[str, str]:
        if isinstance(self.facets, str):
            return orjson.loads(self.facets) if self.facets else {}
        return self.facets


class ObjectVersion(msgspec.Struct, frozen=True, gc=False):
    """A version as readers see it. `last` is None while it is the newest."""

    object_type: ObjectTypeName
    object_id: ObjectId
    content_hash: str
    place: Place
    removed: Removed | None
    display_name: str
    facets: Mapping[str, str]
    first: SnapshotNumber
    last: SnapshotNumber | None


SnapshotStatus = Literal["open", "sealed", "abandoned"]
SnapshotResult = Literal["complete", "partial", "suspicious"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`types` maps a type's name to {status, reason, mode, objects, added, changed, removed, started_at, ended_at}."""

    tenant_id: TenantId
    number: SnapshotNumber
    status: SnapshotStatus
    result: SnapshotResult | None
    job_id: str
    started_at: str
    sealed_at: str | None
    types: Json
    manifest_key: str | None
    manifest_sha256: str | None
    stats: Json
    """Graph requests, resource units, bytes written ... of the run."""


@dataclass(frozen=True, slots=True)
class TypeCount:
    live: int
    removed: int


class Catalogue(Protocol):
    # --- writing (the collector only; `restage_*` by rebuild) ---
    async def begin(
        self, tenant_id: TenantId, job_id: str, started_at: str, *, number: SnapshotNumber | None = None
    ) -> SnapshotNumber:
        """The open snapshot of this job if there is one (after a crash), else a new number; any other open one of
        the tenant is abandoned. Only rebuild asks for a certain `number`: Conflict unless it is above all before."""

    async def stage(
        self,
        tenant_id: TenantId,
        number: SnapshotNumber,
        epoch: int,
        segment: SegmentEntry | None,
        rows: Sequence[VersionRow],
        touched: Iterable[tuple[ObjectTypeName, ObjectId]] = (),
    ) -> None:
        """`touched`: objects seen but unchanged (only full reads need it, for `untouched`). One transaction.
        Stale when the snapshot is not open, or was staged to with a higher epoch. A segment staged again keeps the
        higher ordinal."""

    async def heads(
        self, tenant_id: TenantId, object_type: ObjectTypeName, ids: Sequence[ObjectId]
    ) -> dict[ObjectId, ObjectVersion]:
        """Newest version of each, staged ones included. Unknown ids are left out."""

    async def untouched(
        self, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber, limit: int
    ) -> Sequence[ObjectVersion]:
        """Live objects that were neither staged nor touched in snapshot `number` (repeat until empty)."""

    async def seen(
        self, tenant_id: TenantId, object_type: ObjectTypeName, number: SnapshotNumber
    ) -> Sequence[ObjectId]:
        """Objects that were staged, be it as removed, or touched in the open snapshot `number`; each once."""

    async def segments(self, tenant_id: TenantId, number: SnapshotNumber) -> Sequence[SegmentEntry]:
        """In ordinal order; equal ordinals (a page read again after a crash) in the order they were staged."""

    async def seal(self, snapshot: Snapshot) -> None:
        """Flips open -> sealed and drops the touched marks. Idempotent for the same manifest; else Stale."""

    async def abandon(self, tenant_id: TenantId, number: SnapshotNumber) -> None:
        """Harmless for one that is not open any more, but a sealed one is Stale."""

    async def forget_tenant(self, tenant_id: TenantId) -> None:
        """Snapshots vanish at once, rows in short transactions after that; call again after a crash."""

    # --- reading ---
    async def snapshot(self, tenant_id: TenantId, number: SnapshotNumber) -> Snapshot | None: ...

    async def latest(self, tenant_id: TenantId) -> Snapshot | None:
        """The newest sealed one."""

    async def snapshots(
        self, tenant_id: TenantId, *, before: SnapshotNumber | None = None, limit: int = 100
    ) -> Sequence[Snapshot]:
        """Sealed ones, newest first."""

    async def counts(self, tenant_id: TenantId, number: SnapshotNumber) -> dict[ObjectTypeName, TypeCount]:
        """As of `number`; of an open one as well, for its writer. Types without objects are left out."""

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
        """By (display_name, id), keyset. `removed` lists the removed objects instead of the live ones. Objects must
        have all these `facets`, exactly. Each word of `search` must be in the version's search text, its name (of which
        small letters beyond ASCII may not be known) or its id, in any case and order. NotFound unless `number` is
        sealed, as for all readers below."""

    async def facet_values(
        self,
        tenant_id: TenantId,
        object_type: ObjectTypeName,
        number: SnapshotNumber,
        names: Sequence[str],
        *,
        removed: bool = False,
    ) -> Mapping[str, Mapping[str, int]]:
        """Of each of these facets, how many objects have which value; those that have none are not counted. Reads
        every row of the type, and what it counts is not compared with checksums."""

    async def object(
        self, tenant_id: TenantId, object_type: ObjectTypeName, object_id: ObjectId, number: SnapshotNumber
    ) -> ObjectVersion | None:
        """The version valid at the snapshot, also when it is a removal."""

    async def find(
        self, tenant_id: TenantId, ids: Sequence[ObjectId], number: SnapshotNumber
    ) -> Sequence[ObjectVersion]:
        """Objects of any type by id, as of the snapshot, removals as well; by (type, id)."""

    async def history(
        self, tenant_id: TenantId, object_type: ObjectTypeName, object_id: ObjectId
    ) -> Sequence[ObjectVersion]:
        """Sealed versions, oldest first."""

    async def changes(
        self,
        tenant_id: TenantId,
        number: SnapshotNumber,
        *,
        after: tuple[str, ObjectId] | None = None,
        limit: int = 100,
    ) -> Sequence[ObjectVersion]:
        """Versions that begin in this snapshot, by (type, id)."""

    async def last_changes(
        self, tenant_id: TenantId, number: SnapshotNumber
    ) -> Mapping[ObjectTypeName, SnapshotNumber]:
        """By type, the newest snapshot up to this one in which a version of it begins."""

    def scan(
        self, tenant_id: TenantId, number: SnapshotNumber, object_type: ObjectTypeName | None = None
    ) -> AsyncIterator[Sequence[ObjectVersion]]:
        """All live objects at the snapshot in batches, always in the same order: by type, and within it segment by
        segment, each frame once."""
