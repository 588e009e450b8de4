"""What the guide promises: deleted, blanked, changed and removed things come back as they were."""

from __future__ import annotations

from typing import Any

from reentra.common.stores.restores import StoredRestores

from .conftest import Bench
from .furniture import dynamic, furnished_group, largest_group, own_application

VOLATILE = {
    "id", "createdDateTime", "renewedDateTime", "securityIdentifier", "deletedDateTime", "modifiedDateTime", "mail",
    "proxyAddresses", "lastPasswordChangeDateTime", "signInSessionsValidFromDateTime", "identities",
}  # fmt: skip


def lasting(item: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in item.items() if k not in VOLATILE and v not in (None, [], {})}


async def test_an_untouched_tenant_needs_nothing(bench: Bench) -> None:
    await bench.back_up()
    for object_type in ("user", "group", "application", "servicePrincipal", "administrativeUnit", "roleDefinition",
                        "roleAssignment", "conditionalAccessPolicy", "namedLocation", "oauth2PermissionGrant",
                        "appRoleAssignment", "organization", "domain", "groupSetting", "device", "directoryRole",
                        "subscribedSku"):  # fmt: skip
        plan = await bench.plan(object_type)
        assert plan.is_identical, (object_type, [s.why for s in await bench.steps(plan)], plan.blockers)


async def test_deleted_users_come_out_of_the_recycle_bin(bench: Bench) -> None:
    await bench.back_up()
    group = bench.first("group", displayName=next(iter(bench.directory.objects("group")))["displayName"])
    members = [m for m in bench.links("members", group) if bench.directory.type_of(m) == "user"][:2]
    before = {m: bench.get(m) for m in members}
    for member in members:
        bench.directory.soft_delete(member)
    job = await bench.restore("user", *members)
    assert {m: bench.get(m) for m in members} == before
    assert set(members) <= bench.links("members", group)
    assert job.result["objects"] == []


async def test_a_blanked_attribute_comes_back_on_many_users(bench: Bench) -> None:
    users = [
        u["id"] for u in bench.directory.objects("user") if u.get("department") and not u.get("onPremisesSyncEnabled")
    ]
    before = {u: bench.get(u)["department"] for u in users}
    await bench.back_up()
    for user in users:
        bench.directory.patch(user, {"department": None})
    await bench.restore("user")
    assert {u: bench.get(u)["department"] for u in users} == before


async def test_a_value_that_was_empty_is_emptied_again(bench: Bench) -> None:
    user = next(
        u["id"]
        for u in bench.directory.objects("user")
        if not u.get("faxNumber") and not u.get("onPremisesSyncEnabled")
    )
    await bench.back_up()
    bench.directory.patch(user, {"faxNumber": "+41 1", "businessPhones": []})
    await bench.restore("user", user)
    assert not bench.get(user)["faxNumber"]


