import asyncio
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.exporter.conftest import TENANT, World

from reentra.common.errors import Conflict
from reentra.common.ids import ObjectId, ObjectTypeName, SnapshotNumber
from reentra.common.jobs.documents import JOBS
from reentra.common.jobs.job import Job
from reentra.common.snapshot.frame import segment_blob
from reentra.common.snapshot.record import ObjectRecord
from reentra.common.testing.backups import group, removal, user
from reentra.exporter.domain.guide import readme
from reentra.exporter.domain.listing import Source

Export = Callable[..., Awaitable[Job]]


async def archive_of(world: World, job: Job, *, status: str = "succeeded") -> zipfile.ZipFile:
    """The stored archive, after every promise about its hashes was checked."""
    assert (job.error is None) == (status == "succeeded")
    assert job.status == status
    data = await world.stores.blobs.read(job.result["key"])
    assert (len(data), hashlib.sha256(data).hexdigest()) == (job.result["size"], job.result["sha256"])
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    assert sorted(archive.namelist()) == sorted([file["path"] for file in manifest["files"]] + ["manifest.json"])
    for file in manifest["files"]:
        content = archive.read(file["path"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])
    return archive


async def test_a_whole_snapshot_becomes_a_file_per_object(world: World, export: Export) -> None:
    people = [user(n, city="Zürich") for n in range(40)]
    await world.writer.backup(people[:25], people[25:], [group(1, people[:3])])

    archive = await archive_of(world, job := await export(snapshot=1))

    names = {name for name in archive.namelist() if "/" in name}
    assert names == {f"user/{p.object_id}.json" for p in people} | {f"group/{group(1).object_id}.json"}
    assert json.loads(archive.read(f"user/{people[3].object_id}.json")) == {
        "@odata.type": "#microsoft.graph.user",
        **people[3].properties,
    }
    members = json.loads(archive.read(f"group/{group(1).object_id}.json"))["members"]
    assert members == [{"@odata.type": "#microsoft.graph.user", "id": p.object_id} for p in people[:3]]
    assert job.result["objects"] == 41
    assert job.result["counts"] == {"group": 1, "user": 40}
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["counts"] == {"group": 1, "user": 40}
    assert manifest["snapshot"]["number"] == 1
    assert manifest["tenant"]["id"] == TENANT


async def test_a_single_relationship_is_one_object_as_in_graph(world: World, export: Export) -> None:
    boss = {"@odata.type": "#microsoft.graph.user", "id": user(2).object_id}
    await world.writer.backup([replace(user(1), links={"manager": [boss]}), user(2)])
    archive = await archive_of(world, await export(snapshot=1))
    assert json.loads(archive.read(f"user/{user(1).object_id}.json"))["manager"] == boss


async def test_an_older_snapshot_is_exported_as_it_was(world: World, export: Export) -> None:
    await world.writer.backup([user(1, city="Bern"), user(2)])
    await world.writer.backup([user(1, city="Basel"), removal(user(2)), user(3)])

    first = await archive_of(world, await export(snapshot=1))
    second = await archive_of(world, await export(snapshot=2))

    assert json.loads(first.read(f"user/{user(1).object_id}.json"))["city"] == "Bern"
    assert json.loads(second.read(f"user/{user(1).object_id}.json"))["city"] == "Basel"
    assert f"user/{user(2).object_id}.json" in first.namelist()
    assert f"user/{user(2).object_id}.json" not in second.namelist()


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"object_types": ["Group"]}, [group(1)]),
        ({"ids": [user(2).object_id]}, [user(2)]),
        ({"ids": [user(2).object_id, group(1).object_id], "object_types": None}, [user(2), group(1)]),
        ({"ids": [user(1).object_id], "object_types": ["user"]}, [user(1)]),
    ],
    ids=str,
)
async def test_types_and_single_objects_can_be_chosen(
    world: World, export: Export, params: dict[str, Any], expected: list[ObjectRecord]
) -> None:
    await world.writer.backup([user(1), user(2)], [group(1)])
    archive = await archive_of(world, await export(snapshot=1, **params))
    found = {name for name in archive.namelist() if "/" in name}
    assert found == {f"{r.object_type}/{r.object_id}.json" for r in expected}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "needs the number of a snapshot"),
        ({"snapshot": "1"}, "needs the number of a snapshot"),
        ({"snapshot": 9}, "no finished snapshot 9"),
        ({"snapshot": 1, "object_types": ["wizard"]}, "no object type 'wizard'"),
        ({"snapshot": 1, "object_types": []}, "at least one"),
        ({"snapshot": 1, "object_types": ["device"]}, "nothing to download of type device"),
        ({"snapshot": 1, "ids": ["nonsense"]}, "has no object nonsense"),
        ({"snapshot": 1, "ids": [user(1).object_id, user(7).object_id]}, f"has no object {user(7).object_id}"),
        ({"snapshot": 1, "ids": [user(1).object_id], "object_types": ["group"]}, "has no object"),
        ({"snapshot": 1, "ids": [user(2).object_id]}, "has no object"),
    ],
    ids=str,
)
async def test_what_cannot_be_selected_is_rejected_in_one_sentence(
    world: World, export: Export, params: dict[str, Any], sentence: str
) -> None:
    await world.writer.backup([user(1), removal(user(2))])
    job = await export(**params)
    assert job.status == "failed"
    assert job.error is not None
    assert job.error["code"] == "rejected"
    assert sentence in job.error["message"]
    assert [key async for key in world.stores.blobs.list("exports/")] == []


