"""A restore that is taken back: everything it touched is as it was before, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reentra.common.ids import TenantId
from reentra.common.jobs.job import Job, NewJob
from reentra.common.stores.restores import RestorePlan, StoredRestores
from reentra.simulator.server import ServedCloud

from .conftest import Bench, cloud_of, told
from .furniture import furnished_group, largest_group, own_application
from .station import opened
from .test_crash import KILLED, run

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
_PASSING = {"deletedDateTime", "modifiedDateTime", "renewedDateTime", "lastPasswordChangeDateTime",
            "signInSessionsValidFromDateTime"}  # fmt: skip


def truth(bench: Bench, *types: str) -> tuple[dict[str, Any], dict[str, Any], set[str]]:
    """Live objects of these types, all their links among what is live, and the ids in the recycle bin."""
    directory = bench.directory
    objects = {
        str(o["id"]): {k: v for k, v in o.items() if k not in _PASSING and v not in (None, [], {})}
        for name in types
        for o in directory.objects(name)
    }
    links = {
        (relation, source): bench.links(relation, source)
        for relation in ("members", "owners", "manager")
        for source in objects
        if bench.links(relation, source)
    }
    return objects, links, {i for name in types for i in directory.deleted_ids(name)}


async def undo_plan(bench: Bench, plan_id: str) -> RestorePlan:
    job = await bench.run("restore_plan", {"undo_of": plan_id, "restore": "the restore"})
    assert job.status == "succeeded", job.error
    plan = await StoredRestores(bench.stores.documents).plan(job.result["plan_id"])
    assert plan is not None
    return plan


async def undo(bench: Bench, plan_id: str, *blocked: str) -> RestorePlan:
    """Plan and apply; a second plan must have nothing to do. `blocked`: what cannot be undone, by object. The plan."""
    plan = await undo_plan(bench, plan_id)
    assert sorted(b["object_id"] for b in plan.blockers) == sorted(blocked), plan.blockers
    job = await bench.apply(plan)
    trouble = [job.error, *told(job, "failures"), *told(job, "differences")]
    assert (job.status, *told(job, "failures")) == ("partial" if blocked else "succeeded",), trouble
    again = await undo_plan(bench, plan_id)
    assert again.is_identical or blocked, ([step.why for step in await bench.steps(again)], again.blockers)
    assert not again.counts["steps"]
    assert bench.violations() == []
    return plan


async def restored(bench: Bench, object_type: str, *ids: str, **more: Any) -> str:
    plan = await bench.plan(object_type, *ids, **more)
    job: Job = await bench.apply(plan)
    assert job.status == "succeeded", [job.error, *told(job, "failures"), *told(job, "differences")]
    return plan.id


async def test_properties_and_links_go_back_to_the_broken_state(bench: Bench) -> None:
    group = largest_group(bench)
    await bench.back_up()
    members = sorted(bench.links("members", group))
    stranger = next(u["id"] for u in bench.directory.objects("user") if u["id"] not in members)
    for member in members[1:]:
        bench.directory.remove_link("members", group, member)
    bench.directory.add_link("members", group, stranger)
    bench.directory.patch(group, {"description": "broken", "displayName": "Broken"})
    people = [u["id"] for u in bench.directory.objects("user") if not u.get("onPremisesSyncEnabled")][:6]
    for number, person in enumerate(people):
        bench.directory.patch(person, {"department": f"Broken {number}", "businessPhones": ["+41 1"]})
    bench.directory.set_single_link("manager", people[0], people[1])
    bench.directory.set_single_link("manager", people[2], people[0])
    broken = truth(bench, "user", "group")
    plans = [await restored(bench, "group", group), await restored(bench, "user", *people)]
    whole = truth(bench, "user", "group")
    assert whole != broken
    undone = [await undo(bench, plan) for plan in plans]
    assert truth(bench, "user", "group") == broken
    for plan in undone:  # an undo is a restore as well
        await undo(bench, plan.id)
    assert truth(bench, "user", "group") == whole


async def test_what_came_out_of_the_bin_goes_into_it_again(bench: Bench) -> None:
    group = largest_group(bench)
    await bench.back_up()
    people = [
        m for m in sorted(bench.links("members", group))
        if bench.directory.type_of(m) == "user" and not bench.get(m).get("onPremisesSyncEnabled")
    ][:3]  # fmt: skip
    bench.directory.remove_link("members", group, people[2])
    bench.directory.patch(people[0], {"jobTitle": "Broken"})
    for person in people:
        bench.directory.soft_delete(person)
    broken = truth(bench, "user", "group")
    job = await bench.run("restore_plan", {"object_types": ["user", "group"], "snapshot": 1})
    assert (await bench.run("restore_apply", {"plan_id": job.result["plan_id"]})).status == "succeeded"
    whole = truth(bench, "user", "group")
    plan = await undo(bench, job.result["plan_id"])
    assert plan.counts["kinds"]["delete"] == 3
    assert [w["code"] for w in plan.warnings].count("goes_to_the_bin") == 3
    assert truth(bench, "user", "group") == broken
    await undo(bench, plan.id)
    assert truth(bench, "user", "group") == whole


async def test_what_was_made_anew_goes_to_the_bin_with_all_that_pointed_to_it(bench: Bench) -> None:
    group, policy, *_ = furnished_group(bench)
    types = ("user", "group", "roleAssignment", "appRoleAssignment", "conditionalAccessPolicy", "administrativeUnit")
    await bench.back_up()
    bench.directory.hard_delete(group)
    conditions = bench.get(policy)["conditions"]
    users = {**conditions["users"], "includeGroups": []}
    bench.directory.patch(policy, {"conditions": {**conditions, "users": users}})
    objects, links, binned = truth(bench, *types)
    plan_id = await restored(bench, "group", group)
    whole = truth(bench, *types)
    made = bench.first("group", displayName="Führungskreis")
    plan = await undo(bench, plan_id)
    assert truth(bench, *types) == (objects, links, binned | {made})
    await undo(bench, plan.id)
    after = truth(bench, *types)
    assert after[0].keys() & whole[0].keys() >= {made}
    assert after[1] == whole[1]
    joined = [o for o in after[0].values() if o.get("principalId") == made]
    assert len(joined) == len([o for o in whole[0].values() if o.get("principalId") == made]) == 2


async def test_after_an_undo_the_same_restore_takes_what_was_made_out_of_the_bin(bench: Bench) -> None:
    group, policy, unit, nest = furnished_group(bench)
    types = ("user", "group", "roleAssignment", "appRoleAssignment", "conditionalAccessPolicy", "administrativeUnit")
    await bench.back_up()
    bench.directory.hard_delete(group)
    conditions = bench.get(policy)["conditions"]
    users = {**conditions["users"], "includeGroups": []}
    bench.directory.patch(policy, {"conditions": {**conditions, "users": users}})
    plan_id = await restored(bench, "group", group)
    made, whole = bench.first("group", displayName="Führungskreis"), truth(bench, *types)
    await undo(bench, plan_id)
    broken = truth(bench, *types)
    assert made in broken[2]
    plan = await bench.plan("group", group)
    assert plan.counts["kinds"]["undelete"] == 1
    assert "create" not in plan.counts["kinds"]
    job = await bench.restore("group", group)
    assert [(one["object_id"], one["new_id"]) for one in job.result["objects"] if one["object_type"] == "group"] == [
        (group, made)
    ]
    now = truth(bench, *types)
    assert now[1:] == whole[1:]
    assert bench.get(policy)["conditions"]["users"]["includeGroups"] == [made]
    assert made in bench.links("members", unit) & bench.links("members", nest)
    await undo(bench, job.result["plan_id"])
    assert truth(bench, *types)[1:] == broken[1:]


async def test_after_an_undo_an_application_and_its_principal_come_out_of_the_bin(bench: Bench) -> None:
    application, principal = own_application(bench)
    await bench.back_up()
    bench.directory.hard_delete(principal)
    bench.directory.hard_delete(application)
    first = await bench.restore("application", application)
    made = {one["object_type"]: one["new_id"] for one in first.result["objects"]}
    types = ("application", "servicePrincipal")
    whole = truth(bench, *types)
    undone = await bench.apply(await undo_plan(bench, first.result["plan_id"]))
    assert not bench.directory.is_live(made["application"])
    assert not told(undone, "failures")
    await bench.restore("application", application)
    assert truth(bench, *types)[1:] == whole[1:]
    assert truth(bench, *types)[0].keys() == whole[0].keys()
    assert all(bench.directory.is_live(made[name]) for name in types)


async def test_an_application_with_all_that_belongs_to_it_goes_again(bench: Bench) -> None:
    application, principal = own_application(bench)
    app_id = bench.get(application)["appId"]
    types = ("application", "servicePrincipal", "oauth2PermissionGrant", "appRoleAssignment")
    await bench.back_up()
    bench.directory.hard_delete(principal)
    bench.directory.hard_delete(application)
    objects, links, _ = truth(bench, *types)
    broken, *_ = truth(bench, "conditionalAccessPolicy")
    plan_id = await restored(bench, "application", application)
    named = [i for i, policy in broken.items() if principal in str(policy) or app_id in str(policy)]
    await undo(bench, plan_id, *named)
    assert truth(bench, *types)[:2] == (objects, links)


async def test_conditional_access_is_switched_on_again_with_a_warning(bench: Bench) -> None:
    policy = bench.first("conditionalAccessPolicy", state="enabled")
    await bench.back_up()
    conditions = bench.get(policy)["conditions"]
    bench.directory.patch(policy, {"conditions": {**conditions, "clientAppTypes": ["browser"]}})
    broken = truth(bench, "conditionalAccessPolicy")
    plan_id = await restored(bench, "conditionalAccessPolicy", policy)
    plan = await undo(bench, plan_id)
    assert [w["code"] for w in plan.warnings] == ["switched_on"]
    assert truth(bench, "conditionalAccessPolicy") == broken


async def test_a_policy_that_somebody_worked_on_is_not_switched_on(bench: Bench) -> None:
    policy = bench.first("conditionalAccessPolicy", state="enabled")
    await bench.back_up()
    conditions = bench.get(policy)["conditions"]
    bench.directory.patch(policy, {"conditions": {**conditions, "clientAppTypes": ["browser"]}})
    plan_id = await restored(bench, "conditionalAccessPolicy", policy)
    bench.directory.patch(policy, {"conditions": {**conditions, "clientAppTypes": ["other"]}})
    plan = await undo_plan(bench, plan_id)
    assert [b["code"] for b in plan.blockers] == ["changed_since", "cannot_be_undone"]
    assert not plan.counts["steps"]


async def test_a_policy_and_a_trusted_location_from_the_bin_go_back(bench: Bench) -> None:
    trusted = bench.get(bench.first("namedLocation", isTrusted=True))
    location = "99999999-0000-4000-8000-000000000002"
    bench.directory.create("namedLocation", {**trusted, "id": location, "displayName": "Workshop"})
    policy = bench.first("conditionalAccessPolicy", state="enabled")
    await bench.back_up()
    bench.directory.soft_delete(location)
    bench.directory.soft_delete(policy)
    for object_type, object_id in (("namedLocation", location), ("conditionalAccessPolicy", policy)):
        plan = await undo(bench, await restored(bench, object_type, object_id))
        assert plan.counts["kinds"]["delete"] == 1
        assert not bench.directory.is_live(object_id)


async def test_what_somebody_changed_since_stays_and_is_told(bench: Bench) -> None:
    people = [u["id"] for u in bench.directory.objects("user") if not u.get("onPremisesSyncEnabled")][:3]
    await bench.back_up()
    for person in people:
        bench.directory.patch(person, {"department": "Broken", "jobTitle": "Broken"})
    bench.directory.set_single_link("manager", people[0], people[1])
    plan_id = await restored(bench, "user", *people)
    bench.directory.patch(people[0], {"department": "Newer"})
    bench.directory.set_single_link("manager", people[0], people[2])
    plan = await undo_plan(bench, plan_id)
    reasons = [(b["object_id"], b["code"], b["reason"].split()[0]) for b in plan.blockers]
    assert reasons == [(people[0], "changed_since", "department"), (people[0], "changed_since", "manager")]
    job = await bench.apply(plan)
    assert job.status == "partial"
    assert [bench.get(p)["department"] for p in people] == ["Newer", "Broken", "Broken"]
    assert [bench.get(p)["jobTitle"] for p in people] == ["Broken"] * 3
    assert bench.links("manager", people[0]) == {people[2]}
    assert not (await undo_plan(bench, plan_id)).counts["steps"]


@pytest.mark.parametrize("touch", ["property", "member", "nothing"])
async def test_a_group_that_was_made_stays_when_somebody_works_with_it(bench: Bench, touch: str) -> None:
    group = largest_group(bench)
    await bench.back_up()
    bench.directory.hard_delete(group)
    plan = await bench.plan("group", group)
    job = await bench.apply(plan)
    made = job.result["objects"][0]["new_id"]
    stranger = next(u["id"] for u in bench.directory.objects("user") if u["id"] not in bench.links("members", made))
    if touch == "property":
        bench.directory.patch(made, {"description": "in use"})
    elif touch == "member":
        bench.directory.add_link("members", made, stranger)
    found = await undo_plan(bench, plan.id)
    kept = [b["code"] for b in found.blockers if b["object_id"] == made]
    assert kept == ([] if touch == "nothing" else ["changed_since"])
    assert found.counts["kinds"].get("delete", 0) == (touch == "nothing")


async def test_where_no_bin_is_nothing_is_deleted(bench: Bench) -> None:
    await bench.back_up()
    role = bench.first("roleDefinition", isBuiltIn=False)
    bench.directory.hard_delete(role)
    roles = await restored(bench, "roleDefinition", role)
    assert [b["code"] for b in (await undo_plan(bench, roles)).blockers] == ["cannot_be_undone"]


@pytest.mark.parametrize(
    "failpoint",
    ["restorer.after-send:2", "restorer.after-chunk:3", "restorer.after-steps", "restorer.after-read-back"],
)
async def test_killed_in_the_middle_an_undo_continues(served: ServedCloud, tmp_path: Path, failpoint: str) -> None:
    cloud = cloud_of(served)
    async with opened(cloud, tmp_path) as station:
        bench = Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)
        group, policy, *_ = furnished_group(bench)
        await bench.back_up()
        bench.directory.hard_delete(policy)
        bench.directory.hard_delete(group)
        objects, links, binned = truth(bench, "group", "roleAssignment", "appRoleAssignment")
        plan = await undo_plan(bench, await restored(bench, "group", group))
        made = bench.first("group", displayName="Führungskreis")
        for pool in station.pools:
            await pool.stop()
        job = await station.jobs.submit(NewJob("restore_apply", bench.tenant_id, {"plan_id": plan.id}, "test"))
    assert run(cloud, tmp_path, failpoint=failpoint) == KILLED
    async with opened(cloud, tmp_path) as station:
        bench = Bench(served, station.stores, station.jobs, TenantId(cloud.tenant_id), station.pools)
        ended = await bench.finished(await station.jobs.get(job.id))
        assert ended.status == "succeeded", (ended.error, ended.result.get("failures"))
        now = truth(bench, "group", "roleAssignment", "appRoleAssignment")
        assert now == (objects, links, binned | {made})
        assert bench.violations() == []


def policy_that_names(bench: Bench, group: str) -> str:
    """One that somebody makes."""
    policy = bench.get(bench.first("conditionalAccessPolicy", state="enabled"))
    users = {**policy["conditions"]["users"], "excludeGroups": [group]}
    fresh = {**policy, "id": "99999999-0000-4000-8000-00000000ca01", "displayName": "Break glass"}
    return str(bench.directory.create("conditionalAccessPolicy", {**fresh, "conditions": {**policy["conditions"],
               "users": users}})["id"])  # fmt: skip


@pytest.mark.parametrize("use", ["policy", "role", "app role", "unit role"])
async def test_a_group_that_was_made_stays_when_others_name_it_by_now(bench: Bench, use: str) -> None:
    group = furnished_group(bench)[0]
    await bench.back_up()
    bench.directory.hard_delete(group)
    plan = await bench.plan("group", group)
    made = (await bench.apply(plan)).result["objects"][0]["new_id"]
    if use == "policy":
        policy_that_names(bench, made)
    elif use == "role":
        role = bench.first("roleDefinition", displayName="Global Reader")
        given = {"principalId": made, "roleDefinitionId": role, "directoryScopeId": "/"}
        bench.directory.create("roleAssignment", {"id": "since", **given})
    elif use == "app role":
        resource = sorted(bench.directory.ids("servicePrincipal"))[-1]
        given = {"principalId": made, "principalType": "Group", "resourceId": resource, "appRoleId": DEFAULT_ACCESS,
                 "principalDisplayName": "Führungskreis", "resourceDisplayName": "Payroll"}  # fmt: skip
        bench.directory.create("appRoleAssignment", {"id": "since", **given})
    else:
        role, person = bench.first("roleDefinition", displayName="Global Reader"), bench.directory.ids("user")
        given = {"principalId": next(iter(person)), "roleDefinitionId": role, "directoryScopeId": f"/{made}"}
        bench.directory.create("roleAssignment", {"id": "since", **given})
    before = truth(bench, "group")[0]
    found = await undo_plan(bench, plan.id)
    (kept,) = [b for b in found.blockers if b["object_id"] == made]
    names = {"policy": "Break glass", "app role": "Payroll"}
    assert kept["code"] == "changed_since"
    assert names.get(use, "Global Reader") in kept["reason"]
    assert (await bench.apply(found)).status == "partial"
    assert bench.directory.is_live(made)
    assert truth(bench, "group")[0] == before


async def test_who_names_what_goes_into_the_bin_again_is_told(bench: Bench) -> None:
    """It did so before the restore, or does so since: nobody knows, and it goes."""
    group = largest_group(bench)
    policy_that_names(bench, group)
    await bench.back_up()
    bench.directory.soft_delete(group)
    plan = await undo(bench, await restored(bench, "group", group))
    (warning,) = plan.warnings
    assert "Break glass" in warning["reason"]
    assert not bench.directory.is_live(group)


@pytest.mark.parametrize("application_gone", ["soft_delete", "hard_delete"])
async def test_an_application_stays_with_a_principal_that_others_name(bench: Bench, application_gone: str) -> None:
    application, principal = own_application(bench)
    await bench.back_up()
    bench.directory.hard_delete(principal)
    getattr(bench.directory, application_gone)(application)
    job = await bench.apply(await bench.plan("application", application))
    made = {one["object_type"]: one["new_id"] for one in told(job, "objects")}
    role = bench.first("roleDefinition", displayName="Global Reader")
    given = {"principalId": made["servicePrincipal"], "roleDefinitionId": role, "directoryScopeId": "/"}
    bench.directory.create("roleAssignment", {"id": "since", **given})
    found = await undo_plan(bench, job.result["plan_id"])
    app = made.get("application", application)
    kept = {b["object_id"]: b["reason"] for b in found.blockers if b["object_id"] in (app, *made.values())}
    assert "Global Reader" in kept[made["servicePrincipal"]]
    assert "Its service principal stays" in kept[app]
    await bench.apply(found)
    assert bench.directory.is_live(app)
    assert bench.directory.is_live(made["servicePrincipal"])
