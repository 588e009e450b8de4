"""`reentra rebuild`: the catalogue again, from the object folder and the keys alone.

Per tenant the manifests are read in order and their segments replayed: a later record of an object wins, parts are
ignored. What is damaged is refused by name and the rest goes on; a snapshot of which something is missing, in itself
or in what it follows on, is brought back as partial and says so, because its unchanged objects lie in earlier ones.
Ids that restores gave come back as well; what the database alone knows of them goes into the object store.
Repeating a rebuild, also after a crash, does no harm: snapshots that are there already are left as they are, unless
something in the catalogue contradicts the objects (`repair`).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reentra.common.clock import Clock, to_text
from reentra.common.directory.catalog import CATALOG
from reentra.common.directory.normalise import content_hash
from reentra.common.directory.summary import summarise, summarise_removal
from reentra.common.errors import Conflict, NotFound, Unreadable
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.id_maps import IdMapLog, latest
from reentra.common.snapshot.keys import Installation, TenantKeys, open_tenant_keys
from reentra.common.snapshot.manifest import Manifest, StoredManifest, list_manifests, manifest_blob, read_manifest
from reentra.common.snapshot.reader import RecordReader, parse, read_whole
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.snapshot.segment import OpenSegment
from reentra.common.stores.catalogue import ObjectVersion, Place, Removed, SegmentEntry, Snapshot, VersionRow
from reentra.common.stores.restores import given_ids, store_given_id
from reentra.common.stores.tenants import TENANTS
from reentra.common.testing.failpoints import failpoint
from reentra.standalone.findings import Finding, Findings
from reentra.standalone.repair import begin_again_what_lost_its_snapshot, repair
from reentra.standalone.verify import stored_tenants
from reentra.standalone.verify_ids import read_ids
from reentra.standalone.verify_stores import Stores
from reentra.standalone.verify_tenant import is_left_over

_ROWS = 500
_EPOCH = 1
_FREQUENCY_MINUTES = 24 * 60
_REASON = "The catalogue was rebuilt from the stored objects; credentials are not among them. Connect the tenant again."


@dataclass(slots=True)
class RebuildReport:
    """`rebuilt`: snapshots brought back per tenant; `kept`: those that were there; `partial`: numbers of those of which
    something is missing. `findings` name what was refused."""

    rebuilt: dict[TenantId, list[int]] = field(default_factory=dict)
    kept: dict[TenantId, list[int]] = field(default_factory=dict)
    partial: dict[TenantId, list[int]] = field(default_factory=dict)
    objects: int = 0
    ids: dict[TenantId, int] = field(default_factory=dict)
    """How many objects are known by the ids that restores gave them."""
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)


async def rebuild(stores: Stores, installation: Installation, clock: Clock) -> RebuildReport:
    """Into stores that nobody else uses. Raises Unreadable when the database's file cannot be mended."""
    report, findings = RebuildReport(), Findings()
    await repair(stores, installation, await stored_tenants(stores), findings)
    for tenant_id in await stored_tenants(stores):
        try:
            keys = await open_tenant_keys(stores.blobs, installation, tenant_id)
        except (NotFound, Unreadable) as error:
            findings.error("keys", f"tenants/{tenant_id}", error.message, tenant_id)
            continue
        tenant = _Tenant(stores, installation, keys, report, findings)
        await tenant.run()
        await tenant.register(clock)
    await begin_again_what_lost_its_snapshot(stores)
    report.findings = findings.all()
    return report


