"""Tenants broken in several ways at once: restored whole, planned again to nothing, undone, and restored once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from reentra.common.jobs.job import Job
from reentra.common.stores.documents import Query
from reentra.common.stores.restores import RESTORE_STEPS, RestorePlan
from reentra.simulator.graph.faults import FaultRule

from .conftest import Bench, told
from .furniture import own_application
from .test_undo import undo_plan

TYPES = ("user", "group", "application", "servicePrincipal", "device", "administrativeUnit", "roleDefinition",
         "roleAssignment", "conditionalAccessPolicy", "namedLocation", "oauth2PermissionGrant", "appRoleAssignment",
         "groupSetting", "groupOwnSetting")  # fmt: skip
JOINED = {"roleAssignment", "oauth2PermissionGrant", "appRoleAssignment", "groupSetting", "groupOwnSetting"}
JOINING = {"principalId", "roleDefinitionId", "directoryScopeId", "clientId", "resourceId", "consentType", "scope",
           "appRoleId", "templateId", "values", "_groupId"}  # fmt: skip
RELATIONS = ("members", "owners", "manager", "sponsors")
PASSING = {"id", "deletedDateTime", "createdDateTime", "modifiedDateTime", "renewedDateTime", "securityIdentifier",
           "lastPasswordChangeDateTime", "signInSessionsValidFromDateTime", "passwordProfile", "keyCredentials",
           "passwordCredentials", "state", "version", "assignedPlans", "provisionedPlans", "licenseAssignmentStates",
           "assignedLicenses", "externalUserStateChangeDateTime", "refreshTokensValidFromDateTime", "creationType",
           "createdByAppId", "principalDisplayName", "resourceDisplayName", "mail", "proxyAddresses", "imAddresses",
           "authorizationInfo", "employeeHireDate", "isManagementRestricted", "onPremisesProvisioningErrors",
           "serviceProvisioningErrors", "publisherDomain", "applicationTemplateId", "homepage"}  # fmt: skip
N = "{:08d}-0000-4000-8000-0000000c0ffe".format


def truth(bench: Bench, given: dict[str, str] | None = None) -> dict[str, Any]:
    """Everything that lives, in the ids of the snapshot. `given`: old id to new one."""
    directory = bench.directory
    found: dict[str, Any] = {}
    for name in TYPES:
        rows = []
        for item in directory.objects(name):
            shown = {k: v for k, v in item.items() if k not in PASSING and v not in (None, [], {}, "")}
            if name in JOINED:
                shown = {k: v for k, v in shown.items() if k in JOINING}
            links = {r: sorted(bench.links(r, item["id"])) for r in RELATIONS if bench.links(r, item["id"])}
            rows.append(json.dumps([None if name in JOINED else item["id"], shown, links], sort_keys=True))
        found[name] = rows
    text = json.dumps(found)
    for old, new in (given or {}).items():
        text = text.replace(new, old)
    return {name: sorted(canonical(row) for row in rows) for name, rows in json.loads(text).items()}


def canonical(row: str) -> str:
    object_id, shown, links = json.loads(row)
    return json.dumps([object_id, ordered(shown), {name: sorted(ids) for name, ids in links.items()}], sort_keys=True)


def ordered(value: Any) -> Any:
    """Lists as sets; null and empty as absent."""
    if isinstance(value, dict):
        return {
            k: ordered(v)
            for k, v in value.items()
            if v not in (None, [], {}, "") and k not in ("origin", "redirectUriSettings")
        }
    if isinstance(value, list):
        return sorted((ordered(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def difference(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    found = []
    for name, rows in one.items():
        then, now = ([json.loads(row) for row in sorted(set(a) - set(b))]
                     for a, b in ((rows, other[name]), (other[name], rows)))  # fmt: skip
        left = [row for row in now if row[0] is None or row[0] not in [r[0] for r in then]]
        for row in then:
            same = next((r for r in now if r[0] is not None and r[0] == row[0]), [None, {}, {}])
            for was, now_has in zip(row[1:], same[1:], strict=True):
                keys = [k for k in {**was, **now_has} if was.get(k) != now_has.get(k)]
                found += [f"{name} {row[0]} {k}: {was.get(k)} -> {now_has.get(k)}" for k in keys]
        found += [f"{name} {row} is new" for row in left]
    return found


def people(bench: Bench) -> list[str]:
    """Whom anybody may change."""
    return [
        str(u["id"]) for u in bench.directory.objects("user")
        if u["userType"] == "Member" and not u.get("onPremisesSyncEnabled")
        and not bench.directory.joined("roleAssignments", u["id"])
        and not any(bench.get(g)["mailEnabled"] for g in bench.directory.sources("members", u["id"])
                    if bench.directory.type_of(g) == "group")
    ]  # fmt: skip


def group(bench: Bench, number: int, **more: Any) -> str:
    """A cloud security group of its own."""
    item = {"id": N(number), "displayName": f"Group {number}", "mailEnabled": False, "mailNickname": f"group{number}",
            "securityEnabled": True, "groupTypes": [], "description": "made by a test", **more}  # fmt: skip
    return str(bench.directory.create("group", item)["id"])


Break = Callable[[], None]


def app_binned_and_principal_gone(bench: Bench) -> Break:
    application, principal = own_application(bench)

    def broken() -> None:
        bench.directory.hard_delete(principal)
        bench.directory.soft_delete(application)

    return broken


def app_gone_and_principal_binned(bench: Bench) -> Break:
    application, principal = own_application(bench)

    def broken() -> None:
        bench.directory.soft_delete(principal)
        bench.directory.hard_delete(application)

    return broken


def both_binned(bench: Bench) -> Break:
    application, principal = own_application(bench)

    def broken() -> None:
        bench.directory.patch(application, {"displayName": "Broken", "notes": "x"})
        bench.directory.soft_delete(principal)
        bench.directory.soft_delete(application)

    return broken


def group_with_owners_only(bench: Bench) -> Break:
    one = group(bench, 1)
    for person in people(bench)[:3]:
        bench.directory.add_link("owners", one, person)
    return lambda: bench.directory.hard_delete(one)


def dynamic_unit(bench: Bench) -> Break:
    made = [
        bench.directory.create(
            "administrativeUnit",
            {"id": N(number), "displayName": f"Unit {number}", "description": "d", "membershipType": "Dynamic",
             "membershipRule": '(user.department -eq "Sales")', "membershipRuleProcessingState": "On",
             "visibility": None},
        )["id"]
        for number in (2, 3)
    ]  # fmt: skip

    def broken() -> None:
        bench.directory.patch(made[0], {"membershipRule": '(user.department -eq "Nobody")'})
        bench.directory.soft_delete(made[0])
        bench.directory.hard_delete(made[1])

    return broken


def nested_cycle(bench: Bench) -> Break:
    ring = [group(bench, number) for number in (4, 5, 6)]
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        bench.directory.add_link("members", one, other)

    def broken() -> None:
        bench.directory.soft_delete(ring[0])
        bench.directory.hard_delete(ring[1])
        bench.directory.hard_delete(ring[2])

    return broken


def family(bench: Bench) -> Break:
    """A manager, who has one, with a report and a sponsor: all gone, one way or the other."""
    boss, chief, report, sponsor = people(bench)[:4]
    directory = bench.directory
    directory.set_single_link("manager", boss, chief)
    directory.set_single_link("manager", report, boss)
    directory.set_single_link("manager", chief, sponsor)
    directory.add_link("sponsors", report, sponsor)
    directory.add_link("sponsors", boss, report)

    def broken() -> None:
        directory.hard_delete(boss)
        directory.soft_delete(chief)
        directory.hard_delete(report)
        directory.soft_delete(sponsor)

    return broken


def role_at_unit(bench: Bench) -> Break:
    directory = bench.directory
    unit = directory.create("administrativeUnit", {"id": N(7), "displayName": "Branch", "description": "x"})["id"]
    lead = group(bench, 8, isAssignableToRole=True, visibility="Private")
    person = people(bench)[5]
    directory.add_link("members", unit, person)
    role = next(r for r in directory.objects("roleDefinition") if r["displayName"] == "User Administrator")["id"]
    for number, principal in ((9, lead), (10, person)):
        directory.create(
            "roleAssignment",
            {"id": f"at-unit-{number}", "principalId": principal, "roleDefinitionId": role,
             "directoryScopeId": f"/administrativeUnits/{unit}"},
        )  # fmt: skip

    def broken() -> None:
        directory.hard_delete(unit)
        directory.hard_delete(lead)

    return broken


def policy_and_all_it_names(bench: Bench) -> Break:
    directory = bench.directory
    one, breakers = group(bench, 11), group(bench, 12)
    policy = next(
        p for p in directory.objects("conditionalAccessPolicy")
        if any("-" in i for i in ((p["conditions"].get("locations") or {}).get("excludeLocations") or []))
    )  # fmt: skip
    location = next(i for i in policy["conditions"]["locations"]["excludeLocations"] if "-" in i)
    users = {**policy["conditions"]["users"], "includeGroups": [one], "excludeGroups": [breakers]}
    directory.patch(policy["id"], {"conditions": {**policy["conditions"], "users": users}})
    other = next(p for p in directory.objects("conditionalAccessPolicy") if p["id"] != policy["id"])
    users = {**(other["conditions"].get("users") or {}), "excludeGroups": [breakers]}
    directory.patch(other["id"], {"conditions": {**other["conditions"], "users": users}})

    def broken() -> None:
        directory.hard_delete(policy["id"])
        directory.hard_delete(location)
        for gone in (one, breakers):
            directory.hard_delete(gone)
        without = {**other["conditions"], "users": {**users, "excludeGroups": []}}
        directory.patch(other["id"], {"conditions": without})

    return broken


def custom_role(bench: Bench) -> Break:
    directory = bench.directory
    actions = [{"allowedResourceActions": ["microsoft.directory/groups/standard/read"], "condition": None}]
    role = directory.create(
        "roleDefinition",
        {"id": N(13), "templateId": N(13), "displayName": "Reader", "description": "Reads", "isBuiltIn": False,
         "isEnabled": True, "rolePermissions": actions, "resourceScopes": ["/"], "inheritsPermissionsFrom": []},
    )["id"]  # fmt: skip
    holders = [people(bench)[6], group(bench, 14, isAssignableToRole=True, visibility="Private")]
    for number, principal in enumerate(holders):
        directory.create(
            "roleAssignment",
            {"id": f"custom-{number}", "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"},
        )

    def broken() -> None:
        for assignment in [a["id"] for a in directory.objects("roleAssignment") if a["roleDefinitionId"] == role]:
            directory.hard_delete(assignment)
        directory.hard_delete(role)
        directory.hard_delete(holders[1])

    return broken


def changed_app_roles(bench: Bench) -> Break:
    """Roles of which one is disabled, one gone with its holders, one new in its place with the same value."""
    application, principal = own_application(bench)
    directory = bench.directory
    before = directory.get(application)["appRoles"]  # type: ignore[index]
    first, *others = before
    new = {**first, "id": N(15), "displayName": "Instead"}

    def broken() -> None:
        roles = [new, *({**role, "isEnabled": False} for role in others)]
        for assignment in [dict(a) for a in directory.objects("appRoleAssignment") if a["resourceId"] == principal]:
            if assignment["appRoleId"] == first["id"]:
                directory.hard_delete(assignment["id"])
        for one in (application, principal):
            directory.patch(one, {"appRoles": roles})

    return broken


def settings_gone(bench: Bench) -> Break:
    def broken() -> None:
        for name in ("groupSetting", "groupOwnSetting"):
            for setting in [dict(s) for s in bench.directory.objects(name)]:
                bench.directory.hard_delete(setting["id"])

    return broken


def synced_person_and_cloud_links(bench: Bench) -> Break:
    """Mastered on-premises: their cloud memberships are not."""
    directory = bench.directory
    synced = next(str(u["id"]) for u in directory.objects("user") if u.get("onPremisesSyncEnabled"))
    one = group(bench, 16)
    directory.add_link("members", one, synced)
    directory.add_link("owners", one, synced)

    def broken() -> None:
        directory.remove_link("members", one, synced)
        directory.hard_delete(one)
        directory.soft_delete(synced)

    return broken


BREAKS = [app_binned_and_principal_gone, app_gone_and_principal_binned, both_binned, group_with_owners_only,
          dynamic_unit, nested_cycle, family, role_at_unit, policy_and_all_it_names, custom_role, changed_app_roles,
          settings_gone, synced_person_and_cloud_links]  # fmt: skip


@pytest.mark.parametrize("prepare", BREAKS)
async def test_whole_again_after(bench: Bench, prepare: Callable[[Bench], Break]) -> None:
    await broken_and_whole_again(bench, prepare)


async def broken_and_whole_again(
    bench: Bench, prepare: Callable[[Bench], Break], weather: Sequence[FaultRule] = ()
) -> None:
    """`weather`: while something is written."""
    broken = prepare(bench)
    await bench.back_up()
    was = truth(bench)
    broken()
    then = truth(bench)
    assert difference(was, then)
    plan = await bench.plan_all()
    bench.served.cloud.faults.set(weather)
    plan, given = await restored(bench, plan, {})
    bench.served.cloud.faults.set(())
    assert difference(was, truth(bench, given)) == []
    again = await bench.plan_all()
    assert again.is_identical, ([step.why for step in await bench.steps(again)], again.blockers)
    undone = await undo_plan(bench, plan.id)
    bench.served.cloud.faults.set(weather)
    job = await bench.apply(undone)
    bench.served.cloud.faults.set(())
    assert not told(job, "failures"), told(job, "failures")
    assert not (await undo_plan(bench, plan.id)).counts["steps"]
    assert unexplained(difference(then, truth(bench, given)), undone, given) == []
    redone = await undo_plan(bench, undone.id)
    job = await bench.apply(redone)
    assert not told(job, "failures"), told(job, "failures")
    assert difference(was, truth(bench, given | ids_of(job))) == []
    again = await bench.plan_all()
    assert again.is_identical, ([step.why for step in await bench.steps(again)], again.blockers)
    assert bench.violations() == []


def unexplained(left: list[str], undone: RestorePlan, given: dict[str, str]) -> list[str]:
    """What an undo left otherwise than before, and no blocker names."""
    first = {new.lower(): old for old, new in given.items()}
    named = {first.get(b["object_id"].lower(), b["object_id"]) for b in undone.blockers}
    named |= {b["object_type"] for b in undone.blockers if b["object_type"] in JOINED}  # their ids change
    return [line for line in left if not any(one in line for one in named)]


async def restored(bench: Bench, plan: RestorePlan, given: dict[str, str]) -> tuple[RestorePlan, dict[str, str]]:
    assert not plan.blockers, plan.blockers
    job = await bench.apply(plan)
    assert job.status == "succeeded", [job.error, *told(job, "failures"), *told(job, "differences")]
    return plan, given | ids_of(job) | await second_ids(bench, plan)


def ids_of(job: Job) -> dict[str, str]:
    return {row["object_id"]: row["new_id"] for row in told(job, "objects")}


async def second_ids(bench: Bench, plan: RestorePlan) -> dict[str, str]:
    """Client ids of applications that were made anew."""
    stored = await bench.stores.documents.find(RESTORE_STEPS, Query(where={"plan_id": plan.id}, limit=1000))
    return {old: new for d in stored for o in d.body["outcomes"] for old, new in (o.get("given") or {}).items()}
