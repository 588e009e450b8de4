"""Who may read what: tokens, app roles, and tenants that are kept apart."""

import base64

import pytest

from reentra.simulator.directory import Directory

APP = "22222222-2222-2222-2222-222222222222"


async def test_missing_forged_and_expired_tokens_are_401(caller):
    for value in ("", "Bearer ", "Bearer forged", "Basic abc"):
        response = await caller.get("/users", Authorization=value)
        assert (response.status_code, response.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    caller.use_roles("Directory.Read.All")
    caller.clock.forward(3600)
    assert (await caller.get("/users")).status_code == 401


async def test_forged_roles_are_noticed(caller):
    token = caller.cloud.issue_token(caller.directory.tenant_id, APP, roles=["User.Read.All"])
    header, claims, signature = token.split(".")
    said = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
    more = base64.urlsafe_b64encode(said.replace(b"User.Read.All", b"Directory.ReadWrite.All")).decode().rstrip("=")
    forged = ".".join((header, more, signature))
    assert forged != token
    assert caller.cloud.read_token(forged) is None


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("/users", "User.Read.All"),
        ("/groups", "Group.Read.All"),
        ("/applications", "Application.Read.All"),
        ("/servicePrincipals", "Application.Read.All"),
        ("/devices", "Device.Read.All"),
        ("/directory/administrativeUnits", "AdministrativeUnit.Read.All"),
        ("/directoryRoles", "RoleManagement.Read.Directory"),
        ("/roleManagement/directory/roleDefinitions", "RoleManagement.Read.Directory"),
        ("/roleManagement/directory/roleAssignments", "RoleManagement.Read.Directory"),
        ("/identity/conditionalAccess/policies", "Policy.Read.All"),
        ("/oauth2PermissionGrants", "Directory.Read.All"),
        ("/organization", "Organization.Read.All"),
        ("/domains", "Domain.Read.All"),
        ("/subscribedSkus", "LicenseAssignment.Read.All"),
        ("/groupSettings", "GroupSettings.Read.All"),
        ("/directory/deletedItems/microsoft.graph.group", "Group.Read.All"),
        ("/users/delta", "User.Read.All"),
    ],
)
async def test_least_privileged_role_opens_a_path_and_another_does_not(caller, path, role):
    caller.use_roles("AuditLog.Read.All")
    refused = await caller.get(path)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")
    caller.use_roles(role)
    caller.clock.forward(1)
    assert (await caller.get(path)).status_code == 200


async def test_directory_role_does_not_open_policies(caller):
    caller.use_roles("Directory.Read.All")
    assert (await caller.get("/identity/conditionalAccess/policies")).status_code == 403


async def test_tenants_do_not_see_each_other(caller):
    other = caller.cloud.add_tenant(Directory("33333333-0000-0000-0000-000000000000", "fabrikam.com"))
    stranger = other.create("user", {"displayName": "Stranger"})["id"]
    caller.users(1)
    assert len(await caller.value("/users")) == 1
    assert (await caller.get(f"/users/{stranger}")).status_code == 404


async def test_token_dies_with_its_tenant(caller):
    caller.cloud.vanish_tenant(caller.directory.tenant_id)
    assert (await caller.get("/users")).status_code == 401


async def test_page_link_of_one_tenant_is_worthless_in_another(caller):
    caller.users(150)
    link = (await caller.get("/users")).json()["@odata.nextLink"]
    caller.cloud.add_tenant(Directory("33333333-0000-0000-0000-000000000000", "fabrikam.com"))
    token = caller.cloud.issue_token("33333333-0000-0000-0000-000000000000", APP, roles=["Directory.Read.All"])
    assert (await caller.get(link, Authorization=f"Bearer {token}")).status_code == 400


async def test_errors_have_graphs_shape_and_echo_the_callers_id(caller):
    response = await caller.get("/users/nobody", client_request_id="my-id")
    error = response.json()["error"]
    assert response.headers["client-request-id"] == "my-id"
    assert error["innerError"]["client-request-id"] == "my-id"
    assert error["innerError"]["request-id"] == response.headers["request-id"]
    assert error["innerError"]["date"] == "2026-08-01T12:00:00"
