"""One tenant's archive: records in segments, manifests signed and chained, keys beside them."""

from collections.abc import Mapping, Sequence

import structlog

from reentra.collector.domain.sealing import Sealing
from reentra.common.errors import NotFound, Unreadable
from reentra.common.ids import ObjectTypeName, TenantId
from reentra.common.snapshot.frame import Origin
from reentra.common.snapshot.keys import Installation, TenantKeys, create_tenant_keys
from reentra.common.snapshot.manifest import (
    Manifest,
    Previous,
    read_manifest,
    seal_types,
    store_manifest,
    unseal_types,
)
from reentra.common.snapshot.raw import RawRecord, parse_raw
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.snapshot.segment import RECORDS, build_segment, store_segment
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Place, SegmentEntry, Snapshot
from reentra.common.stores.documents import Json
from reentra.common.stores.tenants import StoredTenants

log = structlog.get_logger()
_KEPT_BYTES = 4 << 20
"""Of lines that were read back, one large frame or a few. Each is needed for a few pages that follow each other."""


class SegmentRecords:
    def __init__(self, blobs: Blobs, keys: TenantKeys) -> None:
        self._blobs = blobs
        self._keys = keys
        self._reader = RecordReader(blobs, keys, cache_bytes=_KEPT_BYTES)

    async def write(
        self, object_type: ObjectTypeName, ordinal: int, lines: Sequence[bytes]
    ) -> tuple[SegmentEntry, Sequence[Place]]:
        try:
            stored = await store_segment(self._blobs, self._keys, build_segment(self._keys, lines))
        except Unreadable as damaged:
            return await self._write_beside(damaged, object_type, ordinal, lines)
        return stored.entry(object_type, ordinal), stored.places

    async def _write_beside(
        self, damaged: Unreadable, object_type: ObjectTypeName, ordinal: int, lines: Sequence[bytes]
    ) -> tuple[SegmentEntry, Sequence[Place]]:
        """What was stored of the same content is damaged, and blobs are never replaced: the first line once more in
        front gives the content another name, and replaying it does no harm, as the later record counts."""
        log.warning("stored segment is damaged, written beside it", tenant_id=self._keys.tenant_id, reason=str(damaged))
        stored = await store_segment(self._blobs, self._keys, build_segment(self._keys, [lines[0], *lines]))
        return stored.entry(object_type, ordinal), stored.places[1:]

    async def read(self, places: Sequence[Place]) -> Sequence[ObjectRecord]:
        return await self._reader.read_many(places)

    async def read_raw(self, place: Place) -> RawRecord:
        return parse_raw(Origin(self._keys.tenant_id, RECORDS, place.segment), await self._reader.line(place))


class Archive:
    def __init__(
        self,
        blobs: Blobs,
        tenants: StoredTenants,
        installation: Installation,
        keys: TenantKeys,
    ) -> None:
        self._blobs = blobs
        self._tenants = tenants
        self._installation = installation
        self._keys = keys
        self.records = SegmentRecords(blobs, keys)

    async def remembered_types(self, latest: Snapshot) -> Mapping[str, Json]:
        stored = await read_manifest(self._blobs, latest.tenant_id, latest.number, self._installation.verifier)
        return unseal_types(self._keys, stored.manifest)

    async def store_manifest(self, sealing: Sealing) -> Snapshot:
        tenant_id = self._keys.tenant_id
        tenant = await self._tenants.get(tenant_id)
        if tenant is None:
            raise NotFound(f"Tenant {tenant_id} was removed while it was backed up.", tenant_id=tenant_id)
        previous = sealing.previous
        manifest = Manifest(
            tenant_id=tenant_id,
            tenant_name=tenant.name,
            cloud=tenant.cloud,
            number=sealing.number,
            job_id=sealing.job_id,
            started_at=sealing.started_at,
            sealed_at=sealing.sealed_at,
            result=sealing.result,
            types=seal_types(self._keys, sealing.number, sealing.types),
            segments=sealing.segments,
            previous=Previous(previous.number, previous.manifest_sha256 or "") if previous is not None else None,
            key_version=self._keys.newest,
            stats=sealing.stats,
        )
        stored = await store_manifest(self._blobs, manifest, self._installation)
        return stored.manifest.snapshot(stored.sha256)


async def open_archive(
    blobs: Blobs, tenants: StoredTenants, installation: Installation, tenant_id: TenantId
) -> Archive:
    """Makes the tenant's keys at its first backup."""
    keys = await create_tenant_keys(blobs, installation, tenant_id)
    return Archive(blobs, tenants, installation, keys)