async def test_removed_members_come_back_and_added_ones_go(bench: Bench) -> None:
    group = largest_group(bench)
    before = bench.links("members", group)
    await bench.back_up()
    removed = sorted(before)[1:]
    stranger = next(u["id"] for u in bench.directory.objects("user") if u["id"] not in before)
    for member in removed:
        bench.directory.remove_link("members", group, member)
    bench.directory.add_link("members", group, stranger)
    plan = await bench.plan("group", group)
    assert plan.counts["kinds"] == {"add_link": -(-len(removed) // 20), "remove_link": 1}
    await bench.restore("group", group)
    assert bench.links("members", group) == before


async def test_a_service_principal_among_the_members_is_seen_and_comes_back(bench: Bench) -> None:
    group = largest_group(bench)
    principals = [str(s["id"]) for s in bench.directory.objects("servicePrincipal")][:2]
    for principal in principals:
        bench.directory.add_link("members", group, principal)
    before = bench.links("members", group)
    await bench.back_up()
    assert (await bench.plan("group", group)).is_identical
    bench.directory.remove_link("members", group, principals[0])
    await bench.restore("group", group)
    assert bench.links("members", group) == before


async def test_merging_links_removes_nothing(bench: Bench) -> None:
    group = largest_group(bench)
    before = bench.links("members", group)
    await bench.back_up()
    stranger = next(u["id"] for u in bench.directory.objects("user") if u["id"] not in before)
    bench.directory.remove_link("members", group, sorted(before)[0])
    bench.directory.add_link("members", group, stranger)
    await bench.restore("group", group, links="merge")
    assert bench.links("members", group) == before | {stranger}


async def test_a_manager_is_set_and_cleared(bench: Bench) -> None:
    cloud_only = [u["id"] for u in bench.directory.objects("user") if not u.get("onPremisesSyncEnabled")]
    managed = next(u for u in cloud_only if bench.links("manager", u))
    alone = next(u for u in cloud_only if not bench.links("manager", u))
    before = bench.links("manager", managed)
    await bench.back_up()
    bench.directory.set_single_link("manager", managed, alone)
    bench.directory.set_single_link("manager", alone, cloud_only[-1])
    await bench.restore("user", managed, alone)
    assert bench.links("manager", managed) == before
    assert bench.links("manager", alone) == set()


async def test_a_group_deleted_for_good_comes_back_everywhere_it_was(bench: Bench) -> None:
    group, policy, unit, nest = furnished_group(bench)
    before, members, owners = bench.get(group), bench.links("members", group), bench.links("owners", group)
    await bench.back_up()
    bench.directory.hard_delete(group)
    policy_now = bench.get(policy)
    stale = {**policy_now["conditions"]["users"], "includeGroups": []}
    bench.directory.patch(policy, {"conditions": {**policy_now["conditions"], "users": stale}})
    job = await bench.restore("group", group)
    new = job.result["objects"][0]["new_id"]
    assert lasting(bench.get(new)) == lasting(before)
    assert (bench.links("members", new), bench.links("owners", new)) == (members, owners)
    assert bench.get(policy)["conditions"]["users"]["includeGroups"] == [new]
    assert bench.get(policy)["state"] == policy_now["state"]
    assert new in bench.links("members", unit)
    assert new in bench.links("members", nest)
    roles = [a for a in bench.directory.objects("roleAssignment") if a["principalId"] == new]
    assert len(roles) == 1
    access = [a for a in bench.directory.objects("appRoleAssignment") if a["principalId"] == new]
    assert len(access) == 1


async def test_conditional_access_comes_back_as_report_only(bench: Bench) -> None:
    policy = bench.first("conditionalAccessPolicy", state="enabled")
    before = bench.get(policy)
    await bench.back_up()
    bench.directory.patch(policy, {"conditions": {**before["conditions"], "clientAppTypes": ["browser"]}})
    await bench.restore("conditionalAccessPolicy", policy)
    assert bench.get(policy)["conditions"] == before["conditions"]
    assert bench.get(policy)["state"] == "enabledForReportingButNotEnforced"


async def test_a_deleted_policy_comes_back_as_report_only(bench: Bench) -> None:
    policy = bench.first("conditionalAccessPolicy", state="enabled")
    await bench.back_up()
    bench.directory.soft_delete(policy)
    await bench.restore("conditionalAccessPolicy", policy)
    assert bench.get(policy)["state"] == "enabledForReportingButNotEnforced"


async def test_a_policy_and_its_location_deleted_for_good_come_back(bench: Bench) -> None:
    policy = next(
        p["id"] for p in bench.directory.objects("conditionalAccessPolicy")
        if any("-" in i for i in ((p["conditions"].get("locations") or {}).get("excludeLocations") or []))
    )  # fmt: skip
    location = next(i for i in bench.get(policy)["conditions"]["locations"]["excludeLocations"] if "-" in i)
    before = bench.get(policy)
    await bench.back_up()
    bench.directory.hard_delete(policy)
    bench.directory.hard_delete(location)
    first = await bench.restore("namedLocation", location)
    new_location = first.result["objects"][0]["new_id"]
    second = await bench.restore("conditionalAccessPolicy", policy)
    made = bench.get(second.result["objects"][0]["new_id"])
    assert new_location in made["conditions"]["locations"]["excludeLocations"]
    assert made["displayName"] == before["displayName"]
    assert made["grantControls"] == before["grantControls"]


async def test_an_application_deleted_for_good_brings_its_service_principal_and_grants(bench: Bench) -> None:
    application, principal = own_application(bench)
    before = bench.get(application)
    await bench.back_up()
    grants = [g for g in bench.directory.objects("oauth2PermissionGrant") if g["clientId"] == principal]
    assigned = [
        a for a in bench.directory.objects("appRoleAssignment") if principal in (a["resourceId"], a["principalId"])
    ]
    bench.directory.hard_delete(principal)
    bench.directory.hard_delete(application)
    job = await bench.restore("application", application)
    made = {row["object_type"]: row["new_id"] for row in job.result["objects"]}
    now = bench.get(made["application"])
    assert now["appId"] != before["appId"]
    assert now["displayName"] == before["displayName"]
    assert [r["id"] for r in now["appRoles"]] == [r["id"] for r in before["appRoles"]]
    assert now["identifierUris"] == [u.replace(before["appId"], now["appId"]) for u in before["identifierUris"]]
    assert bench.get(made["servicePrincipal"])["appId"] == now["appId"]
    new_principal = made["servicePrincipal"]
    assert len([g for g in bench.directory.objects("oauth2PermissionGrant") if g["clientId"] == new_principal]) == len(
        grants
    )
    again = [
        a for a in bench.directory.objects("appRoleAssignment") if new_principal in (a["resourceId"], a["principalId"])
    ]
    assert len(again) == len(assigned)
    if before["passwordCredentials"]:
        assert any(row["kind"] == "secret" for row in job.result["credentials"])


async def test_a_user_deleted_for_good_comes_back_with_a_new_password_and_links(bench: Bench) -> None:
    user = next(
        u["id"] for u in bench.directory.objects("user")
        if u["userType"] == "Member" and not u.get("onPremisesSyncEnabled")
        and bench.directory.sources("members", u["id"])
        and not bench.directory.joined("roleAssignments", u["id"])
    )  # fmt: skip
    before = bench.get(user)
    groups = {g for g in bench.directory.sources("members", user) if not dynamic(bench, g)}
    reports = set(bench.directory.sources("manager", user))
    await bench.back_up()
    bench.directory.hard_delete(user)
    job = await bench.restore("user", user)
    new = job.result["objects"][0]["new_id"]
    skip = {"assignedLicenses", "licenseAssignmentStates", "assignedPlans", "provisionedPlans", "employeeHireDate",
            "imAddresses",
            "authorizationInfo"}  # fmt: skip
    was = {k: v for k, v in lasting(before).items() if k not in skip}
    assert {k: v for k, v in lasting(bench.get(new)).items() if k not in skip} == was
    assert groups <= set(bench.directory.sources("members", new))
    assert {r for r in reports if not bench.get(r).get("onPremisesSyncEnabled")} <= set(
        bench.directory.sources("manager", new)
    )
    assert [c["kind"] for c in job.result["credentials"]] == ["password"]


async def test_what_graph_cannot_make_is_a_blocker_with_a_reason(bench: Bench) -> None:
    device = next(iter(bench.directory.objects("device")))["id"]
    synced = next(u["id"] for u in bench.directory.objects("user") if u.get("onPremisesSyncEnabled"))
    await bench.back_up()
    bench.directory.hard_delete(device)
    bench.directory.hard_delete(synced)
    assert [b["code"] for b in (await bench.plan("device", device)).blockers] == ["cannot_be_created"]
    plan = await bench.plan("user", synced)
    assert [b["code"] for b in plan.blockers] == ["on_premises"]
    job = await bench.apply(plan)
    assert job.status == "partial"


async def test_role_assignments_and_grants_come_back_once(bench: Bench) -> None:
    assignment = next(iter(bench.directory.objects("roleAssignment")))
    grant = next(iter(bench.directory.objects("oauth2PermissionGrant")))
    await bench.back_up()
    bench.directory.hard_delete(assignment["id"])
    bench.directory.patch(grant["id"], {"scope": "openid"})
    await bench.restore("roleAssignment")
    await bench.restore("oauth2PermissionGrant")
    key = ("principalId", "roleDefinitionId", "directoryScopeId")
    same = [a for a in bench.directory.objects("roleAssignment") if all(a[k] == assignment[k] for k in key)]
    assert len(same) == 1
    assert bench.get(grant["id"])["scope"] == grant["scope"]


async def test_extension_attributes_of_a_device_come_back(bench: Bench) -> None:
    device = bench.first("device")
    tagged = {**(bench.get(device)["extensionAttributes"] or {}), "extensionAttribute1": "Finance"}
    bench.directory.patch(device, {"extensionAttributes": tagged})
    await bench.back_up()
    bench.directory.patch(device, {"extensionAttributes": {**tagged, "extensionAttribute1": "Sales"}})
    await bench.restore("device", device)
    assert bench.get(device)["extensionAttributes"]["extensionAttribute1"] == "Finance"


async def test_what_a_snapshot_could_not_capture_is_not_blanked(bench: Bench) -> None:
    device, settings = bench.first("device"), bench.served.cloud.settings
    settings.unoffered_properties = ("extensionAttributes",)
    await bench.back_up()
    settings.unoffered_properties = ()
    bench.directory.patch(device, {"extensionAttributes": {"extensionAttribute1": "Finance"}})
    assert (await bench.plan("device", device)).is_identical


async def test_links_that_return_from_the_bin_by_themselves_are_not_written_again(bench: Bench) -> None:
    group = largest_group(bench)
    people = [
        u for u in sorted(bench.links("members", group))
        if bench.directory.type_of(u) == "user" and not bench.get(u).get("onPremisesSyncEnabled")
        and not bench.directory.joined("roleAssignments", u)
    ][:3]  # fmt: skip
    before = bench.links("members", group)
    await bench.back_up()
    for user in people[:2]:
        bench.directory.soft_delete(user)
    bench.directory.remove_link("members", group, people[2])
    bench.directory.soft_delete(people[2])
    plan = await bench.plan("user", *people)
    whole = await bench.run("restore_plan", {"object_types": ["user", "group"], "snapshot": 1})
    steps = await StoredRestores(bench.stores.documents).steps(whole.result["plan_id"], limit=10_000)
    assert {s.kind for s in steps if s.object_id == group} == {"align_links"}
    await bench.run("restore_apply", {"plan_id": whole.result["plan_id"]})
    assert bench.links("members", group) == before
    assert (await bench.plan("group", group)).is_identical
    assert plan.counts["kinds"]["undelete"] == 3


async def test_text_that_is_no_unicode_is_no_difference(bench: Bench) -> None:
    odd, other = [str(g["id"]) for g in bench.directory.objects("group") if not g.get("onPremisesSyncEnabled")][:2]
    bench.directory.patch(odd, {"displayName": "Le\ud800ads", "description": "as it was"})
    job = await bench.run("backup", {"object_types": ["group"]})
    assert (job.status, job.result["snapshot"]) == ("partial", 1)
    assert (await bench.plan("group", odd)).is_identical
    bench.directory.patch(odd, {"description": "broken"})
    bench.directory.patch(other, {"description": "broken"})
    job = await bench.run("restore_plan", {"object_types": ["group"], "snapshot": 1})
    plan = await StoredRestores(bench.stores.documents).plan(job.result["plan_id"])
    assert plan is not None
    steps = await bench.steps(plan)
    assert {step.object_id: step.body for step in steps}.keys() == {odd, other}
    assert {name for step in steps for name in step.body} == {"description"}
    assert (await bench.apply(plan)).status == "succeeded"
    assert bench.get(odd)["displayName"] == "Le\ud800ads"
    assert bench.get(odd)["description"] == "as it was"
