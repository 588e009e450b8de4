"""A group's uniqueName, by which Graph makes or changes it with the same request."""

from __future__ import annotations

from reentra.common.stores.documents import Query
from reentra.common.stores.restores import RESTORE_PLANS, RESTORE_STEPS, RestorePlan, digest_of_steps

from .conftest import Bench, told
from .test_combinations import group, people


async def test_a_group_that_somebody_made_with_the_same_unique_name_is_not_overwritten(bench: Bench) -> None:
    one = group(bench, 1, uniqueName="payroll")
    bench.directory.add_link("members", one, people(bench)[0])
    await bench.back_up()
    bench.directory.hard_delete(one)
    theirs = group(bench, 2, uniqueName="payroll", description="made since")
    before = bench.get(theirs)
    plan = await bench.plan("group", one)
    await bench.apply(plan)
    assert bench.get(theirs) == before
    assert not bench.links("members", theirs)
    assert [b["code"] for b in plan.blockers] == ["name_taken"]
    assert theirs in plan.blockers[0]["reason"]


async def test_a_group_gone_for_good_comes_back_with_its_unique_name(bench: Bench) -> None:
    one = group(bench, 1, uniqueName="payroll")
    await bench.back_up()
    bench.directory.hard_delete(one)
    job = await bench.restore("group", one)
    assert bench.get(told(job, "objects")[0]["new_id"])["uniqueName"] == "payroll"


async def test_a_stranger_who_took_the_unique_name_since_the_plan_stays_untouched(bench: Bench) -> None:
    one = group(bench, 1, uniqueName="payroll")
    bench.directory.add_link("members", one, people(bench)[0])
    await bench.back_up()
    bench.directory.hard_delete(one)
    plan = await bench.plan("group", one)
    theirs = group(bench, 2, uniqueName="payroll", description="made since")
    before = bench.get(theirs)
    job = await bench.apply(plan)
    assert job.status == "partial"
    assert bench.get(theirs) == before
    assert not bench.links("members", theirs)
    (failure,) = told(job, "failures")
    assert "property uniqueName already exists" in failure["message"]
    ours = told(job, "objects")[0]["new_id"]
    assert ours != theirs
    assert bench.links("members", ours) == {people(bench)[0]}

    bench.directory.hard_delete(theirs)
    job = await bench.apply(plan)
    assert job.status == "succeeded", told(job, "failures")
    assert bench.get(ours)["uniqueName"] == "payroll"
    assert (await bench.plan("group", one)).is_identical


async def test_a_group_that_came_back_without_its_unique_name_gets_it_by_another_plan(bench: Bench) -> None:
    """Graph lets it be set once (group-update)."""
    one = group(bench, 1, uniqueName="payroll")
    await bench.back_up()
    bench.directory.hard_delete(one)
    plan = await bench.plan("group", one)
    theirs = group(bench, 2, uniqueName="payroll")
    job = await bench.apply(plan)
    bench.directory.hard_delete(theirs)
    await bench.restore("group", one)
    assert bench.get(told(job, "objects")[0]["new_id"])["uniqueName"] == "payroll"


async def test_another_unique_name_than_then_is_told_and_left_alone(bench: Bench) -> None:
    one = group(bench, 1, uniqueName="payroll")
    await bench.back_up()
    bench.directory.patch(one, {"uniqueName": "wages", "description": "other"})
    plan = await bench.plan("group", one)
    assert [(step.kind, set(step.body)) for step in await bench.steps(plan)] == [("update", {"description"})]
    assert (await bench.apply(plan)).status == "succeeded"
    assert bench.get(one)["uniqueName"] == "wages"


async def as_older_versions_planned(bench: Bench, plan: RestorePlan) -> None:
    """A create by the unique name, in one request that makes or changes."""
    documents, where = bench.stores.documents, {"plan_id": plan.id}
    steps = []
    for chunk in await documents.find(RESTORE_STEPS, Query(where=where, order_by="last")):
        for step in chunk.body["steps"]:
            if step["kind"] == "create":
                step |= {"method": "PATCH", "path": "/groups(uniqueName='payroll')"}
                step["headers"] = {"Prefer": "create-if-missing"}
            steps.append(step)
        await documents.replace(RESTORE_STEPS, chunk.id, chunk.body, revision=chunk.revision)
    stored = await documents.get(RESTORE_PLANS, plan.id)
    assert stored is not None
    body = {**stored.body, "sha256": digest_of_steps(steps)}
    await documents.replace(RESTORE_PLANS, plan.id, body, revision=stored.revision)


async def test_a_plan_of_an_older_version_that_could_change_a_stranger_is_refused(bench: Bench) -> None:
    one = group(bench, 1, uniqueName="payroll")
    await bench.back_up()
    bench.directory.hard_delete(one)
    plan = await bench.plan("group", one)
    await as_older_versions_planned(bench, plan)
    theirs = group(bench, 2, uniqueName="payroll", description="made since")
    before = bench.get(theirs)
    job = await bench.apply(plan)
    assert job.status == "failed"
    assert job.error is not None
    assert "plan again" in job.error["message"]
    assert bench.get(theirs) == before

    bench.directory.hard_delete(theirs)
    await bench.restore("group", one)
