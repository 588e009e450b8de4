"""Two restores of the same objects at the same time, and an answer that is lost at the very end."""

from __future__ import annotations

import asyncio

from reentra.common.jobs.job import NewJob
from reentra.common.stores.restores import RESTORE_TURNS
from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench
from .furniture import furnished_group
from .test_undo import restored, truth, undo, undo_plan

TYPES = ("group", "roleAssignment", "appRoleAssignment", "conditionalAccessPolicy", "administrativeUnit")


async def gone_group(bench: Bench) -> str:
    """Referred to by others, but for the policy, which an undo could not make refer to it again."""
    group, policy, *_ = furnished_group(bench)
    await bench.back_up()
    bench.directory.hard_delete(group)
    conditions = bench.get(policy)["conditions"]
    bench.directory.patch(policy, {"conditions": {**conditions, "users": {**conditions["users"], "includeGroups": []}}})
    return group


async def test_an_answer_lost_with_the_very_last_step_is_looked_for(bench: Bench) -> None:
    group = await gone_group(bench)
    broken = truth(bench, *TYPES)
    plan = await bench.plan("group", group)
    last = (await bench.steps(plan))[-1]
    path = last.path.partition("@{")[0].replace("/", "\\/")
    bench.served.cloud.faults.set([FaultRule("commit_then_504", method=last.method, path=f"^{path}", times=1)])
    job = await bench.apply(plan)
    assert bench.served.cloud.faults.struck == 1
    bench.served.cloud.faults.set(())
    assert job.status == "succeeded", (job.error, job.result["failures"], job.result["differences"])
    assert {step.state for step in await bench.steps(plan)} == {"confirmed"}
    made = bench.first("group", displayName="Führungskreis")
    await undo(bench, plan.id)
    now = truth(bench, *TYPES)
    assert now[:2] == broken[:2]
    assert now[2] == broken[2] | {made}


async def test_an_answer_lost_with_the_very_last_step_of_an_undo_is_looked_for(bench: Bench) -> None:
    group = await gone_group(bench)
    plan = await undo_plan(bench, await restored(bench, "group", group))
    last = (await bench.steps(plan))[-1]
    assert last.kind == "delete"
    bench.served.cloud.faults.set([FaultRule("commit_then_504", method="DELETE", path=f"^{last.path}$", times=1)])
    job = await bench.apply(plan)
    assert bench.served.cloud.faults.struck == 1
    bench.served.cloud.faults.set(())
    assert job.status == "succeeded", (job.error, job.result["failures"], job.result["differences"])
    assert {step.state for step in await bench.steps(plan)} == {"confirmed"}
    assert bench.violations() == []


async def test_two_restores_of_the_same_objects_at_once_make_them_once(bench: Bench) -> None:
    group, policy, *_ = furnished_group(bench)
    await bench.back_up()
    bench.directory.hard_delete(group)
    plans = [await bench.plan("group", group), await bench.plan("group", group)]
    apply = [NewJob("restore_apply", bench.tenant_id, {"plan_id": plan.id}, "test") for plan in plans]
    jobs = [await bench.jobs.submit(one) for one in apply]
    for pool in bench.pools:
        pool.wake()
    ended = await asyncio.gather(*(bench.finished(job) for job in jobs))
    assert [job.status for job in ended] == ["succeeded"] * 2, [
        (job.error, job.result["failures"], job.result["differences"]) for job in ended
    ]
    made = [g["id"] for g in bench.directory.objects("group") if g["displayName"] == "Führungskreis"]
    assert len(made) == 1
    for name in ("roleAssignment", "appRoleAssignment"):
        assert len([a for a in bench.directory.objects(name) if a["principalId"] == made[0]]) == 1
    assert bench.get(policy)["conditions"]["users"]["includeGroups"] == made
    assert (await bench.plan("group", group)).is_identical
    assert bench.violations() == []
    second = max(plans, key=lambda plan: plan.id)
    codes = {b["code"] for b in (await undo_plan(bench, second.id)).blockers}
    assert "made_by_somebody_else" in codes


async def test_a_plan_that_another_restore_overtook_does_not_double_what_lies_in_the_bin(bench: Bench) -> None:
    group = await gone_group(bench)
    late = await bench.plan("group", group)
    await undo(bench, await restored(bench, "group", group))
    job = await bench.apply(late)
    assert job.status == "failed"
    assert "is in the recycle bin: plan again" in job.result["failures"][0]["message"]
    assert not [g for g in bench.directory.objects("group") if g["displayName"] == "Führungskreis"]


async def test_who_waits_for_another_restore_can_be_cancelled(bench: Bench) -> None:
    group = await gone_group(bench)
    plan = await bench.plan("group", group)
    working = await bench.jobs.submit(NewJob("export", bench.tenant_id, {}, "test"))
    await bench.stores.documents.insert(RESTORE_TURNS, bench.tenant_id, {"job_id": working.id})
    job = await bench.jobs.submit(NewJob("restore_apply", bench.tenant_id, {"plan_id": plan.id}, "test"))
    bench.pools[1].wake()
    async with asyncio.timeout(20):
        while (await bench.jobs.get(job.id)).error is None:
            await asyncio.sleep(0.02)
    told = await bench.jobs.get(job.id)
    assert working.id in str(told.error)
    await bench.jobs.request_cancel(job.id)
    bench.pools[1].wake()
    assert (await bench.finished(job)).status == "cancelled"
