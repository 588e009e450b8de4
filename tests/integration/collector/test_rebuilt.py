"""Backups after a rebuild that had to leave something out: what was lost comes back by itself."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from tests.integration.collector.conftest import READER, Bench, archives
from tests.integration.collector.test_backup import differences

from reentra.common.clock import SystemClock
from reentra.common.ids import SnapshotNumber
from reentra.common.jobs.ledger import Jobs
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.manifest import manifest_blob
from reentra.common.stores.embedded import open_stores
from reentra.simulator.truth import whole_truth
from reentra.standalone.rebuild import rebuild
from reentra.standalone.verify import verify


@asynccontextmanager
async def rebuilt(bench: Bench, damaged: str) -> AsyncIterator[Bench]:
    """The same tenant over a copy of its object folder with one damaged blob and without a database."""
    folder = bench.folder / "again"
    shutil.copytree(bench.folder / "objects", folder / "objects")
    file = folder / "objects" / damaged
    file.chmod(0o600)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    async with open_stores(folder) as stores:
        await rebuild(stores, bench.installation, SystemClock())
        tools = replace(bench.tools, catalogue=stores.catalogue, open_archive=archives(stores, bench.installation))
        yield replace(bench, stores=stores, jobs=Jobs(stores.documents, SystemClock()), tools=tools)


async def segment_of(bench: Bench, name: str) -> str:
    entries = await bench.stores.catalogue.segments(bench.tenant_id, SnapshotNumber(1))
    return segment_blob(bench.tenant_id, next(e.segment for e in entries if e.object_type == name))


async def test_objects_lost_in_a_rebuild_are_read_again_though_they_did_not_change(bench: Bench) -> None:
    await bench.back_up()
    async with rebuilt(bench, await segment_of(bench, "user")) as after:
        assert "user" not in await after.state(1)
        job = await after.back_up()
        assert job.status == "succeeded"
        assert differences(whole_truth(bench.directory), await after.state(2)) == []
        types = (await after.snapshot(job)).types
        assert (types["user"]["mode"], types["group"]["mode"]) == ("full", "incremental")
        assert "rebuild" in types["user"]["warning"]
        assert "lost_in_rebuild" not in types["user"]
        again = await after.snapshot(await after.back_up())
        assert again.types["user"]["mode"] == "incremental"


async def test_assignments_lost_in_a_rebuild_come_back(bench: Bench) -> None:
    await bench.back_up()
    async with rebuilt(bench, await segment_of(bench, "appRoleAssignment")) as after:
        assert (await after.back_up()).status == "succeeded"
        assert differences(whole_truth(bench.directory), await after.state(2)) == []


async def test_what_is_stored_again_lies_beside_the_damaged_segment(bench: Bench) -> None:
    await bench.back_up()
    damaged = await segment_of(bench, "group")
    async with rebuilt(bench, damaged) as after:
        await after.back_up()
        report = await verify(after.stores, bench.installation, all_data=True)
        assert {finding.where for finding in report.findings} == {damaged}


async def test_what_was_lost_is_not_forgotten_when_the_next_backup_cannot_read_it(bench: Bench) -> None:
    await bench.back_up()
    cloud, roles = bench.served.cloud, bench.served.cloud.roles(bench.tenant_id, READER)
    async with rebuilt(bench, await segment_of(bench, "device")) as after:
        allowed = [r for r in roles if r not in ("Device.Read.All", "Directory.Read.All")]
        cloud.consent(bench.tenant_id, READER, allowed)
        partial = await after.snapshot(await after.back_up())
        assert partial.types["device"]["status"] == "failed"
        cloud.consent(bench.tenant_id, READER, roles)
        assert (await after.back_up()).status == "succeeded"
        assert differences(whole_truth(bench.directory), await after.state(3)) == []


async def test_a_lost_manifest_leads_to_a_full_read_of_everything(bench: Bench) -> None:
    await bench.back_up()
    await bench.back_up()
    async with rebuilt(bench, manifest_blob(bench.tenant_id, SnapshotNumber(1))) as after:
        job = await after.back_up()
        assert job.status == "succeeded"
        assert {t["mode"] for t in (await after.snapshot(job)).types.values()} == {"full"}
        assert differences(whole_truth(bench.directory), await after.state(3)) == []


async def test_the_newest_manifest_may_be_the_lost_one(bench: Bench) -> None:
    await bench.back_up()
    bench.directory.patch(next(iter(bench.directory.ids("user"))), {"jobTitle": "Astronaut"})
    await bench.back_up()
    async with rebuilt(bench, manifest_blob(bench.tenant_id, SnapshotNumber(2))) as after:
        job = await after.back_up()
        assert job.status == "succeeded", job.error
        assert differences(whole_truth(bench.directory), await after.state(job.result["snapshot"])) == []
