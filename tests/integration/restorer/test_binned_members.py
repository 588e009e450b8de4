"""Who lies in the recycle bin is no member (delta queries go on showing it), and returns with its memberships."""

from __future__ import annotations

import pytest

from .conftest import Bench, told
from .test_combinations import group, people
from .test_undo import undo_plan


def member(bench: Bench, kind: str) -> str:
    if kind == "user":
        return people(bench)[0]
    if kind == "group":
        return group(bench, 2)
    return sorted(bench.directory.ids("servicePrincipal"))[0]


KINDS = ["user", "group", "servicePrincipal"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("whole", [True, False])
async def test_it_is_missed_in_a_plan_of_its_group(bench: Bench, kind: str, whole: bool) -> None:
    one, gone = group(bench, 1), member(bench, kind)
    bench.directory.add_link("members", one, gone)
    await bench.back_up()
    bench.directory.soft_delete(gone)
    if kind != "group" or not whole:  # which is selected itself then
        plan = await bench.plan("group", *([] if whole else [one]))
        assert ("reference_gone", one) in [(b["code"], b["object_id"]) for b in plan.blockers]
    plan = await bench.plan("group", *([] if whole else [one]), missing="restore")
    job = await bench.apply(plan)
    assert job.status == "succeeded", [job.error, *told(job, "failures"), *told(job, "differences")]
    assert bench.links("members", one) == {gone}
    assert (await bench.plan("group", *([] if whole else [one]))).is_identical


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("whole", [True, False])
async def test_a_snapshot_without_it_is_identical(bench: Bench, kind: str, whole: bool) -> None:
    one, gone = group(bench, 1), member(bench, kind)
    bench.directory.add_link("members", one, gone)
    await bench.back_up()
    bench.directory.soft_delete(gone)
    assert await bench.back_up() == 2
    plan = await bench.plan("group", *([] if whole else [one]), snapshot=2)
    assert plan.is_identical, (plan.blockers, [step.why for step in await bench.steps(plan)])
    if whole:
        assert (await bench.plan_all(snapshot=2)).is_identical


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_no_member_that_others_gave_to_what_a_restore_made(bench: Bench, kind: str) -> None:
    """An undo looks for signs of use."""
    one, gone = group(bench, 1), member(bench, kind)
    await bench.back_up()
    bench.directory.hard_delete(one)
    plan = await bench.plan("group", one)
    job = await bench.apply(plan)
    made = next(row["new_id"] for row in told(job, "objects") if row["object_id"] == one)
    bench.directory.add_link("members", made, gone)
    bench.directory.soft_delete(gone)
    undone = await undo_plan(bench, plan.id)
    assert [(s.kind, s.object_id) for s in await bench.steps(undone)] == [("delete", made)], undone.blockers
