import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.integration.verify.conftest import TENANT, World, fill

from reentra.common.clock import SystemClock
from reentra.common.errors import Unreadable
from reentra.common.ids import ObjectTypeName, SnapshotNumber, TenantId
from reentra.common.jobs.job import JobFilter, NewJob
from reentra.common.snapshot.keys import create_installation
from reentra.common.snapshot.manifest import manifest_blob
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.documents import Collection
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.tenants import StoredTenants
from reentra.common.testing.backups import BackupWriter, group, removal, user
from reentra.common.testing.failpoints import EXIT_STATUS
from reentra.standalone.rebuild import RebuildReport, rebuild
from reentra.standalone.verify import verify

GROUP = ObjectTypeName("group")


async def contents(catalogue: Catalogue, *more: TenantId) -> Any:
    """Everything readers can see, snapshot by snapshot."""
    return {tenant_id: await contents_of(catalogue, tenant_id) for tenant_id in (TENANT, *more)}


async def contents_of(catalogue: Catalogue, tenant_id: TenantId) -> Any:
    found: dict[int, Any] = {}
    for snapshot in await catalogue.snapshots(tenant_id):
        number = snapshot.number
        versions = [v async for batch in catalogue.scan(tenant_id, number) for v in batch]
        lists = {
            (name, gone): await catalogue.objects(tenant_id, name, number, removed=gone, limit=1000)
            for name in await catalogue.counts(tenant_id, number)
            for gone in (False, True)
        }
        changes = await catalogue.changes(tenant_id, number, limit=1000)
        segments = [(s.segment, s.size, s.sha256, s.records) for s in await catalogue.segments(tenant_id, number)]
        found[number] = (
            snapshot,
            sorted(versions, key=lambda v: (v.object_type, v.object_id)),
            lists,
            changes,
            segments,
            await catalogue.counts(tenant_id, number),
        )
    return found


@asynccontextmanager
async def without_database(world: World) -> AsyncIterator[tuple[EmbeddedStores, RebuildReport]]:
    """The same folder with its database deleted, rebuilt."""
    await world.close()
    for file in world.folder.glob("reentra.db*"):
        file.unlink()
    async with open_stores(world.folder, reserve_bytes=0) as stores:
        yield stores, await rebuild(stores, world.installation, SystemClock())


async def test_every_sealed_snapshot_comes_back_as_it_was(world: World) -> None:
    before = await contents(world.stores.catalogue)
    async with without_database(world) as (stores, report):
        assert report.ok
        assert report.findings == ()
        assert report.rebuilt == {TENANT: [1, 2]}
        assert await contents(stores.catalogue) == before
        assert (await verify(stores, world.installation, all_data=True)).findings == ()


async def test_the_tenant_comes_back_without_credentials(world: World) -> None:
    async with without_database(world) as (stores, _):
        tenant = await StoredTenants(stores.documents).called("Contoso")
        assert (tenant.id, tenant.state, tenant.cloud) == (TENANT, "needs_consent", "global")
        assert (tenant.domain, tenant.domains) == (
            "contoso.example",
            ("contoso.example", "contoso.onmicrosoft.example"),
        )
        assert "Connect the tenant again" in (tenant.needs_consent_reason or "")


async def test_a_second_rebuild_changes_nothing_and_backups_go_on(world: World) -> None:
    async with without_database(world) as (stores, _):
        before = await contents(stores.catalogue)
        again = await rebuild(stores, world.installation, SystemClock())
        assert (again.rebuilt, again.kept) == ({}, {TENANT: [1, 2]})
        assert await contents(stores.catalogue) == before

        writer = BackupWriter(stores.blobs, stores.catalogue, world.installation, TENANT)
        assert (await writer.backup([user(3, city="Sion")])).number == 3
        assert (await verify(stores, world.installation, all_data=True)).findings == ()


async def test_an_interrupted_rebuild_is_continued(world: World) -> None:
    before = await contents(world.stores.catalogue)
    await world.close()
    for file in world.folder.glob("reentra.db*"):
        file.unlink()
    async with open_stores(world.folder, reserve_bytes=0) as stores:
        await stores.catalogue.begin(TENANT, "job-1", "2026-11-23T10:01:00.000000Z", number=SnapshotNumber(1))
        report = await rebuild(stores, world.installation, SystemClock())
        assert report.rebuilt == {TENANT: [1, 2]}
        assert await contents(stores.catalogue) == before


