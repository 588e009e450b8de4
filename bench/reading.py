"""One data folder, read: single objects by id, and all of it by `verify --all-data`. Prints one JSON line.

python -m bench.reading DATA TENANT-ID

Cold: a fresh reader, and the kernel has been told to forget the segment's file. Warm: the same object once more.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from reentra.common.ids import ObjectTypeName, TenantId
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.keys import TenantKeys, open_installation, open_tenant_keys
from reentra.common.snapshot.reader import RecordReader
from reentra.common.stores.catalogue import ObjectVersion
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.standalone.verify import verify

_PROBES = 100


async def read(data: Path, tenant_id: TenantId) -> dict[str, Any]:
    installation = open_installation(data / "keys")
    async with open_stores(data, read_only=True) as stores:
        keys = await open_tenant_keys(stores.blobs, installation, tenant_id)
        cold, warm = await _probe(stores, data, keys)
        cpu = time.process_time()
        report = await verify(stores, installation, all_data=True)
        cpu = time.process_time() - cpu
        if not report.ok:
            raise SystemExit(f"verify found {report.errors[0].message}")
        return {
            "cold_ms": statistics.median(cold),
            "cold_worst_ms": max(cold),
            "warm_ms": statistics.median(warm),
            "verified": report.counters.records,
            "verify_seconds": report.seconds,
            "verify_cpu_seconds": cpu,
        }


async def _probe(stores: EmbeddedStores, data: Path, keys: TenantKeys) -> tuple[list[float], list[float]]:
    cold: list[float] = []
    warm: list[float] = []
    for version in await _some(stores, keys.tenant_id):
        reader = RecordReader(stores.blobs, keys)
        _forget(data / "objects" / segment_blob(keys.tenant_id, version.place.segment))
        cold.append(await _milliseconds(stores, reader, version))
        warm.append(await _milliseconds(stores, reader, version))
    return cold, warm


async def _milliseconds(stores: EmbeddedStores, reader: RecordReader, wanted: ObjectVersion) -> float:
    """From a type and an id to its record: the catalogue's row, the frame, the line."""
    started = time.perf_counter()
    found = await stores.catalogue.object(reader.tenant_id, wanted.object_type, wanted.object_id, wanted.first)
    assert found is not None
    record = await reader.read(found.place)
    assert record.object_id == wanted.object_id
    return 1000 * (time.perf_counter() - started)


async def _some(stores: EmbeddedStores, tenant_id: TenantId) -> list[ObjectVersion]:
    latest = await stores.catalogue.latest(tenant_id)
    assert latest is not None
    found: list[ObjectVersion] = []
    async for batch in stores.catalogue.scan(tenant_id, latest.number, ObjectTypeName("user")):
        found.extend(batch)
    return random.Random(1).sample(found, min(_PROBES, len(found)))


def _forget(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    print(json.dumps(asyncio.run(read(Path(sys.argv[1]), TenantId(sys.argv[2])))))
