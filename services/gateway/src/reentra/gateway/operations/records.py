"""Readers of tenants' records. Keys and frames stay in memory for the tenants that were looked at last."""

from collections import OrderedDict
from collections.abc import Sequence

from reentra.common.ids import TenantId
from reentra.common.snapshot.installation import Installation
from reentra.common.snapshot.keys import open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.blobs import Blobs
from reentra.common.stores.catalogue import Place

_MOST_TENANTS = 16
_CACHE_BYTES = 8 << 20


class TenantRecords:
    def __init__(self, blobs: Blobs, installation: Installation) -> None:
        self._blobs = blobs
        self._installation = installation
        self._readers: OrderedDict[TenantId, RecordReader] = OrderedDict()

    async def read_many(self, tenant_id: TenantId, places: Sequence[Place]) -> list[ObjectRecord]:
        if not places:
            return []
        return await (await self._reader(tenant_id)).read_many(places)

    async def _reader(self, tenant_id: TenantId) -> RecordReader:
        known = self._readers.pop(tenant_id, None)
        if known is None:
            keys = await open_tenant_keys(self._blobs, self._installation, tenant_id)
            known = RecordReader(self._blobs, keys, cache_bytes=_CACHE_BYTES)
        self._readers[tenant_id] = known
        while len(self._readers) > _MOST_TENANTS:
            self._readers.popitem(last=False)
        return known
