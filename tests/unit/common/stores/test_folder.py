import errno
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reentra.common.errors import RetryLater, Unreadable
from reentra.common.stores.fatal import EXIT_STATUS
from reentra.common.stores.folder import FolderBlobs

MEBIBYTE = 1 << 20


async def _chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * 1000


async def test_new_bytes_are_refused_below_the_reserve(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, reserve_bytes=10 * MEBIBYTE, free=lambda _: 10 * MEBIBYTE + 1000)
    await blobs.create("small", b"x" * 1000)
    with pytest.raises(RetryLater, match=str(tmp_path)):
        await blobs.create("large", b"x" * 1001)
    assert [key async for key in blobs.list("")] == ["small"]
    blobs.close()


async def test_a_disk_that_fills_up_during_a_stream_leaves_nothing(tmp_path: Path) -> None:
    free = iter([10_000, 5_000, 0])
    blobs = FolderBlobs(tmp_path, reserve_bytes=0, free=lambda _: next(free))
    with pytest.raises(RetryLater):
        await blobs.create_stream("export.zip", _chunks(3))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    blobs.close()


async def test_no_space_at_fsync_is_retried_later_and_leaves_nothing(tmp_path: Path) -> None:
    def no_space(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    blobs = FolderBlobs(tmp_path, reserve_bytes=0, fsync=no_space)
    with pytest.raises(RetryLater):
        await blobs.create("a", b"x")
    assert await blobs.info("a") is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    blobs.close()


async def test_leftovers_of_a_crash_are_swept_at_the_next_start(tmp_path: Path) -> None:
    first = FolderBlobs(tmp_path)
    leftover = tmp_path / "~incoming" / "0123"
    leftover.write_bytes(b"half")
    second = FolderBlobs(tmp_path)
    assert not leftover.exists()
    first.close()
    second.close()


async def test_stored_files_are_read_only_and_synced_with_their_folders(tmp_path: Path) -> None:
    synced: list[str] = []

    def recording(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}").removeprefix(str(tmp_path)))
        os.fsync(descriptor)

    blobs = FolderBlobs(tmp_path, reserve_bytes=0, fsync=recording)
    await blobs.create("a/b/c", b"x")
    assert (tmp_path / "a/b/c").stat().st_mode & 0o777 == 0o400
    assert synced[0].startswith("/~incoming/")
    assert synced[1:] == ["", "/a", "/a/b"]
    blobs.close()


async def test_a_shortened_file_is_unreadable(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, reserve_bytes=0)
    await blobs.create("a", b"0123456789")
    os.truncate(tmp_path / "a", 4)
    with pytest.raises(Unreadable, match="a is too short"):
        await blobs.read("a", offset=2, length=5)
    blobs.close()


def test_a_failed_fsync_ends_the_process_before_anything_is_confirmed(tmp_path: Path) -> None:
    program = """
import asyncio, errno, pathlib, sys
from reentra.common.stores.folder import FolderBlobs
def broken(_): raise OSError(errno.EIO, "Input/output error")
asyncio.run(FolderBlobs(pathlib.Path(sys.argv[1]), reserve_bytes=0, fsync=broken).create("a", b"x"))
print("confirmed")
"""
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == EXIT_STATUS
    assert ended.stdout == ""
    assert "Check the disk" in ended.stderr
