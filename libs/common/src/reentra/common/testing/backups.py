"""Small real backups without Graph: records in, a sealed snapshot out, written as the collector writes it."""

from collections.abc import Sequence

from msgspec.structs import replace

from reentra.common.directory.catalog import object_type
from reentra.common.directory.normalise import content_hash
from reentra.common.directory.summary import summarise, summarise_removal
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.snapshot.keys import Installation, create_tenant_keys
from reentra.common.snapshot.manifest import Manifest, Previous, seal_types, store_manifest
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.snapshot.segment import build_segment, store_segment
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Catalogue, ObjectVersion, Place, Removed, Snapshot, VersionRow
from reentra.common.stores.documents import Json

_AT = "2026-11-23T10:{number:02d}:00.000000Z"


def user(number: int, **properties: object) -> ObjectRecord:
    id = f"00000000-0000-4000-8000-{number:012d}"
    values = {"id": id, "displayName": f"Person {number}", "userPrincipalName": f"p{number}@contoso.example"}
    return ObjectRecord(ObjectTypeName("user"), ObjectId(id), values | properties)


def group(number: int, members: Sequence[ObjectRecord] = ()) -> ObjectRecord:
    id = f"00000000-0000-4000-9000-{number:012d}"
    entries = sorted(
        ({"@odata.type": "#microsoft.graph.user", "id": m.object_id} for m in members), key=lambda e: e["id"]
    )
    properties = {"id": id, "displayName": f"Group {number}", "securityEnabled": True}
    return ObjectRecord(ObjectTypeName("group"), ObjectId(id), properties, {"members": entries} if entries else {})


def removal(record: ObjectRecord, reason: Removed = "deleted") -> ObjectRecord:
    return ObjectRecord(record.object_type, record.object_id, removed=reason)


class BackupWriter:
    """Of one tenant. Every call of `backup` is one run with one snapshot. `derivation`: rows as an earlier version of
    Reentra derived them."""

    def __init__(
        self,
        blobs: Blobs,
        catalogue: Catalogue,
        installation: Installation,
        tenant_id: TenantId,
        *,
        derivation: int | None = None,
    ) -> None:
        self._blobs = blobs
        self._catalogue = catalogue
        self._installation = installation
        self._tenant_id = tenant_id
        self._derivation = derivation

    async def backup(
        self, *pages: Sequence[ObjectRecord], reasons: dict[str, str] | None = None, seal: bool = True
    ) -> Snapshot:
        """Each page holds records of one type. `reasons`: types that were not captured, and why. Not sealed: as a run
        that stopped after its manifest was stored."""
        keys = await create_tenant_keys(self._blobs, self._installation, self._tenant_id)
        latest = await self._catalogue.latest(self._tenant_id)
        number = SnapshotNumber(latest.number + 1 if latest else 1)
        job_id, at = f"job-{number}", _AT.format(number=number)
        number = await self._catalogue.begin(self._tenant_id, job_id, at)
        for ordinal, page in enumerate(pages, start=1):
            built = build_segment(keys, [record.to_line() for record in page])
            stored = await store_segment(self._blobs, keys, built)
            rows = [await self.row(r, place) for r, place in zip(page, stored.places, strict=True) if not r.part]
            entry = stored.entry(page[0].object_type, ordinal)
            await self._catalogue.stage(self._tenant_id, number, 1, entry, rows)
        manifest = Manifest(
            tenant_id=self._tenant_id,
            tenant_name="Contoso",
            cloud="global",
            number=number,
            job_id=job_id,
            started_at=at,
            sealed_at=at,
            result="partial" if reasons else "complete",
            types=seal_types(keys, number, await self._types(number, reasons or {}, pages)),
            segments=tuple(await self._catalogue.segments(self._tenant_id, number)),
            previous=Previous(latest.number, latest.manifest_sha256 or "") if latest else None,
            key_version=keys.newest,
        )
        stored_manifest = await store_manifest(self._blobs, manifest, self._installation)
        snapshot = stored_manifest.manifest.snapshot(stored_manifest.sha256)
        if seal:
            await self._catalogue.seal(snapshot)
        return snapshot

    async def _types(
        self, number: SnapshotNumber, reasons: dict[str, str], pages: Sequence[Sequence[ObjectRecord]]
    ) -> dict[str, Json]:
        counts = await self._catalogue.counts(self._tenant_id, number)
        types: dict[str, Json] = {
            name: {"status": "complete", "objects": count.live, "reason": None, "delta_link": f"https://delta/{name}"}
            for name, count in counts.items()
        }
        for record in (record for page in pages for record in page if record.object_type in types):
            found = types[record.object_type]
            what = "changed" if record.removed is None else "removed"
            found[what] = found.get(what, 0) + 1
        for name, reason in reasons.items():
            types[name] = types.get(name, {"objects": 0}) | {"status": "failed", "reason": reason}
        return types

    async def row(self, record: ObjectRecord, place: Place) -> VersionRow:
        row = VersionRow(record.object_type, record.object_id, "", place)
        if record.removed is not None:
            heads = await self._catalogue.heads(self._tenant_id, record.object_type, [record.object_id])
            return removal_row(record, place, heads.get(record.object_id))
        known = object_type(record.object_type)
        summary = summarise(known, record.properties, record.links, self._tenant_id, derivation=self._derivation)
        return replace(
            row,
            content_hash=content_hash(record.properties, record.links),
            display_name=summary.display_name,
            search=summary.search,
            facets=summary.facets,
        )


def removal_row(record: ObjectRecord, place: Place, head: ObjectVersion | None) -> VersionRow:
    name, facets = (head.display_name, head.facets) if head else ("", {})
    kept = summarise_removal(object_type(record.object_type), name, record.object_id, facets)
    reason: Removed = record.removed  # type: ignore[assignment]
    return VersionRow(record.object_type, record.object_id, "", place, reason, name, kept.search, facets)
