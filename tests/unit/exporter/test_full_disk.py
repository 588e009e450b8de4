"""A disk that is full in the middle of a download: nothing half is kept, and it goes on when there is room."""

from dataclasses import replace
from pathlib import Path

from tests.unit.exporter.conftest import TENANT, World
from tests.unit.exporter.test_export import archive_of

from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.keys import create_installation
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.folder import FolderBlobs
from reentra.common.testing.backups import BackupWriter, user
from reentra.common.testing.fakes import FakeClock

ALL = 1 << 40


async def test_a_download_waits_for_room_and_nothing_half_is_offered(tmp_path: Path) -> None:
    clock, looks = FakeClock(), 20

    def free(_: Path) -> int:
        """Gone after so many looks: in the middle of the archive."""
        nonlocal looks
        looks -= 1
        return ALL if looks > 0 else 0

    async with open_stores(tmp_path / "data", reserve_bytes=0, clock=clock) as stores:
        installation = create_installation(tmp_path / "keys")
        writer = BackupWriter(stores.blobs, stores.catalogue, installation, TENANT)
        await writer.backup([user(n) for n in range(60)])
        root = tmp_path / "data" / "objects"
        tight = FolderBlobs(root, reserve_bytes=1, free=free)
        world = World(replace(stores, blobs=tight), installation, Jobs(stores.documents, clock), writer)
        job = await world.submit(snapshot=1)
        async with world.app(batch_objects=1) as app:
            app.pool.wake()
            waiting = await world.until(job, lambda now: now.error is not None)
            assert waiting.status == "queued"
            assert waiting.error is not None
            assert "Free some disk space; accepted jobs go on by themselves." in waiting.error["message"]
            assert 0 < waiting.progress["objects"] < 60
            assert [key async for key in tight.list("exports/")] == []
            assert list((root / "~incoming").iterdir()) == []

            looks = ALL
            clock.move(seconds=11)
            app.pool.wake()
            ended = await world.ended(job)
        archive = await archive_of(world, ended)
        assert len([name for name in archive.namelist() if "/" in name]) == 60
        tight.close()
