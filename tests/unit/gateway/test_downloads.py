from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from reentra.common.errors import NotFound, Unreadable
from reentra.common.stores.folder import FolderBlobs
from reentra.gateway.operations.downloads import Downloads, StoredArchive

KEY = "exports/tenant/job.zip"


@pytest.fixture
async def blobs(tmp_path: Path) -> AsyncIterator[FolderBlobs]:
    blobs = FolderBlobs(tmp_path, reserve_bytes=0)
    await blobs.create(KEY, b"the archive")
    yield blobs
    blobs.close()


def archive(content: bytes) -> StoredArchive:
    return StoredArchive(KEY, len(content), sha256(content).hexdigest(), "name.zip")


async def test_an_archive_that_is_as_it_was_made_is_handed_out(blobs: FolderBlobs) -> None:
    downloads, wanted = Downloads(blobs), archive(b"the archive")
    await downloads.check(wanted)
    assert b"".join([chunk async for chunk in downloads.bytes(wanted, None)]) == b"the archive"


@pytest.mark.parametrize("made", [b"the archivf", b"a longer archive"])
async def test_an_archive_that_is_not_as_it_was_made_is_refused(blobs: FolderBlobs, made: bytes) -> None:
    with pytest.raises(Unreadable, match=r"Create the download again"):
        await Downloads(blobs).check(archive(made))


async def test_an_archive_that_is_gone_is_not_found(blobs: FolderBlobs) -> None:
    await blobs.delete(KEY)
    with pytest.raises(NotFound, match="Create the download again"):
        await Downloads(blobs).check(archive(b"the archive"))
