"""One of each restorable type, gone for good together: every reference that comes back carries the new ids."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.e2e.truth import differences_after_restore

from reentra.simulator.truth import whole_truth

from .conftest import Bench, told
from .furniture import dynamic, furnished_group, own_application

NOT_BY_API = ("licenseAssignmentStates", "passwordCredentials", "keyCredentials", "homepage")


def free_user(bench: Bench) -> str:
    """Somebody with a licence of their own, reports and memberships, and no role."""
    directory = bench.directory
    return next(
        str(u["id"]) for u in directory.objects("user")
        if u["userType"] == "Member" and not u.get("onPremisesSyncEnabled")
        and not directory.joined("roleAssignments", u["id"]) and u.get("assignedLicenses") and u.get("usageLocation")
        and any(s.get("assignedByGroup") is None for s in u.get("licenseAssignmentStates") or [])
        and directory.sources("members", u["id"])
    )  # fmt: skip


def custom_role(bench: Bench, principal: str) -> str:
    role = bench.directory.create(
        "roleDefinition",
        {
            "id": "77777777-0000-4000-8000-000000000001",
            "templateId": "77777777-0000-4000-8000-000000000001",
            "displayName": "App helper",
            "description": "Reads apps",
            "isBuiltIn": False,
            "isEnabled": True,
            "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/applications/standard/read"]}],
        },
    )["id"]
    bench.directory.create(
        "roleAssignment",
        {"id": "assignment-one", "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"},
    )
    return str(role)


async def test_one_of_each_type_deleted_for_good_comes_back_with_every_reference(bench: Bench) -> None:
    directory = bench.directory
    group, *_ = furnished_group(bench)
    user = free_user(bench)
    application, principal = own_application(bench)
    role = custom_role(bench, group)
    unit = next(u["id"] for u in directory.objects("administrativeUnit") if not dynamic(bench, u["id"]))
    directory.add_link("members", unit, group)
    directory.create(
        "roleAssignment",
        {
            "id": "assignment-two",
            "principalId": user,
            "roleDefinitionId": "fe930be7-5e62-47db-91af-98c3a49a38b1",
            "directoryScopeId": f"/administrativeUnits/{unit}",
        },
    )
    located = next(
        p for p in directory.objects("conditionalAccessPolicy")
        if any("-" in i for i in ((p["conditions"].get("locations") or {}).get("excludeLocations") or []))
    )  # fmt: skip
    location = next(i for i in located["conditions"]["locations"]["excludeLocations"] if "-" in i)
    users = {**located["conditions"]["users"], "excludeUsers": [user], "includeGroups": [group]}
    applications = {**located["conditions"]["applications"], "excludeApplications": [bench.get(application)["appId"]]}
    directory.patch(
        located["id"], {"conditions": {**located["conditions"], "users": users, "applications": applications}}
    )
    setting = next((s["id"] for s in directory.objects("groupSetting")), None)
    organization = next(iter(directory.objects("organization")))["id"]
    await bench.back_up()
    then, licences = deepcopy(whole_truth(directory)), skus(bench.get(user))
    for object_id in (user, group, principal, application, role, unit, located["id"], location, setting):
        if object_id:
            directory.hard_delete(object_id)
    directory.patch(organization, {"technicalNotificationMails": ["intruder@evil.example"]})

    plan = await bench.plan_all()
    job = await bench.apply(plan)
    problems = (job.error, *told(job, "failures"), *told(job, "differences"))
    new_ids = _new_ids(then, whole_truth(directory), job)
    assert (job.result["failed"], job.result["unknown"]) == (0, 0), problems
    left = differences_after_restore(_without(then), _without(deepcopy(whole_truth(directory))), new_ids)
    assert not left, "\n".join(left)
    assert job.status == "succeeded", problems
    assert skus(bench.get(new_ids[user])) == licences
    again = await bench.plan_all()
    assert again.is_identical, [(s.kind, s.object_type, s.path, s.body) for s in await bench.steps(again)]
    assert bench.violations() == []


def skus(user: Any) -> set[tuple[str, str | None]]:
    return {(state["skuId"], state.get("assignedByGroup")) for state in user["licenseAssignmentStates"] or ()}


def _new_ids(then: Any, now: Any, job: Any) -> dict[str, str]:
    found = {row["object_id"]: row["new_id"] for row in job.result["objects"]}
    for old, new in list(found.items()):
        before = then["objects"]["application"].get(old)
        if before is not None:
            found[before["appId"]] = now["objects"]["application"][new]["appId"]
    return found


def _without(truth: Any) -> Any:
    """Without what nobody restores: secrets, what Graph derives, and the older view of role assignments."""
    for role in truth["objects"]["directoryRole"]:
        truth["links"]["members"].pop(role, None)
    for objects in truth["objects"].values():
        for item in objects.values():
            for name in NOT_BY_API:
                item.pop(name, None)
            (item.get("web") or {}).pop("redirectUriSettings", None)
            for role in item.get("appRoles") or ():
                role.pop("origin", None)
    return truth
