import random
from collections.abc import AsyncIterator

import pytest
from tests.integration.verify.conftest import TENANT, World

from reentra.common.clock import SystemClock
from reentra.common.errors import Rejected, Stale, Unreadable
from reentra.common.ids import SnapshotNumber
from reentra.common.jobs.job import NewJob
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.keys import open_tenant_keys
from reentra.common.snapshot.segment import build_segment, store_segment
from reentra.common.stores.embedded import open_stores
from reentra.common.testing.backups import user
from reentra.standalone.findings import VerifyReport
from reentra.standalone.rebuild import rebuild
from reentra.standalone.verify import verify


async def check(world: World, *, all_data: bool = False) -> VerifyReport:
    return await verify(world.stores, world.installation, all_data=all_data)


@pytest.mark.parametrize("all_data", [False, True])
async def test_a_whole_store_has_no_findings(world: World, all_data: bool) -> None:
    report = await check(world, all_data=all_data)
    assert report.findings == ()
    assert report.ok
    assert (report.counters.tenants, report.counters.snapshots, report.counters.segments) == (1, 2, 8)
    assert report.counters.records == (69 if all_data else 0)
    assert report.to_json()["ok"] is True


async def test_verify_can_look_on_read_only(world: World) -> None:
    async with open_stores(world.folder, read_only=True) as stores:
        assert (await verify(stores, world.installation, all_data=True)).findings == ()


@pytest.mark.parametrize("all_data", [False, True])
async def test_a_flipped_bit_in_any_stored_file_is_found_and_the_file_is_named(world: World, all_data: bool) -> None:
    shuffled = random.Random(5)
    for file in world.blob_files:
        bit = shuffled.randrange(file.stat().st_size * 8)
        key = str(file.relative_to(world.folder / "objects"))
        world.damage(file, bit)
        report = await check(world, all_data=all_data)
        world.damage(file, bit)
        assert not report.ok, key
        assert any(f.where == key and key in f.message for f in report.errors), (key, report.errors)
        assert all(TENANT in str(f.tenant_id) for f in report.errors)


async def test_every_missing_file_is_found(world: World) -> None:
    for file in world.blob_files:
        away = file.rename(world.folder / "away")
        report = await check(world)
        away.rename(file)
        named = str(file.relative_to(world.folder / "objects"))
        assert any(f.where == named for f in report.errors), (named, report.errors)


async def test_two_swapped_segments_are_found(world: World) -> None:
    one, two, *_ = [f for f in world.blob_files if "/segments/" in str(f)]
    first, second = one.read_bytes(), two.read_bytes()
    for file, data in ((one, second), (two, first)):
        file.chmod(0o600)
        file.write_bytes(data)
    assert {f.code for f in (await check(world)).errors} == {"segment"}


async def test_what_an_interrupted_backup_left_is_a_warning_but_damage_to_it_an_error(world: World) -> None:
    keys = await open_tenant_keys(world.stores.blobs, world.installation, TENANT)
    left = await store_segment(world.stores.blobs, keys, build_segment(keys, [user(500).to_line()]))
    key = segment_blob(TENANT, left.id)

    report = await check(world, all_data=True)
    assert report.ok
    assert [(f.code, f.where) for f in report.warnings] == [("unreferenced", key)]

    world.damage(world.folder / "objects" / key, 77)
    assert [(f.code, f.where) for f in (await check(world)).errors] == [("segment", key)]


async def test_a_manifest_without_its_flip_is_a_warning_while_newest_and_left_over_later(world: World) -> None:
    await world.writer.backup([user(7, city="Chur")], seal=False)
    assert [f.code for f in (await check(world, all_data=True)).findings] == ["not-sealed"]

    with pytest.raises(Stale):
        await world.stores.catalogue.abandon(TENANT, SnapshotNumber(2))
    await world.stores.catalogue.abandon(TENANT, SnapshotNumber(3))
    await world.writer.backup([user(8, city="Chur")])
    assert [f.code for f in (await check(world, all_data=True)).findings] == ["left-over"]


