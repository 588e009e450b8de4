"""What a create finds there already, differing from the snapshot: it is changed, and an undo changes it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reentra.common.ids import TenantId
from reentra.common.jobs.job import Job, NewJob
from reentra.common.stores.restores import RestorePlan, StoredRestores
from reentra.simulator.graph.faults import FaultRule
from reentra.simulator.server import ServedCloud

from .conftest import Bench, cloud_of, told
from .furniture import own_application
from .station import opened
from .test_crash import KILLED, run
from .test_rivals import free_users, newcomer
from .test_undo import truth, undo

TYPES = ("servicePrincipal", "oauth2PermissionGrant", "appRoleAssignment")


def own_grant(bench: Bench) -> dict[str, Any]:
    """Of a service principal that can be deleted."""
    directory = bench.directory
    own = {str(a["appId"]) for a in directory.objects("application")}
    return next(dict(g) for g in directory.objects("oauth2PermissionGrant") if bench.get(g["clientId"])["appId"] in own)


async def plan_of(bench: Bench, *types: str) -> RestorePlan:
    job = await bench.run("restore_plan", {"object_types": list(types), "snapshot": 1})
    assert job.status == "succeeded", job.error
    plan = await StoredRestores(bench.stores.documents).plan(job.result["plan_id"])
    assert plan is not None
    return plan


def assert_succeeded(job: Job) -> None:
    assert job.status == "succeeded", [job.error, *told(job, "failures"), *told(job, "differences")]


async def test_a_grant_that_came_out_of_the_bin_with_another_scope_gets_the_snapshots(bench: Bench) -> None:
    grant = own_grant(bench)
    await bench.back_up()
    bench.directory.patch(grant["id"], {"scope": "openid"})
    bench.directory.soft_delete(grant["clientId"])
    broken = truth(bench, *TYPES)
    plan = await plan_of(bench, *TYPES)
    assert_succeeded(await bench.apply(plan))
    assert bench.get(grant["id"])["scope"] == grant["scope"]
    [changed] = [step for step in await bench.steps(plan) if step.kind == "grant"]
    assert changed.message == "It was there already; its scope became the snapshot's."
    assert (await plan_of(bench, *TYPES)).is_identical
    whole = truth(bench, *TYPES)
    undone = await undo(bench, plan.id)
    assert truth(bench, *TYPES) == broken
    assert bench.get(grant["id"])["scope"] == "openid"
    await undo(bench, undone.id)
    assert truth(bench, *TYPES) == whole


ROLE, NEW_ID = "77777777-0000-4000-8000-000000000001", "77777777-0000-4000-8000-000000000002"
NEW_APP = {"appId": "77777777-0000-4000-8000-000000000003"}
MADE_SINCE = {
    "oauth2PermissionGrant": {"scope": "openid"},
    "servicePrincipal": {"notes": "made since", "tags": ["HideApp"], "accountEnabled": False},
    "roleDefinition": {"description": "made since"},
    "groupSetting": {},
}


@pytest.mark.parametrize("object_type", MADE_SINCE)
async def test_what_somebody_made_since_the_plan_is_changed_and_an_undo_changes_it_back(
    bench: Bench, object_type: str
) -> None:
    item = own_object(bench, object_type)
    await bench.back_up()
    bench.directory.hard_delete(item["id"])
    plan = await bench.plan(object_type, item["id"])
    theirs = bench.directory.create(object_type, {**item, **made_since(object_type, item)})
    between = dict(theirs)
    assert_succeeded(await bench.apply(plan))
    assert bench.get(item["id"]) == item
    assert (await bench.plan(object_type, item["id"])).is_identical
    undone = await undo(bench, plan.id)
    assert bench.get(item["id"]) == between
    await undo(bench, undone.id)
    assert bench.get(item["id"]) == item


def own_object(bench: Bench, object_type: str) -> dict[str, Any]:
    """That a restore can make, and that nothing else hangs on."""
    directory = bench.directory
    if object_type == "oauth2PermissionGrant":
        return own_grant(bench)
    if object_type == "servicePrincipal":
        application, principal = (bench.get(i) for i in own_application(bench))
        directory.create("application", {**application, **NEW_APP, "id": NEW_ID, "identifierUris": []})
        return dict(directory.create("servicePrincipal", {**principal, **NEW_APP, "id": ROLE, "notes": None}))
    if object_type == "roleDefinition":
        actions = [{"allowedResourceActions": ["microsoft.directory/groups/standard/read"], "condition": None}]
        role = {"id": ROLE, "templateId": ROLE, "displayName": "Group reader", "description": "Reads groups",
                "isBuiltIn": False, "isEnabled": True, "rolePermissions": actions, "resourceScopes": ["/"],
                "version": None, "inheritsPermissionsFrom": []}  # fmt: skip
        return dict(directory.create("roleDefinition", role))
    return dict(next(iter(directory.objects(object_type))))


def made_since(object_type: str, item: dict[str, Any]) -> dict[str, Any]:
    if object_type != "groupSetting":
        return MADE_SINCE[object_type]
    first, *others = item["values"]
    return {"values": [{**first, "value": "false" if first["value"] == "true" else "true"}, *others]}


async def test_settings_that_a_group_got_since_the_plan_are_changed_and_an_undo_changes_them_back(bench: Bench) -> None:
    setting = dict(next(iter(bench.directory.objects("groupOwnSetting"))))
    await bench.back_up()
    bench.directory.hard_delete(setting["id"])
    plan = await bench.plan("group", setting["_groupId"])
    between = dict(bench.directory.create("groupOwnSetting", {**setting, **made_since("groupSetting", setting)}))
    assert_succeeded(await bench.apply(plan))
    assert bench.get(setting["id"]) == setting
    assert (await bench.plan("group", setting["_groupId"])).is_identical
    undone = await undo(bench, plan.id)
    assert bench.get(setting["id"]) == between
    await undo(bench, undone.id)
    assert bench.get(setting["id"]) == setting


async def test_somebody_who_took_the_sign_in_name_since_the_plan_is_not_taken_for_the_one_to_make(bench: Bench) -> None:
    user = free_users(bench)[0]
    name = bench.get(user)["userPrincipalName"]
    await bench.back_up()
    bench.directory.hard_delete(user)
    plan = await bench.plan("user", user)
    rival = newcomer(bench, userPrincipalName=name)
    before = bench.get(rival)
    job = await bench.apply(plan)
    assert job.status == "failed"
    assert "userPrincipalName" in told(job, "failures")[0]["message"]
    assert bench.get(rival) == before
    assert not list(bench.directory.sources("members", rival))


async def test_a_change_of_what_was_found_that_graph_refuses_goes_on_when_the_plan_is_applied_again(
    bench: Bench,
) -> None:
    grant = own_grant(bench)
    await bench.back_up()
    bench.directory.hard_delete(grant["id"])
    plan = await bench.plan("oauth2PermissionGrant", grant["id"])
    bench.directory.create("oauth2PermissionGrant", {**grant, "scope": "openid"})
    refusal = FaultRule("status", method="PATCH", path="oauth2PermissionGrants", times=1, status=403,
                        code="Authorization_RequestDenied", message="Insufficient privileges.")  # fmt: skip
    bench.served.cloud.faults.set([refusal])
    job = await bench.apply(plan)
    assert [row["state"] for row in told(job, "failures")] == ["failed"]
    assert bench.get(grant["id"])["scope"] == "openid"
    assert_succeeded(await bench.apply(plan))
    assert bench.get(grant["id"]) == grant
    await undo(bench, plan.id)
    assert bench.get(grant["id"])["scope"] == "openid"


async def test_a_change_whose_answer_was_lost_is_looked_for(bench: Bench) -> None:
    grant = own_grant(bench)
    await bench.back_up()
    bench.directory.hard_delete(grant["id"])
    plan = await bench.plan("oauth2PermissionGrant", grant["id"])
    bench.directory.create("oauth2PermissionGrant", {**grant, "scope": "openid"})
    bench.served.cloud.faults.set(
        [FaultRule("commit_then_504", method="PATCH", path="oauth2PermissionGrants", times=1)]
    )
    assert_succeeded(await bench.apply(plan))
    assert bench.served.cloud.faults.struck == 1
    assert bench.get(grant["id"]) == grant
    await undo(bench, plan.id)
    assert bench.get(grant["id"])["scope"] == "openid"


async def test_what_a_restore_of_another_snapshot_made_since_the_plan_is_changed(bench: Bench) -> None:
    group = bench.plain_group()
    await bench.back_up()
    bench.directory.patch(group, {"description": "of the second snapshot"})
    await bench.back_up()
    before = bench.get(group)["description"]
    bench.directory.hard_delete(group)
    first = await bench.plan("group", group, snapshot=1)
    job = await bench.restore("group", group, snapshot=2)
    made = told(job, "objects")[0]["new_id"]
    assert bench.get(made)["description"] == before
    assert_succeeded(await bench.apply(first))
    assert (await bench.plan("group", group, snapshot=1)).is_identical
    assert bench.get(made)["description"] != before
    await undo(bench, first.id, made)
    assert bench.get(made)["description"] == before


KILLS = [
    f"restorer.{name}{nth}" for nth in ("", ":2") for name in ("after-intent", "after-send", "after-outcome")
] + ["restorer.after-chunk", "restorer.after-read-back"]  # fmt: skip


@pytest.mark.parametrize("failpoint", KILLS)
async def test_killed_between_finding_and_changing(served: ServedCloud, tmp_path: Path, failpoint: str) -> None:
    cloud = cloud_of(served)
    tenant_id = TenantId(cloud.tenant_id)
    async with opened(cloud, tmp_path) as station:
        bench = Bench(served, station.stores, station.jobs, tenant_id, station.pools)
        grant = own_grant(bench)
        await bench.back_up()
        bench.directory.hard_delete(grant["id"])
        plan = await bench.plan("oauth2PermissionGrant", grant["id"])
        bench.directory.create("oauth2PermissionGrant", {**grant, "scope": "openid"})
        for pool in station.pools:
            await pool.stop()
        job = await station.jobs.submit(NewJob("restore_apply", tenant_id, {"plan_id": plan.id}, "test"))
    assert run(cloud, tmp_path, failpoint=failpoint) == KILLED
    async with opened(cloud, tmp_path) as station:
        bench = Bench(served, station.stores, station.jobs, tenant_id, station.pools)
        assert_succeeded(await bench.finished(job))
        assert bench.get(grant["id"]) == grant
        assert (await bench.plan("oauth2PermissionGrant", grant["id"])).is_identical
        await undo(bench, plan.id)
        assert bench.get(grant["id"])["scope"] == "openid"
