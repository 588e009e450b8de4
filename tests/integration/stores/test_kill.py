"""What was confirmed is there after `kill -9` at any moment. (The page cache survives a killed process: that fsync
comes before the confirmation is for `test_sync_order.py`.)"""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.stores.documents import Collection, Index
from reentra.common.stores.embedded import EmbeddedStores, open_stores

WRITER = Path(__file__).parent / "writer.py"
NOTES = Collection("notes", (Index(("key",), unique=True),))
TENANT = TenantId("11111111-1111-4111-8111-111111111111")
USER = ObjectTypeName("user")
ROWS = 60


def live_and_die(folder: Path, life: str, seconds: float) -> list[list[str]]:
    """The confirmed facts of one writer that was killed."""
    writer = subprocess.Popen([sys.executable, WRITER, folder, life], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    time.sleep(seconds)
    writer.send_signal(signal.SIGKILL)
    lines = writer.stdout.read().splitlines(keepends=True)
    assert writer.wait() == -signal.SIGKILL
    return [line.split() for line in lines if line.endswith("\n")]


async def check(stores: EmbeddedStores, facts: list[list[str]]) -> None:
    for kind, name in facts:
        if kind == "document":
            document = await stores.documents.get(NOTES, name)
            assert document is not None
            assert document.body == {"key": name, "n": 1}
        elif kind == "blob":
            assert await stores.blobs.read(name) == (name.encode() + b"|") * 3000
        else:
            await check_snapshot(stores, SnapshotNumber(int(name)))


async def check_snapshot(stores: EmbeddedStores, number: SnapshotNumber) -> None:
    batches = [batch async for batch in stores.catalogue.scan(TENANT, number)]
    hashes = [version.content_hash for batch in batches for version in batch]
    assert hashes == [f"{number:064x}"] * ROWS
    listed = await stores.catalogue.objects(TENANT, USER, number, limit=1000)
    assert len(listed) == ROWS
    assert len(await stores.catalogue.segments(TENANT, number)) == 3
    assert (await stores.catalogue.object(TENANT, USER, ObjectId("0-0"), number)) in listed


@pytest.mark.parametrize("seed", range(4))
async def test_everything_confirmed_survives_being_killed(tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)
    facts: list[list[str]] = []
    for life in range(3):
        facts += live_and_die(tmp_path, f"life{life}", moments.uniform(0.05, 0.8))
    assert {kind for kind, _ in facts} == {"document", "blob", "snapshot"}
    async with open_stores(tmp_path, reserve_bytes=0) as stores:
        assert stores.lock is not None
        assert stores.lock.after_unclean_stop
        await check(stores, facts)
        # Whatever was not confirmed is whole or not there at all.
        async for key in stores.blobs.list("blobs/"):
            assert await stores.blobs.read(key) == (key.encode() + b"|") * 3000
        for snapshot in await stores.catalogue.snapshots(TENANT, limit=1000):
            await check_snapshot(stores, snapshot.number)
