"""A Conditional Access policy whose people, groups or locations are gone: they come back with it, or are left out."""

from __future__ import annotations

import pytest

from .conftest import Bench, told

REPORT_ONLY = "enabledForReportingButNotEnforced"


async def test_what_a_policy_refers_to_comes_back_with_it_when_the_plan_is_asked_to(bench: Bench) -> None:
    person, group = cloud_person(bench), bench.plain_group()
    policy = policy_for(bench, includeGroups=[group], excludeUsers=[person])
    location = bench.get(policy)["conditions"]["locations"]["excludeLocations"][0]
    name = bench.get(person)["displayName"]
    await bench.back_up()
    bench.directory.soft_delete(person)
    for gone in (policy, group, location):
        bench.directory.hard_delete(gone)

    blocked = await bench.plan("conditionalAccessPolicy", policy)
    assert blocked.counts["steps"] == 0
    assert [b["code"] for b in blocked.blockers] == ["reference_gone"]
    assert "bring it back as well" in blocked.blockers[0]["reason"]

    job = await bench.restore("conditionalAccessPolicy", policy, missing="restore")
    new = {row["object_id"]: row.get("new_id") for row in told(job, "objects")}
    made = bench.get(new[policy])
    assert made["state"] == REPORT_ONLY
    assert made["conditions"]["users"]["excludeUsers"] == [person]
    assert made["conditions"]["users"]["includeGroups"] == [new[group]]
    assert made["conditions"]["locations"]["excludeLocations"] == [new[location]]
    assert bench.get(person)["displayName"] == name
    assert bench.directory.is_live(person)


@pytest.mark.parametrize("is_there", [False, True])
async def test_who_cannot_come_back_is_left_out_only_when_the_plan_is_asked_to(bench: Bench, is_there: bool) -> None:
    person = bench.first("user", onPremisesSyncEnabled=True)
    policy = policy_for(bench, includeUsers=[person], excludeUsers=[person])
    await bench.back_up()
    bench.directory.hard_delete(person)
    if is_there:
        conditions = bench.get(policy)["conditions"]
        users = {**conditions["users"], "includeUsers": ["All"], "excludeUsers": []}
        bench.directory.patch(policy, {"conditions": {**conditions, "users": users}})
    else:
        bench.directory.hard_delete(policy)

    for way in ("block", "restore"):
        plan = await bench.plan("conditionalAccessPolicy", policy, missing=way)
        assert plan.counts["steps"] == 0
        assert "reference_gone" in [b["code"] for b in plan.blockers]

    plan = await bench.plan("conditionalAccessPolicy", policy, missing="leave_out")
    assert {(s["code"], person in s["reason"]) for s in plan.skipped} == {("left_out", True)}
    job = await bench.restore("conditionalAccessPolicy", policy, missing="leave_out")
    made = bench.get(policy if is_there else told(job, "objects")[0]["new_id"])
    assert made["state"] == REPORT_ONLY
    assert made["conditions"]["users"]["includeUsers"] == ["None"]
    assert made["conditions"]["users"]["excludeUsers"] == []


async def test_a_policy_stays_in_the_bin_while_it_cannot_be_made_report_only_at_once(bench: Bench) -> None:
    person = cloud_person(bench)
    policy = policy_for(bench, includeUsers=["All"], excludeUsers=[person])
    bench.directory.patch(policy, {"state": "enabled"})
    await bench.back_up()
    bench.directory.hard_delete(person)
    bench.directory.soft_delete(policy)
    plan = await bench.plan("conditionalAccessPolicy", policy)
    assert (plan.counts["steps"], [b["code"] for b in plan.blockers]) == (0, ["reference_gone"])
    await bench.restore("conditionalAccessPolicy", policy, missing="leave_out")
    assert bench.get(policy)["state"] == REPORT_ONLY
    assert bench.get(policy)["conditions"]["users"]["excludeUsers"] == []


