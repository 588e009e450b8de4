"""Types share one checkpoint: what one of them saves must never put another's cursor ahead of its stored pages."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.integration.collector.conftest import Bench

from reentra.collector.operations.backup import run_backup
from reentra.common.ids import ObjectTypeName
from reentra.common.jobs.job import NewJob
from reentra.common.snapshot.manifest import read_manifest
from reentra.common.stores.catalogue import SegmentEntry, Snapshot


class Crash(Exception):
    """The process ends here."""


class CrashingRecords:
    """The users' page is never stored, but all others are: their checkpoints are what the next process finds."""

    def __init__(self, records: Any, others: int) -> None:
        self._records = records
        self._left = others
        self._done = asyncio.Event()

    async def write(
        self, object_type: ObjectTypeName, ordinal: int, lines: Sequence[bytes]
    ) -> tuple[SegmentEntry, Any]:
        if object_type == "user":
            await self._done.wait()
            raise Crash
        stored = await self._records.write(object_type, ordinal, lines)
        self._left -= 1
        if self._left == 0:
            self._done.set()
        return stored

    async def read(self, places: Any) -> Any:
        return await self._records.read(places)


class UnsealedCatalogue:
    """All of the catalogue but the flip: the process ends between storing the manifest and sealing."""

    def __init__(self, catalogue: Any) -> None:
        self._catalogue = catalogue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalogue, name)

    async def seal(self, snapshot: Snapshot) -> None:
        raise Crash


async def test_a_page_that_was_not_stored_is_read_again_though_others_saved_meanwhile(bench: Bench) -> None:
    async def open_archive(tenant_id: Any) -> Any:
        archive = await bench.tools.open_archive(tenant_id)
        archive.records = CrashingRecords(archive.records, others=4)
        return archive

    job = await bench.jobs.submit(NewJob("backup", bench.tenant_id, {}, "test"))
    lease = await bench.jobs.claim(["backup"], "first")
    assert lease is not None
    with pytest.raises(Crash):
        await run_backup(lease, replace(bench.tools, open_archive=open_archive))
    await bench.jobs.release_all()
    bench.served.cloud.counters.reset()
    lease = await bench.jobs.claim(["backup"], "second")
    assert lease is not None
    await run_backup(lease, bench.tools)
    finished = await bench.jobs.get(job.id)
    assert finished.status == "succeeded"
    assert finished.result["stats"]["requests"] > bench.served.cloud.counters.requests, "both attempts are counted"
    assert (await bench.state(1))["user"].keys() == set(bench.directory.ids("user"))


async def test_a_manifest_that_was_stored_before_a_crash_is_what_the_catalogue_says(bench: Bench) -> None:
    job = await bench.jobs.submit(NewJob("backup", bench.tenant_id, {}, "test"))
    lease = await bench.jobs.claim(["backup"], "first")
    assert lease is not None
    with pytest.raises(Crash):
        await run_backup(lease, replace(bench.tools, catalogue=UnsealedCatalogue(bench.stores.catalogue)))  # type: ignore[arg-type]
    await bench.jobs.release_all()
    lease = await bench.jobs.claim(["backup"], "second")
    assert lease is not None
    await run_backup(lease, bench.tools)
    stored = await read_manifest(bench.stores.blobs, bench.tenant_id, 1, bench.installation.verifier)
    finished = await bench.jobs.get(job.id)
    assert await bench.snapshot(finished) == stored.manifest.snapshot(stored.sha256)
    assert finished.result["stats"] == stored.manifest.stats
