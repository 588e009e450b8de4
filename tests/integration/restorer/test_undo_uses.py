"""Before an undo deletes what a restore brought back, its plan tells who relies on it, and what nobody showed."""

from __future__ import annotations

import pytest

from reentra.common.stores.restores import RestorePlan
from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench, told
from .test_combinations import group, people
from .test_undo import undo_plan


async def brought_back(bench: Bench, object_type: str, object_id: str, *, binned: bool) -> tuple[RestorePlan, str]:
    """The plan of the restore, and the id that it has now."""
    await bench.back_up()
    if binned:
        bench.directory.soft_delete(object_id)
    else:
        bench.directory.hard_delete(object_id)
    plan = await bench.plan(object_type, object_id)
    job = await bench.apply(plan)
    assert job.status == "succeeded", [job.error, *told(job, "failures"), *told(job, "differences")]
    return plan, next((r["new_id"] for r in told(job, "objects") if r["object_id"] == object_id), object_id)


def said(plan: RestorePlan, code: str) -> str:
    return " ".join(one["reason"] for one in (*plan.warnings, *plan.blockers) if one["code"] == code)


def assign(bench: Bench, object_id: str) -> str:
    """A licence, as somebody assigns it. Its part number."""
    sku = next(iter(bench.directory.objects("subscribedSku")))
    held = bench.get(object_id).get("assignedLicenses") or []
    licence = {"skuId": sku["skuId"], "disabledPlans": []}
    states = [{"skuId": sku["skuId"], "assignedByGroup": None, "disabledPlans": [], "state": "Active", "error": "None"}]
    bench.directory.patch(object_id, {"assignedLicenses": [*held, licence], "licenseAssignmentStates": states})
    return str(sku["skuPartNumber"])


@pytest.mark.parametrize("binned", [True, False])
async def test_groups_and_licences_that_a_person_was_given_since_are_named(bench: Bench, binned: bool) -> None:
    person = people(bench)[0]
    for held in bench.directory.sources("members", person):
        bench.directory.remove_link("members", held, person)
    bench.directory.patch(person, {"assignedLicenses": [], "licenseAssignmentStates": []})
    ours, theirs = group(bench, 1), group(bench, 2)
    bench.directory.add_link("members", ours, person)
    plan, now = await brought_back(bench, "user", person, binned=binned)
    bench.directory.add_link("members", theirs, now)
    licence = assign(bench, now)
    undone = await undo_plan(bench, plan.id)
    assert undone.counts["kinds"]["delete"] == 1, undone.blockers
    reason = said(undone, "goes_to_the_bin")
    assert "the group Group 2" in reason
    assert f"the licence {licence}" in reason
    assert ("Group 1" in reason) is binned, "it returned with that one; the other one the restore itself wrote"
    assert not said(undone, "not_seen")
    job = await bench.apply(undone)
    assert job.status == "succeeded", [job.error, *told(job, "failures"), *told(job, "differences")]


@pytest.mark.parametrize("binned", [True, False])
async def test_a_group_that_assigns_licences_by_now_stays(bench: Bench, binned: bool) -> None:
    plan, now = await brought_back(bench, "group", group(bench, 1), binned=binned)
    licence = assign(bench, now)
    undone = await undo_plan(bench, plan.id)
    assert not undone.counts["steps"]
    assert f"the licence {licence}" in said(undone, "changed_since")
    bench.directory.patch(now, {"assignedLicenses": []})
    assert (await undo_plan(bench, plan.id)).counts["kinds"] == {"delete": 1}


HIDDEN = {
    "^/identity/conditionalAccess/policies": "Conditional Access policies",
    "^/roleManagement/directory/roleAssignments": "role assignments",
    "^/groups/[^/]*/appRoleAssignments": "app role assignments",
    "^/groups/[^/]*/memberOf": "groups and administrative units",
}


@pytest.mark.parametrize("path", HIDDEN)
async def test_what_cannot_be_read_is_told(bench: Bench, path: str) -> None:
    plan, now = await brought_back(bench, "group", group(bench, 1), binned=False)
    refused = FaultRule("status", method="GET", path=path, status=403, code="Authorization_RequestDenied")
    bench.served.cloud.faults.set([refused])
    undone = await undo_plan(bench, plan.id)
    assert [(s.kind, s.object_id) for s in await bench.steps(undone)] == [("delete", now)]
    assert HIDDEN[path] in said(undone, "not_seen")
    assert "403" in said(undone, "not_seen")