async def test_a_damaged_segment_is_named_and_what_lacks_its_objects_is_partial(world: World) -> None:
    entry = next(e for e in await world.stores.catalogue.segments(TENANT, SnapshotNumber(1)) if e.object_type == "user")
    file = next(f for f in world.blob_files if f.name == entry.segment)
    world.damage(file, 1000)
    async with without_database(world) as (stores, report):
        assert not report.ok
        assert [f.where for f in report.findings] == [str(file.relative_to(world.folder / "objects"))]
        assert report.partial == {TENANT: [1, 2]}
        second = await stores.catalogue.snapshot(TENANT, SnapshotNumber(2))
        assert second is not None
        assert second.result == "partial"
        assert second.types["user"]["status"] == "failed"
        assert entry.segment in second.types["user"]["reason"]
        assert second.types["user"]["lost_in_rebuild"] is True
        assert second.types["group"]["status"] == "complete"
        places = [v.place.segment async for b in stores.catalogue.scan(TENANT, second.number) for v in b]
        assert entry.segment not in places
        assert len(places) == 1 + 30 + 1 + 3 + 1


async def test_a_damaged_manifest_is_refused_by_name_and_the_rest_goes_on(world: World) -> None:
    file = world.folder / "objects" / manifest_blob(TENANT, 1)
    world.damage(file, 100)
    async with without_database(world) as (stores, report):
        assert report.rebuilt == {TENANT: [2]}
        assert manifest_blob(TENANT, 1) in [f.where for f in report.findings if f.code == "manifest"]
        second = await stores.catalogue.snapshot(TENANT, SnapshotNumber(2))
        assert second is not None
        assert second.result == "partial"


async def test_a_tenant_whose_keys_are_lost_is_named(world: World) -> None:
    await world.stores.blobs.delete(f"tenants/{TENANT}/keys/1.json")
    async with without_database(world) as (_, report):
        assert [(f.code, f.tenant_id) for f in report.findings] == [("keys", TENANT)]
        assert report.rebuilt == {}


async def test_a_snapshot_that_was_given_up_is_not_brought_back(world: World) -> None:
    await world.writer.backup([user(7, city="Chur")], seal=False)
    await world.stores.catalogue.abandon(TENANT, SnapshotNumber(3))
    await world.writer.backup([user(8, city="Chur")])
    before = await contents(world.stores.catalogue)
    async with without_database(world) as (stores, report):
        assert report.ok
        assert report.rebuilt == {TENANT: [1, 2, 4]}
        assert [f.code for f in report.findings] == ["left-over"]
        assert await contents(stores.catalogue) == before


async def test_a_catalogue_that_contradicts_the_objects_is_made_anew_and_documents_stay(world: World) -> None:
    before = await contents(world.stores.catalogue)
    job = await world.jobs.submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    await world.stores.database.write(
        lambda connection: (
            connection.execute("UPDATE versions SET display_name = 'Persom 5' WHERE version = 9").rowcount
        )
    )
    report = await rebuild(world.stores, world.installation, SystemClock())
    assert [(f.severity, f.code) for f in report.findings] == [("warning", "catalogue")]
    assert report.rebuilt == {TENANT: [1, 2]}
    assert await contents(world.stores.catalogue) == before
    assert (await world.jobs.get(job.id)).status == "queued"
    assert (await verify(world.stores, world.installation, all_data=True)).errors == ()


async def test_what_an_earlier_version_listed_is_whole_and_is_listed_anew(tmp_path: Path) -> None:
    installation = create_installation(tmp_path / "keys")
    async with open_stores(tmp_path, reserve_bytes=0) as stores:
        catalogue = stores.catalogue
        await fill(BackupWriter(stores.blobs, catalogue, installation, TENANT, derivation=1))
        today = BackupWriter(stores.blobs, catalogue, installation, TENANT)
        await today.backup([user(3, city="Sion"), removal(user(4), "changed")], [group(2, [user(5)])])
        assert await catalogue.objects(TENANT, GROUP, SnapshotNumber(2), facets={"kind": "security"}) == []

        found = await verify(stores, installation, all_data=True)
        assert found.ok
        assert {(f.severity, f.code) for f in found.findings} == {("warning", "listed-earlier")}
        assert sorted((f.where, f.message.split()[0]) for f in found.findings) == [
            ("group", "1"),
            ("group", "2"),
            ("user", "1"),
            ("user", "3"),
            ("user", "60"),
        ]

        report = await rebuild(stores, installation, SystemClock())
        assert report.ok
        assert "knew fewer filters" in report.findings[0].message
        assert report.rebuilt == {TENANT: [1, 2, 3]}
        assert (await verify(stores, installation, all_data=True)).findings == ()
        groups = await catalogue.objects(TENANT, GROUP, SnapshotNumber(1), facets={"kind": "security"})
        assert len(groups) == 2