async def test_a_partial_type_is_named_with_its_reason(world: World, export: Export) -> None:
    await world.writer.backup([user(1)], [group(1)], reasons={"group": "Group.Read.All is missing", "device": "x"})
    archive = await archive_of(world, job := await export(snapshot=1))
    assert json.loads(archive.read("manifest.json"))["incomplete_types"] == {"group": "Group.Read.All is missing"}
    assert job.result["incomplete_types"] == {"group": "Group.Read.All is missing"}
    assert "`group`: Group.Read.All is missing" in archive.read("README.md").decode()


async def test_the_readme_tells_how_to_restore_each_type_that_is_there(world: World, export: Export) -> None:
    await world.writer.backup([user(1)], [group(1)])
    readme = (await archive_of(world, await export(snapshot=1))).read("README.md").decode()
    for expected in (
        "Invoke-MgGraphRequest",
        "curl",
        "sha256sum",
        "POST /v1.0/directory/deletedItems/{id}/restore",
        "### Users (`user/`)",
        "### Groups (`group/`)",
        "`members`: `POST /v1.0/groups/{id}/members/$ref`",
    ):
        assert expected in readme
    assert "### Devices" not in readme


@pytest.mark.parametrize(
    ("cloud", "command"),
    [
        ("global", "Connect-MgGraph -TenantId"),
        ("custom", "Connect-MgGraph -TenantId"),
        ("gcc_high", "Connect-MgGraph -Environment USGov -TenantId"),
        ("dod", "Connect-MgGraph -Environment USGovDoD -TenantId"),
        ("china", "Connect-MgGraph -Environment China -TenantId"),
    ],
)
async def test_the_readme_signs_in_where_the_tenant_is(world: World, cloud: str, command: str) -> None:
    await world.writer.backup([user(1)])
    snapshot = await world.stores.catalogue.snapshot(TENANT, SnapshotNumber(1))
    assert snapshot is not None
    text = readme(Source("Contoso", cloud, snapshot), [ObjectTypeName("user")]).decode()

    assert f"{command} {TENANT} -Scopes" in text
    assert "In PowerShell 7" in text
    assert "-Body @{ '@odata.id' = '<address>/v1.0/directoryObjects/<member>' }" in text


async def test_the_same_request_gives_the_same_bytes(world: World, export: Export) -> None:
    await world.writer.backup([user(n) for n in range(30)], [group(1)])
    first, second = await export(snapshot=1), await export(snapshot=1)
    assert first.result["key"] != second.result["key"]
    assert first.result["sha256"] == second.result["sha256"]


async def damage(world: World, record: ObjectRecord) -> str:
    """One flipped bit in the frame that holds the record. The blob's name."""
    place = (await world.stores.catalogue.find(TENANT, [record.object_id], SnapshotNumber(1)))[0].place
    key = segment_blob(TENANT, place.segment)
    data = bytearray(await world.stores.blobs.read(key))
    data[place.offset + place.length - 1] ^= 1
    await world.stores.blobs.delete(key)
    await world.stores.blobs.create(key, bytes(data))
    return key


async def test_damaged_objects_are_left_out_and_named_and_all_others_come_out(world: World, export: Export) -> None:
    await world.writer.backup([user(1), user(2)], [user(3)], [group(1)])
    key = await damage(world, user(2))

    job = await export(snapshot=1)

    archive = await archive_of(world, job, status="partial")
    named = {name for name in archive.namelist() if "/" in name}
    assert named == {f"user/{user(3).object_id}.json", f"group/{group(1).object_id}.json"}
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format_version"] == 2
    assert manifest["counts"] == job.result["counts"] == {"group": 1, "user": 1}
    assert [d["object_id"] for d in manifest["damaged"]] == [user(1).object_id, user(2).object_id]
    assert all(key in d["reason"] for d in manifest["damaged"])
    guide = archive.read("README.md").decode()
    assert "**Left out: 2.**" in guide
    assert f"- `user` `{user(2).object_id}` (Person 2)\n" in guide
    assert (job.result["objects"], job.result["left_out"]) == (2, 2)
    assert [(f["object_type"], f["object_id"]) for f in job.result["failures"]] == [
        ("user", user(1).object_id),
        ("user", user(2).object_id),
    ]
    assert job.error is not None
    assert job.error["message"].startswith("2 of 4 objects are left out, because what is stored of them is damaged.")


