"""A killed process does not lose what lies in the page cache, so the order of system calls is read from strace:
every confirmation comes after the fsync of all that it confirms."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reentra.common.stores.embedded import open_stores
from reentra.common.stores.fatal import EXIT_STATUS

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed: fsync order untested")

PROGRAM = """
import asyncio, os, pathlib, sys
from reentra.common.stores.documents import Collection
from reentra.common.stores.embedded import open_stores

async def main():
    stores = open_stores(pathlib.Path(sys.argv[1]), reserve_bytes=0)
    notes = Collection("notes")
    await stores.documents.insert(notes, "first", {})
    os.write(1, b"begin document\\n")
    await stores.documents.insert(notes, "a", {})
    os.write(1, b"confirmed document\\n")
    await stores.blobs.create("folder/a", b"bytes of the blob")
    os.write(1, b"confirmed blob\\n")
    await stores.close()

asyncio.run(main())
"""


def test_confirmations_come_after_fsync(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    calls = "trace=write,pwrite64,fsync,fdatasync,link,linkat"
    subprocess.run(
        ["strace", "-f", "-y", "-e", calls, "-o", trace, sys.executable, "-c", PROGRAM, tmp_path / "data"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    text = trace.read_text()
    document = text[text.index("begin document") : text.index("confirmed document")]
    blob = text[text.index("confirmed document") : text.index("confirmed blob")]

    last_write = document.rindex("reentra.db-wal>, ")
    assert re.search(r"f(data)?sync\(\d+<[^>]*reentra\.db-wal>", document[last_write:])
    order = [blob.index("bytes of the blob"), blob.index("fsync"), blob.index("link"), blob.rindex("fsync")]
    assert order == sorted(order)
    assert re.search(r"fsync\(\d+<[^>]*/objects/folder>", blob)


@pytest.mark.parametrize(("call", "unconfirmed"), [("fsync", "confirmed blob"), ("fdatasync", "confirmed document")])
async def test_a_sync_that_fails_ends_the_process_unconfirmed(tmp_path: Path, call: str, unconfirmed: str) -> None:
    # Made beforehand, so that the first sync is that of a confirmation.
    async with open_stores(tmp_path / "data"):
        pass
    inject = f"inject={call}:error=EIO:when=1+"
    ended = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", inject, sys.executable, "-c", PROGRAM, tmp_path / "data"],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == EXIT_STATUS
    assert unconfirmed not in ended.stdout
    assert "Check the disk" in ended.stderr