async def test_an_unfinished_backup_begins_again_when_its_snapshot_is_gone(world: World) -> None:
    await world.jobs.submit(NewJob("backup", TENANT, {}, "tests"))
    lease = await world.jobs.claim(("backup",), "tests")
    assert lease is not None
    number = await world.stores.catalogue.begin(TENANT, lease.job.id, "2026-11-23T10:09:00.000000Z")
    await lease.commit(state={"number": number, "types": {}})
    await rebuild(world.stores, world.installation, SystemClock())
    assert (await world.jobs.get(lease.job.id)).state["number"] == number

    await world.stores.database.write(
        lambda connection: connection.execute("UPDATE snapshots SET listed = 0 WHERE number = 1").rowcount
    )
    await rebuild(world.stores, world.installation, SystemClock())
    assert (await world.jobs.get(lease.job.id)).state == {}


async def test_damaged_documents_are_removed_and_what_to_do_is_said(world: World) -> None:
    jobs = [await world.jobs.submit(NewJob("export", TENANT, {"snapshot": n}, "tests")) for n in (1, 2)]
    documents = world.stores.documents
    for number in (1, 2, 3):
        assert await documents.next_number("numbered") == number
        await documents.insert(Collection("numbered"), str(number), {"number": number})

    def damage(connection: sqlite3.Connection) -> None:
        connection.execute(
            "UPDATE documents_jobs SET body = replace(body, 'tests', 'testr') WHERE id = ?", (jobs[0].id,)
        )
        connection.execute("UPDATE counters SET value = 1 WHERE name = 'numbered'")

    await world.stores.database.write(damage)
    report = await rebuild(world.stores, world.installation, SystemClock())
    assert [(f.where, f.severity) for f in report.findings] == [
        (f"jobs/{jobs[0].id}", "error"),
        ("counters/numbered", "warning"),
    ]
    assert "Start it again" in report.findings[0].message
    assert report.kept == {TENANT: [1, 2]}
    assert [job.id for job in await world.jobs.list(JobFilter())] == [jobs[1].id]
    assert await documents.next_number("numbered") == 4


async def test_a_database_whose_file_is_damaged_is_not_mended_in_place(world: World) -> None:
    await world.stores.database.write(lambda connection: connection.execute("DROP INDEX versions_by_first").rowcount)
    with pytest.raises(Unreadable, match=r"move reentra\.db and reentra\.db-wal away"):
        await rebuild(world.stores, world.installation, SystemClock())


async def test_many_tenants_partial_snapshots_and_what_a_crash_left(world: World) -> None:
    others = [TenantId(f"22222222-2222-4222-8222-{number:012d}") for number in range(4)]
    for tenant_id in others:
        writer = BackupWriter(world.stores.blobs, world.stores.catalogue, world.installation, tenant_id)
        await writer.backup([user(1), user(2)], reasons={"group": "Graph refused it."})
        await writer.backup([user(2, city="Basel"), removal(user(1))])
    before = await contents(world.stores.catalogue, *others)
    (world.folder / "objects" / "~incoming" / "half").write_bytes(b"half a segm")
    async with without_database(world) as (stores, report):
        assert report.findings == ()
        assert report.rebuilt == {tenant_id: [1, 2] for tenant_id in (TENANT, *others)}
        assert await contents(stores.catalogue, *others) == before
        assert {tenant.id for tenant in await StoredTenants(stores.documents).list()} == {TENANT, *others}
        first = await stores.catalogue.snapshot(others[0], SnapshotNumber(1))
        assert first is not None
        assert (first.result, first.types["group"]["reason"]) == ("partial", "Graph refused it.")
        assert (await verify(stores, world.installation, all_data=True)).findings == ()


@pytest.mark.parametrize("passage", [1, 3, 6, 8])
async def test_a_rebuild_that_was_killed_is_run_again(world: World, passage: int) -> None:
    before = await contents(world.stores.catalogue)
    await world.close()
    for file in world.folder.glob("reentra.db*"):
        file.unlink()
    killed = command(world, "rebuild", REENTRA_FAILPOINT=f"rebuild.after-segment:{passage}")
    assert killed.returncode == EXIT_STATUS
    again = command(world, "rebuild")
    assert again.returncode == 0, again.stderr
    assert command(world, "verify", "--all-data").returncode == 0
    async with open_stores(world.folder, reserve_bytes=0) as stores:
        assert await contents(stores.catalogue) == before


async def test_a_rebuild_is_refused_while_another_process_has_the_folder(world: World) -> None:
    refused = command(world, "rebuild")
    assert refused.returncode == 1
    assert "in use by another Reentra process" in refused.stderr
    assert "Traceback" not in refused.stderr


def command(world: World, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "reentra.standalone.main", *words, "--data", str(world.folder)]
    return subprocess.run(line, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
