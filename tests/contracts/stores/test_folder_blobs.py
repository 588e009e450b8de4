from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reentra.common.stores.folder import FolderBlobs
from reentra.common.testing.contracts.blobs import BlobsContract


@pytest.fixture
async def blobs(tmp_path: Path) -> AsyncIterator[FolderBlobs]:
    store = FolderBlobs(tmp_path / "objects", reserve_bytes=0)
    yield store
    store.close()


class TestFolderBlobs(BlobsContract):
    pass