async def test_a_lost_segment_takes_only_its_own_objects_along(world: World, export: Export) -> None:
    await world.writer.backup([user(1)], [user(2)], [group(1)])
    place = (await world.stores.catalogue.find(TENANT, [user(1).object_id], SnapshotNumber(1)))[0].place
    await world.stores.blobs.delete(segment_blob(TENANT, place.segment))

    job = await export(snapshot=1, object_types=["user"])

    archive = await archive_of(world, job, status="partial")
    assert {name for name in archive.namelist() if "/" in name} == {f"user/{user(2).object_id}.json"}
    assert job.result["message"].startswith("1 of 2 objects is left out, because what is stored of it is damaged.")


async def test_where_all_is_damaged_nothing_is_exported_and_an_object_is_named(world: World, export: Export) -> None:
    await world.writer.backup([user(1), user(2)], [group(1)])
    key = await damage(world, user(2))

    job = await export(snapshot=1, ids=[user(2).object_id])

    assert job.status == "failed"
    assert job.error is not None
    assert job.error["code"] == "unreadable"
    assert f"The stored user {user(2).object_id} cannot be read, so nothing was exported: {key}" in job.error["message"]
    assert [key async for key in world.stores.blobs.list("exports/")] == []
    assert (await export(snapshot=1, object_types=["group"])).status == "succeeded"


async def test_progress_goes_out_and_the_end_is_announced(world: World, export: Export) -> None:
    await world.writer.backup([user(n) for n in range(30)])
    job = await export(snapshot=1)
    document = await world.stores.documents.get(JOBS, job.id)
    assert document is not None
    events = [entry for entry in document.body["outbox"] if entry["topic"].startswith("exporter.")]
    progressed = [e["data"]["objects"] for e in events if e["topic"] == "exporter.export-progressed.v1"]
    assert progressed == sorted(progressed)
    assert progressed[-1] == 30
    assert events[-1]["topic"] == "exporter.export-ready.v1"
    assert events[-1]["data"]["sha256"] == job.result["sha256"]
    assert job.progress == {"phase": "ready", "objects": 30, "total": 30, "percent": 100}


async def test_a_cancelled_export_leaves_nothing(world: World) -> None:
    await world.writer.backup([user(n) for n in range(400)])
    job = await world.submit(snapshot=1)
    async with world.app(batch_objects=1) as app:
        app.pool.wake()
        await world.until(job, lambda now: bool(now.progress))
        await world.jobs.request_cancel(job.id)
        job = await world.ended(job)
    assert job.status == "cancelled"
    assert [key async for key in world.stores.blobs.list("exports/")] == []


async def test_an_archive_stored_before_a_crash_is_recognised(world: World, export: Export) -> None:
    await world.writer.backup([user(n) for n in range(20)])
    before = await export(snapshot=1)
    document = await world.stores.documents.get(JOBS, before.id)
    assert document is not None
    data = await world.stores.blobs.read(before.result["key"])

    async def run_again(stored: bytes) -> Job:
        job = await world.submit(snapshot=1)
        key = f"exports/{TENANT}/{job.id}.zip"
        await world.stores.blobs.create(key, stored)
        async with world.app() as app:
            app.pool.wake()
            return await world.ended(job)

    adopted, replaced = await run_again(data), await run_again(b"of another version")

    assert adopted.result["sha256"] == replaced.result["sha256"] == before.result["sha256"]
    await archive_of(world, adopted)
    await archive_of(world, replaced)
    with pytest.raises(Conflict):
        await world.stores.blobs.create(adopted.result["key"], b"")


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
async def test_other_peoples_unzip_accepts_it(world: World, export: Export, tmp_path: Path) -> None:
    await world.writer.backup([user(n) for n in range(10)], [replace(group(1), object_id=ObjectId("Grüße/../1"))])
    job = await export(snapshot=1)
    path = tmp_path / "archive.zip"
    path.write_bytes(await world.stores.blobs.read(job.result["key"]))
    process = await asyncio.create_subprocess_exec("unzip", "-t", path, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0, output
    assert b"No errors detected" in output


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("sha256sum")), reason="jq or sha256sum is not installed")
async def test_the_readmes_own_check_accepts_the_archive_and_finds_a_change(
    world: World, export: Export, tmp_path: Path
) -> None:
    await world.writer.backup([user(n) for n in range(10)], [replace(group(1), object_id=ObjectId("Grüße/ 1"))])
    archive = await archive_of(world, await export(snapshot=1))
    archive.extractall(tmp_path)
    command = archive.read("README.md").decode().partition("```sh\n")[2].partition("```")[0]

    async def run() -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE, cwd=tmp_path)
        output, _ = await process.communicate()
        return process.returncode, output

    assert await run() == (0, b"all files are as written\n")
    (tmp_path / f"user/{user(3).object_id}.json").write_bytes(b"{}")
    status, output = await run()
    assert status != 0
    assert f"user/{user(3).object_id}.json: FAILED".encode() in output
