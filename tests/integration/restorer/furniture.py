"""Objects that tests break: found in the generated tenant, or put there."""

from __future__ import annotations

from .conftest import Bench


def largest_group(bench: Bench) -> str:
    plain = [
        g["id"] for g in bench.directory.objects("group")
        if not g.get("onPremisesSyncEnabled") and not dynamic(bench, g["id"])
        and not (g["mailEnabled"] and not g["groupTypes"])
    ]  # fmt: skip
    partial = [g for g in plain if len(bench.links("members", g)) < len(bench.directory.ids("user"))]
    return max(partial, key=lambda g: len(bench.links("members", g)))


def dynamic(bench: Bench, object_id: str) -> bool:
    item = bench.get(object_id)
    return "DynamicMembership" in (item.get("groupTypes") or []) or item.get("membershipType") == "Dynamic"


def furnished_group(bench: Bench) -> tuple[str, str, str, str]:
    """A role-assignable group that a policy, a unit, another group, a role and an app refer to."""
    directory = bench.directory
    users = [u["id"] for u in directory.objects("user")][:25]
    group = directory.create(
        "group",
        {
            "id": "99999999-0000-4000-8000-000000000001",
            "displayName": "Führungskreis",
            "description": "Leads",
            "mailEnabled": False,
            "mailNickname": "leads",
            "securityEnabled": True,
            "groupTypes": [],
            "isAssignableToRole": True,
            "visibility": "Private",
        },
    )["id"]
    for user in users:
        directory.add_link("members", group, user)
    directory.add_link("owners", group, users[0])
    policy = next(p for p in directory.objects("conditionalAccessPolicy") if p["conditions"]["users"])
    included = {**policy["conditions"]["users"], "includeGroups": [group]}
    directory.patch(policy["id"], {"conditions": {**policy["conditions"], "users": included}})
    unit = next(u["id"] for u in directory.objects("administrativeUnit") if not dynamic(bench, u["id"]))
    directory.add_link("members", unit, group)
    nest = next(
        g["id"] for g in directory.objects("group")
        if g["id"] != group and not g["groupTypes"] and not g["mailEnabled"] and not g.get("isAssignableToRole")
        and not g.get("onPremisesSyncEnabled")
    )  # fmt: skip
    directory.add_link("members", nest, group)
    role = next(r for r in directory.objects("roleDefinition") if r["isBuiltIn"])["id"]
    directory.create(
        "roleAssignment",
        {"id": "leads-role", "principalId": group, "roleDefinitionId": role, "directoryScopeId": "/"},
    )
    resource = next(s["id"] for s in directory.objects("servicePrincipal"))
    directory.create(
        "appRoleAssignment",
        {
            "id": "leads-app",
            "principalId": group,
            "principalType": "Group",
            "resourceId": resource,
            "appRoleId": "00000000-0000-0000-0000-000000000000",
        },
    )
    return group, policy["id"], unit, nest


def own_application(bench: Bench) -> tuple[str, str]:
    """An application with a service principal in the tenant that has grants or assignments."""
    directory = bench.directory
    for application in directory.objects("application"):
        for principal in directory.find("servicePrincipal", "appId", application["appId"]):
            if directory.joined("oauth2PermissionGrants", principal) or directory.joined(
                "appRoleAssignedTo", principal
            ):
                return application["id"], principal
    raise AssertionError("no application with grants")
