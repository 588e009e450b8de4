import subprocess
import sys
from pathlib import Path

import pytest

from reentra.common.errors import NotFound, Rejected
from reentra.common.ids import TenantId
from reentra.common.stores.documents import Collection
from reentra.common.stores.embedded import FolderLock, open_stores

NOTES = Collection("notes")
TENANT = TenantId("11111111-1111-4111-8111-111111111111")


async def test_what_was_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    async with open_stores(tmp_path / "data", reserve_bytes=0) as stores:
        await stores.documents.insert(NOTES, "a", {"n": 1})
        await stores.blobs.create("a", b"bytes")
        assert await stores.catalogue.begin(TENANT, "job", "2026-01-01T00:00:00Z") == 1
    async with open_stores(tmp_path / "data") as stores:
        assert await stores.documents.count(NOTES, {"n": 1}) == 1
        assert await stores.blobs.read("a") == b"bytes"
        assert await stores.catalogue.begin(TENANT, "job", "2026-01-01T00:00:00Z") == 1


async def test_a_second_process_is_rejected_in_a_clear_sentence(tmp_path: Path) -> None:
    program = """
import pathlib, sys
from reentra.common.stores.embedded import open_stores
open_stores(pathlib.Path(sys.argv[1]))
"""
    async with open_stores(tmp_path):
        second = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
        )
    assert second.returncode != 0
    assert f"The data folder {tmp_path} is in use by another Reentra process" in second.stderr


async def test_reading_only_goes_beside_a_running_process_and_changes_nothing(tmp_path: Path) -> None:
    async with open_stores(tmp_path, reserve_bytes=0) as stores:
        await stores.documents.insert(NOTES, "a", {"n": 1})
        async with open_stores(tmp_path, read_only=True) as readers:
            await stores.documents.insert(NOTES, "b", {"n": 2})
            assert await readers.documents.count(NOTES, {}) == 2
            assert await readers.documents.count(Collection("never_heard_of"), {}) == 0
            assert await readers.catalogue.latest(TENANT) is None
            with pytest.raises(Rejected):
                await readers.documents.insert(NOTES, "c", {})
            with pytest.raises(Rejected):
                await readers.blobs.create("a", b"x")


def test_reading_only_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_stores(tmp_path / "nothing", read_only=True)
    assert not (tmp_path / "nothing").exists()


def test_a_clean_stop_and_an_unclean_one_are_told_apart(tmp_path: Path) -> None:
    first = FolderLock(tmp_path)
    assert not first.after_unclean_stop
    first.release()
    second = FolderLock(tmp_path)
    assert not second.after_unclean_stop
    second.release(clean=False)
    third = FolderLock(tmp_path)
    assert third.after_unclean_stop
    third.release()


async def test_the_folder_and_the_database_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with open_stores(folder):
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / "reentra.db").stat().st_mode & 0o077 == 0