async def test_who_is_gone_and_still_in_the_present_policy_is_foreseen(bench: Bench) -> None:
    person, other = cloud_person(bench), bench.plain_group()
    policy = policy_for(bench, includeUsers=["All"], excludeUsers=[person], excludeGroups=[other])
    await bench.back_up()
    bench.directory.hard_delete(person)
    conditions = bench.get(policy)["conditions"]
    users = {**conditions["users"], "excludeGroups": []}
    bench.directory.patch(policy, {"conditions": {**conditions, "users": users}})

    blocked = await bench.plan("conditionalAccessPolicy", policy)
    assert (blocked.counts["steps"], [b["code"] for b in blocked.blockers]) == (0, ["reference_gone"])
    assert person in blocked.blockers[0]["reason"]
    await bench.restore("conditionalAccessPolicy", policy, missing="leave_out")
    made = bench.get(policy)["conditions"]["users"]
    assert (made["excludeUsers"], made["excludeGroups"]) == ([], [other])


async def test_who_is_gone_matters_to_a_policy_only_when_something_is_written(bench: Bench) -> None:
    person = cloud_person(bench)
    policy = policy_for(bench, includeUsers=["All"], excludeUsers=[person])
    await bench.back_up()
    bench.directory.hard_delete(person)
    plan = await bench.plan("conditionalAccessPolicy", policy)
    assert (plan.blockers, plan.counts["steps"]) == ((), 0)
    bench.directory.patch(policy, {"displayName": "Other"})
    blocked = await bench.plan("conditionalAccessPolicy", policy)
    assert (blocked.counts["steps"], [b["code"] for b in blocked.blockers]) == (0, ["reference_gone"])
    await bench.restore("conditionalAccessPolicy", policy, missing="leave_out")
    assert bench.get(policy)["displayName"] != "Other"
    assert bench.get(policy)["conditions"]["users"]["excludeUsers"] == []


@pytest.mark.parametrize("is_there", [False, True])
async def test_an_application_that_is_gone_is_foreseen(bench: Bench, is_there: bool) -> None:
    policy = policy_for(bench, includeUsers=["All"])
    principal = next(iter(bench.directory.objects("servicePrincipal")))
    conditions = bench.get(policy)["conditions"]
    apps = {**conditions["applications"], "includeApplications": ["All"], "excludeApplications": [principal["appId"]]}
    bench.directory.patch(policy, {"conditions": {**conditions, "applications": apps}})
    await bench.back_up()
    bench.directory.hard_delete(principal["id"])
    if is_there:
        emptied = {**bench.get(policy)["conditions"], "clientAppTypes": ["browser"]}
        bench.directory.patch(policy, {"conditions": emptied})
    else:
        bench.directory.hard_delete(policy)

    blocked = await bench.plan("conditionalAccessPolicy", policy)
    assert (blocked.counts["steps"], [b["code"] for b in blocked.blockers]) == (0, ["reference_gone"])
    assert f"{principal['displayName']} ({principal['appId']})" in blocked.blockers[0]["reason"]
    job = await bench.restore("conditionalAccessPolicy", policy, missing="leave_out")
    made = bench.get(policy if is_there else told(job, "objects")[0]["new_id"])
    assert made["conditions"]["applications"]["excludeApplications"] == []


def cloud_person(bench: Bench) -> str:
    return next(
        str(u["id"]) for u in bench.directory.objects("user")
        if not u.get("onPremisesSyncEnabled") and u["userType"] == "Member"
        and not any(a["principalId"] == u["id"] for a in bench.directory.objects("roleAssignment"))
    )  # fmt: skip


def policy_for(bench: Bench, **users: list[str]) -> str:
    policy = next(
        p for p in bench.directory.objects("conditionalAccessPolicy")
        if any("-" in i for i in ((p["conditions"].get("locations") or {}).get("excludeLocations") or []))
    )  # fmt: skip
    location = next(i for i in policy["conditions"]["locations"]["excludeLocations"] if "-" in i)
    nobody: dict[str, list[str]] = {
        f"{way}{kind}": [] for way in ("include", "exclude") for kind in ("Users", "Groups", "Roles")
    }
    conditions = {
        **policy["conditions"],
        "users": {**nobody, **users},
        "locations": {"includeLocations": ["All"], "excludeLocations": [location]},
    }
    bench.directory.patch(policy["id"], {"conditions": conditions})
    return str(policy["id"])
