"""Roles, units and devices through Graph's writing side."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import APP, Writer

pytestmark = pytest.mark.unit
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
NOBODY = "99999999-0000-0000-0000-000000000000"
DEFINITIONS = "/roleManagement/directory/roleDefinitions"
ASSIGNMENTS = "/roleManagement/directory/roleAssignments"
CUSTOM = {
    "displayName": "Credential keeper",
    "isEnabled": True,
    "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/applications/credentials/update"]}],
}


def built_in(writer: Writer) -> None:
    writer.directory.create(
        "roleDefinition",
        {"id": HELPDESK, "templateId": HELPDESK, "displayName": "Helpdesk Administrator", "isBuiltIn": True},
    )


async def unit(writer: Writer, **properties: Any) -> str:
    return str((await writer.post("/directory/administrativeUnits", {"displayName": "West", **properties}))["id"])


async def test_a_custom_role_keeps_the_template_id_it_is_given(writer: Writer) -> None:
    role = await writer.post(DEFINITIONS, {**CUSTOM, "templateId": NOBODY})

    assert (role["id"], role["isBuiltIn"]) == (NOBODY, False)
    assert (await writer.refused("POST", DEFINITIONS, {**CUSTOM, "templateId": NOBODY}))[0] == 400
    await writer.patch(f"{DEFINITIONS}/{NOBODY}", {"isEnabled": False})
    await writer.delete(f"{DEFINITIONS}/{NOBODY}")


@pytest.mark.parametrize(
    "change",
    [
        {"rolePermissions": []},
        {"rolePermissions": [{"allowedResourceActions": ["*"]}]},
        {"isBuiltIn": False},
        {"resourceScopes": ["/x"]},
        {"displayName": None},
        {"templateId": "x"},
    ],
)
async def test_what_a_custom_role_refuses(writer: Writer, change: dict[str, object]) -> None:
    assert (await writer.refused("POST", DEFINITIONS, {**CUSTOM, **change}))[0] == 400


async def test_built_in_roles_cannot_be_written(writer: Writer) -> None:
    built_in(writer)
    assert (await writer.refused("PATCH", f"{DEFINITIONS}/{HELPDESK}", {"isEnabled": False}))[0] == 400
    assert (await writer.refused("DELETE", f"{DEFINITIONS}/{HELPDESK}"))[0] == 400


async def test_an_assignment_shows_as_membership_of_the_activated_role_and_back(writer: Writer) -> None:
    built_in(writer)
    user = await writer.user()
    body = {"roleDefinitionId": HELPDESK, "principalId": user, "directoryScopeId": "/"}

    assignment = await writer.post(ASSIGNMENTS, body)

    role = writer.directory.find("directoryRole", "roleTemplateId", HELPDESK)[0]
    assert list(writer.directory.targets("members", role)) == [user]
    status, message = await writer.refused("POST", ASSIGNMENTS, body)
    assert (status, "A conflicting object" in message) == (409, True)
    assert (await writer.refused("PATCH", f"{ASSIGNMENTS}/{assignment['id']}", body))[0] == 400

    await writer.delete(f"{ASSIGNMENTS}/{assignment['id']}")
    assert list(writer.directory.targets("members", role)) == []
    await writer.link(f"/directoryRoles/{role}/members", user)
    assert len(writer.directory.ids("roleAssignment")) == 1
    await writer.delete(f"/directoryRoles/{role}/members/{user}/$ref")
    assert len(writer.directory.ids("roleAssignment")) == 0


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"directoryScopeId": "/administrativeUnits/" + NOBODY}, 404),
        ({"directoryScopeId": "/" + NOBODY}, 400),
        ({"directoryScopeId": None}, 400),
        ({"roleDefinitionId": NOBODY}, 400),
        ({"principalId": NOBODY}, 404),
        ({"condition": "x"}, 400),
    ],
)
async def test_what_an_assignment_refuses(writer: Writer, change: dict[str, object], status: int) -> None:
    built_in(writer)
    body = {"roleDefinitionId": HELPDESK, "principalId": await writer.user(), "directoryScopeId": "/", **change}
    assert (await writer.refused("POST", ASSIGNMENTS, body))[0] == status


async def test_only_a_role_assignable_group_can_hold_a_role(writer: Writer) -> None:
    built_in(writer)
    plain, assignable = await writer.group(), await writer.group("admins", isAssignableToRole=True)
    body = {"roleDefinitionId": HELPDESK, "directoryScopeId": "/"}

    assert (await writer.refused("POST", ASSIGNMENTS, {**body, "principalId": plain}))[0] == 400
    await writer.post(ASSIGNMENTS, {**body, "principalId": assignable})


async def test_a_scoped_member_names_the_activated_role_and_shows_as_assignment(writer: Writer) -> None:
    built_in(writer)
    west, user = await unit(writer), await writer.user()
    role = await writer.post("/directoryRoles", {"roleTemplateId": HELPDESK})
    assert (await writer.refused("POST", "/directoryRoles", {"roleTemplateId": HELPDESK}))[0] == 400
    path = f"/directory/administrativeUnits/{west}/scopedRoleMembers"

    assert (await writer.refused("POST", path, {"roleId": HELPDESK, "roleMemberInfo": {"id": user}}))[0] == 404
    member = await writer.post(path, {"roleId": role["id"], "roleMemberInfo": {"id": user}})

    assert member["roleMemberInfo"]["displayName"] == "Adele"
    assert "_principalId" not in member
    assert (await writer.refused("POST", path, {"roleId": role["id"], "roleMemberInfo": {"id": user}}))[0] == 400
    body = {"roleDefinitionId": HELPDESK, "principalId": user, "directoryScopeId": f"/administrativeUnits/{west}"}
    assert (await writer.refused("POST", ASSIGNMENTS, body))[0] == 409
    await writer.delete(f"{path}/{member['id']}")
    assert len(writer.directory.ids("roleAssignment")) == 0


async def test_a_second_membership_in_a_unit_is_a_conflict(writer: Writer) -> None:
    west, user = await unit(writer), await writer.user()
    path = f"/directory/administrativeUnits/{west}/members"
    await writer.link(path, user)

    status, message = await writer.refused("POST", f"{path}/$ref", writer.reference(user))
    assert (status, "A conflicting object with one or more" in message) == (400, True)


async def test_a_unit_sets_some_things_only_at_birth_and_rests_in_the_bin(writer: Writer) -> None:
    west = await unit(writer, visibility="HiddenMembership")
    path = f"/directory/administrativeUnits/{west}"
    assert (await writer.refused("PATCH", path, {"visibility": "Public"}))[0] == 400
    assert (await writer.refused("PATCH", path, {"membershipType": "Dynamic"}))[0] == 400

    await writer.delete(path)
    assert (await writer.refused("DELETE", f"/directory/deletedItems/{west}"))[0] == 400
    await writer.post(f"/directory/deletedItems/{west}/restore", status=200)
    assert writer.directory.is_live(west)


async def test_a_dynamic_unit_refuses_members(writer: Writer) -> None:
    rule = {
        "membershipType": "Dynamic",
        "membershipRule": "user.city -eq 'Bonn'",
        "membershipRuleProcessingState": "On",
    }
    west, user = await unit(writer, **rule), await writer.user()
    path = f"/directory/administrativeUnits/{west}/members/$ref"
    assert (await writer.refused("POST", path, writer.reference(user)))[0] == 400


async def test_an_object_is_in_thirty_units_at_most(writer: Writer) -> None:
    user = await writer.user()
    units = [await unit(writer) for _ in range(31)]
    for each in units[:30]:
        await writer.link(f"/directory/administrativeUnits/{each}/members", user)

    path = f"/directory/administrativeUnits/{units[30]}/members/$ref"
    assert (await writer.refused("POST", path, writer.reference(user)))[0] == 403


async def test_members_of_restricted_units_are_closed_without_a_role_in_one(writer: Writer) -> None:
    user = await writer.user()
    writer.directory.patch(user, {"isManagementRestricted": True})
    assert (await writer.refused("PATCH", f"/users/{user}", {"city": "Bonn"}))[0] == 403

    principal = writer.directory.create("servicePrincipal", {"appId": APP})
    scope = "/administrativeUnits/" + await unit(writer)
    assignment = {"principalId": principal["id"], "roleDefinitionId": HELPDESK, "directoryScopeId": scope}
    writer.directory.create("roleAssignment", assignment)
    await writer.patch(f"/users/{user}", {"city": "Bonn"})


async def test_apps_create_no_devices_and_change_only_what_the_system_allows(writer: Writer) -> None:
    linux = writer.directory.create("device", {"operatingSystem": "Linux", "displayName": "penguin"})["id"]
    windows = writer.directory.create("device", {"operatingSystem": "Windows", "displayName": "pane"})["id"]
    body = {
        "accountEnabled": True,
        "alternativeSecurityIds": [],
        "deviceId": NOBODY,
        "displayName": "new",
        "operatingSystem": "Linux",
        "operatingSystemVersion": "1",
    }
    assert (await writer.refused("POST", "/devices", body))[0] == 403
    status, message = await writer.refused("PATCH", f"/devices/{linux}", {"displayName": "x"})
    assert (status, "can be modified only on windows devices" in message) == (400, True)

    await writer.patch(f"/devices/{linux}", {"extensionAttributes": {"extensionAttribute3": "x"}})
    await writer.patch(f"/devices/{windows}", {"displayName": "glass"})
    link = writer.reference(await writer.user())
    assert (await writer.refused("POST", f"/devices/{windows}/registeredOwners/$ref", link))[0] == 403
    await writer.delete(f"/devices/{windows}")
    assert writer.directory.type_of(windows) is None


async def test_without_the_role_permission_nothing_here_can_be_written(writer: Writer) -> None:
    built_in(writer)
    user = await writer.user()
    writer.without_roles("RoleManagement.ReadWrite.Directory")
    body = {"roleDefinitionId": HELPDESK, "principalId": user, "directoryScopeId": "/"}

    assert (await writer.refused("POST", ASSIGNMENTS, body))[0] == 403
    assert (await writer.refused("POST", DEFINITIONS, CUSTOM))[0] == 403
    assert (await writer.refused("POST", "/directoryRoles", {"roleTemplateId": HELPDESK}))[0] == 403