async def test_a_database_that_knows_nothing_of_the_stored_snapshots_asks_for_a_rebuild(world: World) -> None:
    """As one is that was made anew after the old one was lost."""
    await world.writer.backup([user(7, city="Chur")], seal=False)
    await world.close()
    for file in world.folder.glob("reentra.db*"):
        file.unlink()
    async with open_stores(world.folder, reserve_bytes=0) as stores:
        report = await verify(stores, world.installation)
        await rebuild(stores, world.installation, SystemClock())
        rebuilt = await verify(stores, world.installation, all_data=True)

    assert [f.code for f in report.errors] == ["not-in-catalogue"] * 3
    assert all("`reentra rebuild`" in f.message for f in report.errors)
    assert rebuilt.ok


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        (["UPDATE versions SET content_hash = x'00' WHERE version = (SELECT max(version) FROM versions)"], "row"),
        (["UPDATE versions SET display_name = 'Persom 1' WHERE version = 9"], "row"),
        (["UPDATE versions SET facets = replace(facets, 'p5@', 'q5@') WHERE facets LIKE '%p5@%'"], "row"),
        (["UPDATE versions SET removed = 2 WHERE removed = 1"], "row"),
        (["UPDATE versions SET segment = segment + 1 WHERE version = 9"], "row"),
        (["UPDATE versions SET last = 3 WHERE last = 2"], "database"),
        (["UPDATE versions SET search = 'x' WHERE version = 9"], "database"),
        ([f"UPDATE {table} SET search = 'x' WHERE version = 9" for table in ("versions", "listing")], "record"),
        (["DELETE FROM versions WHERE version = 5"], "record"),
        (["DELETE FROM listing WHERE version = 5"], "database"),
        (["UPDATE listing SET last = NULL WHERE last = 2"], "database"),
        (["UPDATE listing SET live = 1 - live WHERE version = 5"], "database"),
        (["UPDATE shelves SET object_type = 'uses' WHERE object_type = 'user'"], "record"),
        (["UPDATE segment_names SET segment = replace(segment, 'a', 'b')"], "row"),
    ],
)
async def test_a_catalogue_that_contradicts_the_archive_is_found_with_all_data(
    world: World, statements: list[str], code: str
) -> None:
    await change(world, statements)
    assert (await check(world)).ok
    assert code in {f.code for f in (await check(world, all_data=True)).errors}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE snapshots SET types = replace(types, 'complete', 'completf') WHERE number = 2", "database"),
        ("UPDATE snapshots SET status = 'open' WHERE number = 2", "database"),
        ("UPDATE snapshots SET listed = 0 WHERE number = 1", "database"),
        ("UPDATE numbers SET last = 3", "database"),
        ("UPDATE segments SET sha256 = replace(sha256, '1', '0')", "segments-differ"),
        ("UPDATE segments SET number = 1 WHERE number = 2", "segments-differ"),
        ("UPDATE documents_jobs SET body = replace(body, 'tests', 'testr')", "database"),
        ("UPDATE documents_jobs SET revision = 7", "database"),
        ("UPDATE documents_jobs SET checksum = NULL", "database"),
        ("UPDATE counters SET value = value + 1", "database"),
        ("DROP INDEX versions_by_first", "database"),
        ("CREATE TABLE stranger (n)", "database"),
        ("ALTER TABLE documents_jobs RENAME TO documents_jobt", "database"),
    ],
)
async def test_what_the_catalogue_and_the_documents_say_is_checked_every_time(
    world: World, statement: str, code: str
) -> None:
    await world.jobs.submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    await world.stores.documents.next_number("feed")
    await change(world, [statement])
    report = await check(world)
    assert code in {f.code for f in report.errors}
    assert all(f.where and len(f.message) > 30 for f in report.errors)


async def change(world: World, statements: list[str]) -> None:
    for statement in statements:
        await world.stores.database.write(lambda connection: connection.execute(statement).rowcount)  # noqa: B023


async def test_a_database_from_before_the_checksums_is_brought_up_to_date(world: World) -> None:
    await world.jobs.submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    await world.stores.documents.next_number("feed")
    tables = ("versions", "snapshots", "documents_jobs", "counters")
    await change(world, [*(f"ALTER TABLE {table} DROP COLUMN checksum" for table in tables), "PRAGMA user_version=1"])
    await world.close()

    with pytest.raises(Rejected, match="older Reentra"):
        open_stores(world.folder, read_only=True)
    async with open_stores(world.folder, reserve_bytes=0) as stores:
        assert (await verify(stores, world.installation, all_data=True)).errors == ()
        await stores.documents.next_number("feed")
        assert (await verify(stores, world.installation, all_data=True)).errors == ()


async def test_damaged_rows_and_documents_are_refused_and_never_handed_out(world: World) -> None:
    job = await world.jobs.submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    await change(
        world,
        [
            "UPDATE versions SET display_name = 'Persom 5' WHERE display_name = 'Person 5'",
            "UPDATE documents_jobs SET body = replace(body, 'tests', 'testr')",
        ],
    )
    catalogue, person = world.stores.catalogue, user(5)
    with pytest.raises(Unreadable, match="reentra rebuild"):
        await catalogue.objects(TENANT, person.object_type, SnapshotNumber(1))
    with pytest.raises(Unreadable, match=person.object_id):
        await catalogue.object(TENANT, person.object_type, person.object_id, SnapshotNumber(1))
    with pytest.raises(Unreadable, match=job.id):
        await world.jobs.get(job.id)


async def test_archives_match_their_jobs(world: World) -> None:
    job = await world.jobs.submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    lease = await world.jobs.claim(("export",), "tests")
    assert lease is not None

    async def chunks() -> AsyncIterator[bytes]:
        yield b"archive"

    key = f"exports/{TENANT}/{job.id}.zip"
    info = await world.stores.blobs.create_stream(key, chunks())
    await lease.finish("succeeded", result={"key": key, "size": info.size, "sha256": info.sha256})
    assert (await check(world)).findings == ()

    world.damage(world.folder / "objects" / key, 9)
    assert [(f.code, f.where) for f in (await check(world)).errors] == [("export", key)]
    await world.stores.blobs.delete(key)
    assert [f.code for f in (await check(world)).errors] == ["export"]


async def test_the_archive_of_an_unfinished_download_is_a_warning(world: World) -> None:
    job = await world.jobs.submit(NewJob("export", TENANT, {"snapshot": 1}, "tests"))
    key = f"exports/{TENANT}/{job.id}.zip"
    await world.stores.blobs.create(key, b"stored by a process that died before it could say so")
    report = await check(world)
    assert report.ok
    assert [(f.code, f.where) for f in report.warnings] == [("unfinished", key)]


async def test_strangers_are_warnings(world: World) -> None:
    for key in ("readme", f"tenants/{TENANT}/notes", f"exports/{TENANT}/nobody.zip", f"tenants/{TENANT}/keys/x.json"):
        await world.stores.blobs.create(key, b"?")
        report = await check(world)
        await world.stores.blobs.delete(key)
        assert report.ok
        assert [f.where for f in report.warnings] == [key]
