"""A group's uniqueName, by which Graph makes or changes it with the same request."""

from __future__ import annotations

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
