"""One damaged object in a snapshot: a plan of whole types names it, and brings back all others."""

from __future__ import annotations

from reentra.common.ids import ObjectId, SnapshotNumber
from reentra.common.snapshot.frame import segment_blob
from reentra.restorer.operations.wanted import DAMAGED

from .conftest import Bench


async def test_what_is_damaged_is_a_blocker_and_all_others_come_back(bench: Bench) -> None:
    damaged, gone, changed = bench.plain_group(), *_people(bench, 2)
    await bench.back_up()
    bench.directory.patch(damaged, {"description": "alone in its segment"})
    number = await bench.back_up()
    await _flip(bench, damaged, number)
    title = bench.get(changed)["jobTitle"]
    bench.directory.patch(changed, {"jobTitle": "broken"})
    bench.directory.patch(damaged, {"description": "broken"})
    bench.directory.hard_delete(gone)

    plan = await bench.plan_all(number)
    assert [(b["object_id"], b["code"]) for b in plan.blockers] == [(damaged, DAMAGED)]
    assert "What is stored of it is damaged, so nothing of it is restored" in plan.blockers[0]["reason"]
    job = await bench.run("restore_apply", {"plan_id": plan.id})

    assert job.status == "partial"
    assert "1 blocked" in job.result["message"]
    assert bench.get(changed)["jobTitle"] == title
    assert gone in {row["object_id"] for row in job.result["objects"]}
    assert bench.get(damaged)["description"] == "broken"


async def test_what_is_damaged_between_plan_and_read_back_is_named_and_all_is_restored(bench: Bench) -> None:
    damaged, gone, changed = bench.plain_group(), *_people(bench, 2)
    await bench.back_up()
    bench.directory.patch(damaged, {"description": "alone in its segment"})
    number = await bench.back_up()
    title = bench.get(changed)["jobTitle"]
    bench.directory.patch(changed, {"jobTitle": "broken"})
    bench.directory.patch(damaged, {"description": "broken"})
    bench.directory.hard_delete(gone)
    plan = await bench.plan_all(number)
    await _flip(bench, damaged, number)

    job = await bench.apply(plan)

    assert (job.status, job.result["confirmed"]) == ("partial", plan.counts["steps"])
    assert job.error is not None
    assert job.error["message"] == job.result["message"]
    assert f"({damaged}) was damaged since the plan was made" in job.result["message"]
    assert bench.get(changed)["jobTitle"] == title
    assert gone in {row["object_id"] for row in job.result["objects"]}
    assert bench.get(damaged)["description"] == "alone in its segment", "the plan held what was read while it was whole"
    assert job.result["differences"] == []


def _people(bench: Bench, wanted: int) -> list[str]:
    """Whom anybody may change."""
    found = [u for u in bench.directory.objects("user") if not u.get("onPremisesSyncEnabled") and u.get("jobTitle")]
    return [str(person["id"]) for person in found if person["userType"] == "Member"][-wanted:]


async def _flip(bench: Bench, object_id: str, number: int) -> None:
    [version] = await bench.stores.catalogue.find(bench.tenant_id, [ObjectId(object_id)], SnapshotNumber(number))
    key = segment_blob(bench.tenant_id, version.place.segment)
    data = bytearray(await bench.stores.blobs.read(key))
    data[version.place.offset + version.place.length - 1] ^= 1
    await bench.stores.blobs.delete(key)
    await bench.stores.blobs.create(key, bytes(data))
