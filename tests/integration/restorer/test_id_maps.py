"""Which id an object got in a restore is never forgotten: not with the database, and not by a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from reentra.common.clock import SystemClock
from reentra.common.ids import TenantId
from reentra.common.jobs.job import NewJob
from reentra.common.snapshot.id_maps import id_map_blob, list_id_maps
from reentra.common.snapshot.keys import open_installation
from reentra.common.stores.documents import Query
from reentra.common.stores.embedded import open_stores
from reentra.common.stores.restores import ID_MAPS
from reentra.common.stores.tenants import TENANTS
from reentra.simulator.server import ServedCloud
from reentra.standalone.rebuild import rebuild
from reentra.standalone.verify import verify

from .conftest import Bench, cloud_of
from .furniture import furnished_group
from .station import Station, opened
from .test_crash import KILLED, run


def bench_of(served: ServedCloud, station: Station) -> Bench:
    return Bench(served, station.stores, station.jobs, TenantId(cloud_of(served).tenant_id), station.pools)


async def test_after_a_rebuild_a_restore_knows_what_earlier_ones_made(served: ServedCloud, tmp_path: Path) -> None:
    async with opened(cloud_of(served), tmp_path) as station:
        bench = bench_of(served, station)
        group, policy, *_ = furnished_group(bench)
        await bench.back_up()
        bench.directory.hard_delete(group)
        await bench.restore("group", group)
        made = bench.first("group", displayName="Führungskreis")
        known = await station.stores.documents.find(ID_MAPS, Query(limit=100))
    for file in tmp_path.glob("reentra.db*"):
        file.unlink()
    installation = open_installation(tmp_path / "keys")
    async with open_stores(tmp_path) as stores:
        report = await rebuild(stores, installation, SystemClock())
        assert report.findings == ()
        assert report.ids == {bench.tenant_id: len(known)}
        assert {(d.id, *d.body.items()) for d in await stores.documents.find(ID_MAPS, Query(limit=100))} == {
            (d.id, *d.body.items()) for d in known
        }
        assert (await verify(stores, installation, all_data=True)).findings == ()
        await stores.documents.delete(TENANTS, bench.tenant_id)  # the station connects it again
    async with opened(cloud_of(served), tmp_path) as station:
        bench = bench_of(served, station)
        assert (await bench.plan("group", group)).is_identical
        conditions = bench.get(policy)["conditions"]
        bench.directory.patch(policy, {"conditions": {**conditions, "users": {"includeUsers": ["All"]}}})
        bench.directory.patch(made, {"description": "broken"})
        await bench.restore("conditionalAccessPolicy", policy)
        assert bench.get(policy)["conditions"]["users"]["includeGroups"] == [made]


async def test_killed_before_new_ids_are_stored_they_are_stored_by_who_continues(
    served: ServedCloud, tmp_path: Path
) -> None:
    cloud = cloud_of(served)
    async with opened(cloud, tmp_path) as station:
        bench = bench_of(served, station)
        group, *_ = furnished_group(bench)
        await bench.back_up()
        bench.directory.hard_delete(group)
        plan = await bench.plan("group", group)
        for pool in station.pools:
            await pool.stop()
        job = await station.jobs.submit(NewJob("restore_apply", bench.tenant_id, {"plan_id": plan.id}, "test"))
    assert run(cloud, tmp_path, failpoint="restorer.after-ledger") == KILLED
    async with opened(cloud, tmp_path) as station:
        bench = bench_of(served, station)
        ended = await bench.finished(await station.jobs.get(job.id))
        assert ended.status == "succeeded", (ended.error, ended.result.get("failures"))
        stored = await station.stores.documents.get(ID_MAPS, f"{bench.tenant_id}:{group}")
        assert stored is not None
        assert stored.body["new_id"] == bench.first("group", displayName="Führungskreis")
        assert await station.stores.blobs.info(id_map_blob(bench.tenant_id, 1)) is not None
        report = await verify(station.stores, open_installation(tmp_path / "keys"), all_data=True)
        assert report.errors == ()


@pytest.mark.parametrize("lost", ["first", "last"])
async def test_a_map_that_is_gone_is_named_and_told_again_from_the_database(
    bench: Bench, tmp_path: Path, lost: str
) -> None:
    group, *_ = furnished_group(bench)
    await bench.back_up()
    bench.directory.hard_delete(group)
    await bench.restore("group", group)
    installation = open_installation(tmp_path / "keys")
    assert (await verify(bench.stores, installation)).findings == ()
    numbers = await list_id_maps(bench.stores.blobs, bench.tenant_id)
    key = id_map_blob(bench.tenant_id, numbers[0] if lost == "first" else numbers[-1])
    await bench.stores.blobs.delete(key)
    assert {f.code for f in (await verify(bench.stores, installation)).errors} == {"ids"}
    await rebuild(bench.stores, installation, SystemClock())
    again = await verify(bench.stores, installation)
    assert [f.where for f in again.errors] == ([key] if lost == "first" else [])