class _Tenant:
    def __init__(
        self, stores: Stores, installation: Installation, keys: TenantKeys, report: RebuildReport, findings: Findings
    ) -> None:
        self._stores = stores
        self._installation = installation
        self._keys = keys
        self._id = keys.tenant_id
        self._report = report
        self._findings = findings
        self._missing: dict[str, str] = {}
        """Object type -> why something of it is missing from here on. '' stands for every type."""
        self._newest: Manifest | None = None

    async def run(self) -> None:
        manifests = await self._manifests()
        for number, stored in manifests.items():
            if is_left_over(number, manifests):
                message = f"Snapshot {number} was given up after its manifest was stored; it is not brought back."
                self._findings.warning("left-over", stored.key, message, self._id)
                continue
            self._notice_gaps(stored.manifest, manifests)
            await self._restore(stored)
            self._newest = stored.manifest
        await self._keep_the_newest_number(manifests)
        await self._bring_back_ids()

    async def register(self, clock: Clock) -> None:
        """The tenant as far as the archive tells of it. One that is known stays as it is."""
        if self._newest is None or await self._stores.documents.get(TENANTS, self._id) is not None:
            return
        domains = await self._domains()
        now, name = to_text(clock.now()), self._newest.tenant_name
        body = {
            "tenant_id": self._id,
            "name": name,
            "name_key": name.casefold(),
            "domain": domains[0] if domains else "",
            "domains": domains,
            "cloud": self._newest.cloud,
            "state": "needs_consent",
            "needs_consent_reason": _REASON,
            "backup_app": None,
            "restore_app": None,
            "frequency_minutes": _FREQUENCY_MINUTES,
            "connected_at": None,
            "created_at": now,
        }
        try:
            await self._stores.documents.insert(TENANTS, self._id, body)
        except Conflict:  # another tenant has this name now
            other = f"{name} ({self._id})"
            await self._stores.documents.insert(TENANTS, self._id, body | {"name": other, "name_key": other.casefold()})

    async def _manifests(self) -> dict[SnapshotNumber, StoredManifest]:
        found: dict[SnapshotNumber, StoredManifest] = {}
        for number in await list_manifests(self._stores.blobs, self._id):
            try:
                found[number] = await read_manifest(self._stores.blobs, self._id, number, self._installation.verifier)
            except Unreadable as error:
                self._findings.error("manifest", manifest_blob(self._id, number), error.message, self._id)
        return found

    async def _keep_the_newest_number(self, readable: Mapping[SnapshotNumber, StoredManifest]) -> None:
        """Manifests are created once: the next backup cannot take the number of one that is damaged."""
        numbers = await list_manifests(self._stores.blobs, self._id)
        if not numbers or numbers[-1] in readable:
            return
        if await self._stores.catalogue.snapshot(self._id, numbers[-1]) is None:
            await self._stores.catalogue.begin(self._id, "damaged", "", number=numbers[-1])
            await self._stores.catalogue.abandon(self._id, numbers[-1])

    async def _bring_back_ids(self) -> None:
        stored = await read_ids(self._stores.blobs, self._keys, self._findings)
        known = await given_ids(self._stores.documents, self._id)
        if untold := [given for given in known.values() if not stored.tell(given)]:
            await IdMapLog(self._stores.blobs, self._keys).append(untold)
            stored.add(tuple(untold))
        told = latest(stored.maps)
        for given in told.values():
            await store_given_id(self._stores.documents, self._id, given)
        if told:
            self._report.ids[self._id] = len(told)

    def _notice_gaps(self, manifest: Manifest, manifests: Mapping[SnapshotNumber, StoredManifest]) -> None:
        previous = manifest.previous
        if previous is None:
            return
        before = manifests.get(previous.number)
        if before is not None and before.sha256 == previous.sha256:
            return
        key = manifest_blob(self._id, previous.number)
        self._missing[""] = f"the manifest of snapshot {previous.number} is missing or damaged"
        message = f"Snapshot {manifest.number} follows on snapshot {previous.number}, which cannot be brought back."
        self._findings.error("chain", key, message, self._id)

    async def _restore(self, stored: StoredManifest) -> None:
        manifest, catalogue = stored.manifest, self._stores.catalogue
        existing = await catalogue.snapshot(self._id, manifest.number)
        if existing is not None and existing.status == "sealed":
            self._report.kept.setdefault(self._id, []).append(manifest.number)
            return
        try:
            await catalogue.begin(self._id, manifest.job_id, manifest.started_at, number=manifest.number)
        except Conflict as error:
            self._findings.error(
                "catalogue", stored.key, f"{error.message} Move the database away, then rebuild.", self._id
            )
            return
        for ordinal, entry in enumerate(manifest.segments, start=1):
            await self._replay(manifest.number, replace(entry, ordinal=ordinal))
            failpoint("rebuild.after-segment")
        await catalogue.seal(self._told(manifest.snapshot(stored.sha256)))
        self._report.rebuilt.setdefault(self._id, []).append(manifest.number)

    async def _replay(self, number: SnapshotNumber, entry: SegmentEntry) -> None:
        try:
            data = await read_whole(self._stores.blobs, self._id, entry)
            pieces = await asyncio.to_thread(self._records, entry, data)
        except Unreadable as error:
            key = segment_blob(self._id, entry.segment)
            self._findings.error("segment", key, error.message, self._id)
            self._missing[entry.object_type] = f"{key} of snapshot {number} is damaged"
            return
        await self._stores.catalogue.stage(self._id, number, _EPOCH, entry, [])
        for piece in _pieces(pieces):
            rows = await self._rows(entry.object_type, piece)
            await self._stores.catalogue.stage(self._id, number, _EPOCH, None, rows)
            self._report.objects += len(rows)

    def _records(self, entry: SegmentEntry, data: bytes) -> list[tuple[Place, ObjectRecord]]:
        """All of the segment or nothing: it is opened to its end before the first row is written."""
        opened = OpenSegment(self._keys, entry.segment, data)
        records = ((place, parse(opened.origin, line)) for place, line in opened.lines())
        return [(place, record) for place, record in records if not record.part]

    async def _rows(self, object_type: ObjectTypeName, piece: Sequence[tuple[Place, ObjectRecord]]) -> list[VersionRow]:
        gone = [record.object_id for _, record in piece if record.removed is not None]
        heads = await self._stores.catalogue.heads(self._id, object_type, gone) if gone else {}
        latest: dict[ObjectId, VersionRow] = {}
        for place, record in piece:
            before = latest.get(record.object_id) or heads.get(record.object_id)
            latest[record.object_id] = _row(self._id, record, place, before)
        return list(latest.values())

    def _told(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot as it is now: partial where something of it, or of what it follows on, is missing.
        `lost_in_rebuild` tells the next backup to read the type in full: its delta link knows nothing of the loss."""
        if not self._missing:
            return snapshot
        self._report.partial.setdefault(self._id, []).append(snapshot.number)
        types = {}
        for name, facts in snapshot.types.items():
            why = self._missing.get(name) or self._missing.get("")
            reason = f"After a rebuild objects are missing: {why}. Start a full backup." if why else None
            lost = {"status": "failed", "reason": reason, "lost_in_rebuild": True}
            types[name] = facts | lost if reason else facts
        return replace(snapshot, result="partial", types=types)

    async def _domains(self) -> list[str]:
        """The default domain first; from the organization as the newest snapshot has it."""
        catalogue, organization = self._stores.catalogue, ObjectTypeName("organization")
        latest = await catalogue.latest(self._id)
        found = await catalogue.objects(self._id, organization, latest.number, limit=1) if latest else []
        if not found:
            return []
        try:
            record = await RecordReader(self._stores.blobs, self._keys).read(found[0].place)
        except Unreadable:
            return []
        verified = record.properties.get("verifiedDomains") or []
        return [d["name"].lower() for d in sorted(verified, key=lambda d: not d.get("isDefault"))]


def _row(
    tenant_id: TenantId, record: ObjectRecord, place: Place, head: ObjectVersion | VersionRow | None
) -> VersionRow:
    """As the collector writes it."""
    row = CATALOG.get(record.object_type)
    if record.removed is not None:
        name = head.display_name if head else ""
        facets = head.named_facets if isinstance(head, VersionRow) else head.facets if head else {}
        kept = summarise_removal(row, name, record.object_id, facets)
        reason: Removed = record.removed  # type: ignore[assignment]
        return VersionRow(record.object_type, record.object_id, "", place, reason, name, kept.search, facets)
    found = content_hash(record.properties, record.links)
    if row is None:
        return VersionRow(record.object_type, record.object_id, found, place)
    summary = summarise(row, record.properties, record.links, tenant_id)
    return VersionRow(
        record.object_type,
        record.object_id,
        found,
        place,
        None,
        summary.display_name,
        summary.search,
        summary.facets,
    )


def _pieces(records: Sequence[tuple[Place, ObjectRecord]]) -> Iterator[Sequence[tuple[Place, ObjectRecord]]]:
    for start in range(0, len(records), _ROWS):
        yield records[start : start + _ROWS]
