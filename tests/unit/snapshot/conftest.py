"""Real keys and a real folder; one tenant's records of a readable size."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reentra.common.ids import ObjectId, ObjectTypeName, TenantId
from reentra.common.snapshot.keys import Installation, KeyVersion, TenantKeys, create_installation
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.stores.folder import FolderBlobs

TENANT = TenantId("11111111-1111-4111-8111-111111111111")
OTHER_TENANT = TenantId("22222222-2222-4222-8222-222222222222")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return create_installation(tmp_path / "keys")


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[FolderBlobs]:
    store = FolderBlobs(tmp_path / "objects", reserve_bytes=0)
    yield store
    store.close()


@pytest.fixture
def keys() -> TenantKeys:
    return TenantKeys(TENANT, {1: KeyVersion(b"c" * 32, b"i" * 32)})


@pytest.fixture
def records() -> list[ObjectRecord]:
    return [
        ObjectRecord(ObjectTypeName("user"), ObjectId(f"id-{n:04d}"), {"displayName": f"Zoë {n}", "city": "x" * 40})
        for n in range(300)
    ]
