"""The part of `verify` that looks at one tenant: keys, manifests and their chain, segments, ids that restores gave,
what nobody refers to."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from reentra.common.errors import NotFound, Unreadable
from reentra.common.ids import SegmentId, SnapshotNumber, TenantId
from reentra.common.snapshot.frame import segment_blob, segment_prefix
from reentra.common.snapshot.id_maps import id_map_prefix
from reentra.common.snapshot.keys import Installation, TenantKeys, key_blob, key_prefix, unwrap
from reentra.common.snapshot.manifest import (
    Manifest,
    StoredManifest,
    list_manifests,
    manifest_blob,
    manifest_prefix,
    read_manifest,
    unseal_types,
)
from reentra.common.snapshot.reader import read_whole
from reentra.common.snapshot.segment import OpenSegment
from reentra.common.stores.catalogue import SegmentEntry, Snapshot
from reentra.standalone.findings import Counters, Findings
from reentra.standalone.verify_data import Listed, check_data
from reentra.standalone.verify_ids import check_ids
from reentra.standalone.verify_rows import REBUILD
from reentra.standalone.verify_stores import Stores

_PAGE = 200
_PROBED_NUMBERS = 3


class TenantCheck:
    def __init__(
        self, stores: Stores, installation: Installation, tenant_id: TenantId, findings: Findings, counters: Counters
    ) -> None:
        self._stores, self._blobs, self._catalogue = stores, stores.blobs, stores.catalogue
        self._installation = installation
        self._id = tenant_id
        self._findings = findings
        self._counters = counters
        self._read: set[SegmentId] = set()
        self._damaged_keys: set[int] = set()

    async def check(self, *, all_data: bool) -> None:
        self._counters.tenants += 1
        keys = await self._keys()
        # In this order: a snapshot that is sealed meanwhile has its manifest, and is not in the catalogue yet.
        sealed = await self._sealed()
        manifests = await self._manifests()
        self._check_key_versions(keys, manifests)
        self._check_chain(manifests)
        if sealed is not None:
            await self._compare(manifests, sealed)
        for number, stored in manifests.items():
            self._check_links(keys, stored)
            if sealed is not None and number in sealed:
                await self._check_segment_list(stored.manifest, _lost_types(sealed[number]))
            if all_data and keys is not None and sealed is not None and number in sealed:
                await self._check_data(keys, Listed.of(stored.manifest, _lost_types(sealed[number])))
            else:
                await self._check_bytes(stored.manifest.segments)
            self._counters.snapshots += 1
        if keys is not None:
            await check_ids(self._stores, keys, self._findings)
        running = await self._running(max(manifests, default=SnapshotNumber(0)))
        if all_data and keys is not None and running is not None:
            await self._check_running(keys, running)
        written = {entry.segment for entry in running.segments} if running is not None else set()
        await self._check_leftovers(keys, written)

    async def _check_data(self, keys: TenantKeys, listed: Listed) -> None:
        self._read |= await check_data(self._stores, keys, listed, self._findings, self._counters)

    async def _check_running(self, keys: TenantKeys, running: Listed) -> None:
        """While it is being written, rows and records are read at different moments: what looks like a contradiction
        counts only if nothing was written meanwhile. A damaged segment always does."""
        found = Findings()
        self._read |= await check_data(self._stores, keys, running, found, self._counters)
        has_moved = bool(found.all()) and await self._running(running.number) != running
        for finding in found.all():
            if finding.severity == "warning":
                self._findings.warning(finding.code, finding.where, finding.message, finding.tenant_id)
            elif not has_moved or finding.code == "segment":
                self._findings.error(finding.code, finding.where, finding.message, finding.tenant_id)

    async def _keys(self) -> TenantKeys | None:
        versions = {}
        async for key in self._blobs.list(key_prefix(self._id)):
            number = key.rpartition("/")[2].removesuffix(".json")
            try:
                versions[int(number)] = unwrap(self._installation, self._id, int(number), await self._bytes(key))
            except Unreadable as error:
                self._damaged_keys.add(int(number))
                self._findings.error("keys", key, error.message, self._id)
            except ValueError:
                self._findings.warning("unexpected-blob", key, f"{key} is nothing that Reentra wrote.", self._id)
        return TenantKeys(self._id, versions) if versions and not self._damaged_keys else None

    async def _manifests(self) -> dict[SnapshotNumber, StoredManifest]:
        found = {}
        for number in await list_manifests(self._blobs, self._id):
            try:
                found[number] = await read_manifest(self._blobs, self._id, number, self._installation.verifier)
            except Unreadable as error:
                self._findings.error("manifest", manifest_blob(self._id, number), error.message, self._id)
        return found

    async def _sealed(self) -> dict[SnapshotNumber, Snapshot] | None:
        """None when the catalogue cannot be read: then only bytes are checked."""
        found: dict[SnapshotNumber, Snapshot] = {}
        before: SnapshotNumber | None = None
        try:
            while page := await self._catalogue.snapshots(self._id, before=before, limit=_PAGE):
                found |= {snapshot.number: snapshot for snapshot in page}
                before = page[-1].number
        except Unreadable as error:
            self._findings.error("catalogue", "catalogue", error.message, self._id)
            return None
        return found

    def _check_key_versions(self, keys: TenantKeys | None, manifests: dict[SnapshotNumber, StoredManifest]) -> None:
        """A key file that is gone; a damaged one was named already."""
        present = set(keys.versions) if keys else self._damaged_keys
        for version in sorted({stored.manifest.key_version for stored in manifests.values()} - present):
            key = key_blob(self._id, version)
            message = f"{key} is missing: without it nothing of tenant {self._id} can be read. Put it back from a copy."
            self._findings.error("keys", key, message, self._id)

    def _check_chain(self, manifests: dict[SnapshotNumber, StoredManifest]) -> None:
        for number, stored in manifests.items():
            previous = stored.manifest.previous
            if previous is None:
                continue
            before = manifests.get(previous.number)
            if before is None:
                message = (
                    f"Snapshot {number} follows on snapshot {previous.number}, whose manifest is missing or damaged."
                )
                self._findings.error("chain", manifest_blob(self._id, previous.number), message, self._id)
            elif before.sha256 != previous.sha256:
                message = (
                    f"The manifest of snapshot {previous.number} is not the one that snapshot {number} follows on."
                )
                self._findings.error("chain", before.key, message, self._id)

    async def _compare(
        self, manifests: dict[SnapshotNumber, StoredManifest], sealed: dict[SnapshotNumber, Snapshot]
    ) -> None:
        """Catalogue and object store name the same snapshots."""
        for number, snapshot in sealed.items():
            stored = manifests.get(number)
            key = manifest_blob(self._id, number)
            if stored is None:
                message = f"The catalogue has snapshot {number}, but its manifest is missing or damaged."
                self._findings.error("manifest-missing", key, message, self._id)
            elif stored.sha256 != snapshot.manifest_sha256:
                message = f"The manifest of snapshot {number} is not the one in the catalogue; {REBUILD}."
                self._findings.error("manifest-differs", key, message, self._id)
            elif not tells_the_same(snapshot, stored):
                message = f"The catalogue tells of snapshot {number} otherwise than its manifest; {REBUILD}."
                self._findings.error("snapshot-differs", key, message, self._id)
        for number, stored in manifests.items():
            if number in sealed:
                continue
            if is_left_over(number, manifests):
                message = f"The manifest of snapshot {number} is left over from a backup that was given up."
                self._findings.warning("left-over", stored.key, message, self._id)
            elif number > max(sealed, default=0) and await self._was_begun(number):
                message = f"Snapshot {number} has a manifest and is not in the catalogue: its backup was interrupted."
                self._findings.warning("not-sealed", stored.key, message, self._id)
            else:
                message = f"Snapshot {number} is not in the catalogue; {REBUILD}."
                self._findings.error("not-in-catalogue", stored.key, message, self._id)

    async def _was_begun(self, number: SnapshotNumber) -> bool:
        """A backup has its row before its manifest: without one, the database is not that of these objects."""
        try:
            return await self._catalogue.snapshot(self._id, number) is not None
        except Unreadable:
            return True  # named already, by the look at the whole table

    async def _check_segment_list(self, manifest: Manifest, lost: set[str]) -> None:
        """Ordinals aside: a rebuild counts them anew, and leaves out what was damaged."""
        try:
            listed = await self._catalogue.segments(self._id, manifest.number)
        except Unreadable as error:
            self._findings.error("catalogue", "catalogue", error.message, self._id)
            return
        there = {entry.segment for entry in listed}
        expected = [entry for entry in manifest.segments if entry.segment in there or entry.object_type not in lost]
        if _told(listed) != _told(expected):
            message = f"The catalogue lists other segments of snapshot {manifest.number} than its manifest; {REBUILD}."
            self._findings.error("segments-differ", manifest_blob(self._id, manifest.number), message, self._id)

    def _check_links(self, keys: TenantKeys | None, stored: StoredManifest) -> None:
        if keys is None:
            return
        try:
            unseal_types(keys, stored.manifest)
        except Unreadable as error:
            self._findings.error("delta-link", stored.key, error.message, self._id)

    async def _check_bytes(self, segments: Sequence[SegmentEntry]) -> None:
        for entry in segments:
            if entry.segment in self._read:
                continue
            self._read.add(entry.segment)
            try:
                self._counters.bytes_read += len(await read_whole(self._blobs, self._id, entry))
            except Unreadable as error:
                self._findings.error("segment", segment_blob(self._id, entry.segment), error.message, self._id)
            self._counters.segments += 1

    async def _check_leftovers(self, keys: TenantKeys | None, running: set[SegmentId]) -> None:
        """What no manifest lists: pages of a running or interrupted backup, or strangers. Opened all the same."""
        prefixes = (key_prefix(self._id), manifest_prefix(self._id), id_map_prefix(self._id))
        async for key in self._blobs.list(f"tenants/{self._id}/"):
            segment = SegmentId(key.rpartition("/")[2])
            is_segment = key.startswith(segment_prefix(self._id)) and key == segment_blob(self._id, segment)
            if is_segment and segment in self._read:
                continue
            if is_segment:
                await self._check_unreferenced(keys, key, segment, running)
            elif not key.startswith(prefixes):
                self._findings.warning("unexpected-blob", key, f"{key} is nothing that Reentra wrote.", self._id)

    async def _check_unreferenced(
        self, keys: TenantKeys | None, key: str, segment: SegmentId, running: set[SegmentId]
    ) -> None:
        if keys is not None:
            try:
                data = await self._bytes(key)
                await asyncio.to_thread(lambda: OpenSegment(keys, segment, data).check_name())
            except Unreadable as error:
                self._findings.error("segment", key, error.message, self._id)
                return
        if segment not in running:
            message = f"{key} belongs to no snapshot: an interrupted backup left it."
            self._findings.warning("unreferenced", key, message, self._id)

    async def _running(self, newest: SnapshotNumber) -> Listed | None:
        """A snapshot that is being written."""
        missing = 0
        for number in map(SnapshotNumber, count(newest)):
            try:
                snapshot = await self._catalogue.snapshot(self._id, number)
                if snapshot is not None and snapshot.status == "open":
                    return Listed(self._id, number, await self._catalogue.segments(self._id, number), {}, is_open=True)
            except Unreadable:
                snapshot = None  # named already, by the look at the whole table
            missing += snapshot is None
            if missing > _PROBED_NUMBERS:
                break
        return None

    async def _bytes(self, key: str) -> bytes:
        try:
            data = await self._blobs.read(key)
        except NotFound as error:
            raise Unreadable(f"{key} vanished while it was checked.", blob=key) from error
        self._counters.bytes_read += len(data)
        return data


def is_left_over(number: SnapshotNumber, manifests: dict[SnapshotNumber, StoredManifest]) -> bool:
    """A later snapshot follows on an earlier one: this one was given up after its manifest was stored."""
    for later, stored in manifests.items():
        previous = stored.manifest.previous.number if stored.manifest.previous else 0
        if previous < number < later:
            return True
    return False


def tells_the_same(snapshot: Snapshot, stored: StoredManifest) -> bool:
    """The catalogue's row is what the manifest says, but for what a rebuild has marked as lost."""
    told = stored.manifest.snapshot(stored.sha256)
    lost = _lost_types(snapshot)
    if not lost:
        return snapshot == told
    marked = {name: snapshot.types[name] if name in lost else facts for name, facts in told.types.items()}
    return snapshot == replace(told, result="partial", types=marked)


def _lost_types(snapshot: Snapshot) -> set[str]:
    return {name for name, facts in snapshot.types.items() if facts.get("lost_in_rebuild")}


def _told(entries: Sequence[SegmentEntry]) -> list[SegmentEntry]:
    return [replace(entry, ordinal=0) for entry in entries]
