from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.integration.verify.conftest import TENANT, World

from reentra.common.clock import SystemClock
from reentra.common.ids import SnapshotNumber
from reentra.common.snapshot.manifest import manifest_blob
from reentra.common.stores.catalogue import Catalogue
from reentra.common.stores.embedded import EmbeddedStores, open_stores
from reentra.common.stores.tenants import StoredTenants
from reentra.common.testing.backups import BackupWriter, user
from reentra.standalone.rebuild import RebuildReport, rebuild
from reentra.standalone.verify import verify


async def contents(catalogue: Catalogue) -> Any:
    """Everything readers can see, snapshot by snapshot."""
    found: dict[int, Any] = {}
    for snapshot in await catalogue.snapshots(TENANT):
        number = snapshot.number
        versions = [v async for batch in catalogue.scan(TENANT, number) for v in batch]
        lists = {
            (name, gone): await catalogue.objects(TENANT, name, number, removed=gone, limit=1000)
            for name in await catalogue.counts(TENANT, number)
            for gone in (False, True)
        }
        changes = await catalogue.changes(TENANT, number, limit=1000)
        segments = [(s.segment, s.size, s.sha256, s.records) for s in await catalogue.segments(TENANT, number)]
        found[number] = (
            snapshot,
            sorted(versions, key=lambda v: (v.object_type, v.object_id)),
            lists,
            changes,
            segments,
            await catalogue.counts(TENANT, number),
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
