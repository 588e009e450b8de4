"""Applications, service principals, app role assignments and grants through Graph's writing side."""

from __future__ import annotations

from typing import Any

import pytest

from reentra.simulator.directory import Directory

from .conftest import APP, Writer

pytestmark = pytest.mark.unit
ROLE = "aaaaaaaa-0000-0000-0000-000000000001"
SCOPE = "bbbbbbbb-0000-0000-0000-000000000001"
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
NOBODY = "99999999-0000-0000-0000-000000000000"


def app_role(**properties: Any) -> dict[str, Any]:
    return {
        "id": ROLE,
        "allowedMemberTypes": ["User", "Application"],
        "displayName": "Reader",
        "description": "Reads",
        "isEnabled": True,
        "value": "Read",
        **properties,
    }


async def test_a_new_application_gets_ids_and_defaults(writer: Writer) -> None:
    first, second = await writer.application(), await writer.application()

    assert first["id"] != second["id"]
    assert first["appId"] != second["appId"]
    assert first["api"]["oauth2PermissionScopes"] == []
    assert first["signInAudience"] == "AzureADMyOrg"


async def test_a_secret_is_shown_once(writer: Writer) -> None:
    application = await writer.application()
    body = {"passwordCredential": {"displayName": "main"}}

    answer = await writer.post(f"/applications/{application['id']}/addPassword", body, status=200)

    assert len(answer["secretText"]) > 30
    held = (await writer.get(f"/applications/{application['id']}"))["passwordCredentials"]
    assert [(entry["displayName"], entry["secretText"], entry["hint"]) for entry in held] == [
        ("main", None, answer["secretText"][:3])
    ]
    path = f"/applications/{application['id']}/removePassword"
    assert (await writer.refused("POST", path, {"keyId": NOBODY}))[0] == 400
    await writer.post(path, {"keyId": answer["keyId"]}, status=204)
    assert (await writer.get(f"/applications/{application['id']}"))["passwordCredentials"] == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"appId": NOBODY}, "read-only"),
        ({"passwordCredentials": []}, "addPassword"),
        ({"identifierUris": ["https://fabrikam.com/app"]}, "verified domain"),
        ({"identifierUris": [f"api://{NOBODY}"]}, "verified domain"),
        ({"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify"}]}, "keyCredentials"),
        ({"appRoles": [app_role(), app_role()]}, "appRoles"),
        ({"web": {"redirectUri": []}}, "does not exist on type"),
        ({"displayName": ""}, "displayName"),
        (
            {"api": {"preAuthorizedApplications": [{"appId": NOBODY, "delegatedPermissionIds": [SCOPE]}]}},
            "preAuthorizedApplications",
        ),
    ],
)
async def test_what_an_application_refuses(writer: Writer, change: dict[str, object], text: str) -> None:
    application = await writer.application()
    status, message = await writer.refused("PATCH", f"/applications/{application['id']}", change)

    assert status == 400
    assert text in message


async def test_complex_properties_merge_and_the_own_identifier_uri_is_fine(writer: Writer) -> None:
    application = await writer.application(web={"homePageUrl": "https://contoso.com", "redirectUris": ["https://a"]})
    path = f"/applications/{application['id']}"

    await writer.patch(path, {"web": {"redirectUris": []}, "identifierUris": [f"api://{application['appId']}"]})

    web = (await writer.get(path))["web"]
    assert (web["homePageUrl"], web["redirectUris"]) == ("https://contoso.com", [])


async def test_an_enabled_role_must_be_disabled_before_it_goes(writer: Writer) -> None:
    application = await writer.application(appRoles=[app_role()])
    path = f"/applications/{application['id']}"

    status, message = await writer.refused("PATCH", path, {"appRoles": []})
    assert (status, "unless disabled first" in message) == (400, True)

    await writer.patch(path, {"appRoles": [app_role(isEnabled=False)]})
    await writer.patch(path, {"appRoles": []})


async def test_a_service_principal_mirrors_its_application(writer: Writer) -> None:
    application = await writer.application(appRoles=[app_role()])
    principal = await writer.post("/servicePrincipals", {"appId": application["appId"]})
    assert principal["appRoles"] == [app_role()]

    await writer.patch(f"/applications/{application['id']}", {"displayName": "Wages"})

    shown = await writer.get(f"/servicePrincipals/{principal['id']}")
    assert shown["appDisplayName"] == "Wages"
    assert (await writer.refused("PATCH", f"/servicePrincipals/{principal['id']}", {"appRoles": []}))[0] == 400


async def test_a_service_principal_needs_an_application_that_exists(writer: Writer) -> None:
    status, message = await writer.refused("POST", "/servicePrincipals", {"appId": NOBODY})
    assert (status, "does not reference a valid application object" in message) == (400, True)

    application = await writer.application()
    await writer.post("/servicePrincipals", {"appId": application["appId"]})
    status, message = await writer.refused("POST", "/servicePrincipals", {"appId": application["appId"]})
    assert (status, "A conflicting object" in message) == (409, True)


async def test_a_foreign_application_outlives_its_service_principal_here(writer: Writer) -> None:
    await writer.user()
    gallery = writer.directory.create(
        "servicePrincipal",
        {
            "appId": NOBODY,
            "appOwnerOrganizationId": "another tenant",
            "servicePrincipalType": "Application",
            "appDisplayName": "Gallery",
            "appRoles": [app_role()],
        },
    )
    writer.directory.hard_delete(gallery["id"])

    again = await writer.post("/servicePrincipals", {"appId": NOBODY})
    assert again["id"] != gallery["id"]
    assert (again["displayName"], again["appRoles"]) == ("Gallery", [app_role()])


async def test_an_application_of_another_tenant_can_be_used_when_it_is_for_several(writer: Writer) -> None:
    other = writer.cloud.add_tenant(Directory("33333333-3333-3333-3333-333333333333", "fabrikam.com"))
    other.create("application", {"appId": NOBODY, "displayName": "Shared", "signInAudience": "AzureADMyOrg"})
    assert (await writer.refused("POST", "/servicePrincipals", {"appId": NOBODY}))[0] == 400

    other.patch(other.find("application", "appId", NOBODY)[0], {"signInAudience": "AzureADMultipleOrgs"})
    principal = await writer.post("/servicePrincipals", {"appId": NOBODY})
    assert principal["appOwnerOrganizationId"] == other.tenant_id


async def test_an_application_takes_its_principal_to_the_bin_but_not_back(writer: Writer) -> None:
    principal = await writer.principal()
    application = writer.directory.find("application", "appId", principal["appId"])[0]
    await writer.delete(f"/applications/{application}")
    path = f"/directory/deletedItems/{principal['id']}/restore"
    assert (await writer.refused("POST", path))[0] == 400

    await writer.post(f"/directory/deletedItems/{application}/restore", status=200)
    assert not writer.directory.is_live(principal["id"])
    await writer.post(path, status=200)
    assert writer.directory.is_live(principal["id"])


async def test_an_app_may_write_only_the_applications_it_owns(writer: Writer) -> None:
    own_principal = writer.directory.create("servicePrincipal", {"appId": APP})
    foreign = await writer.application("Foreign")
    writer.use_roles("Application.ReadWrite.OwnedBy")
    own = await writer.application("Own")

    assert list(writer.directory.targets("owners", own["id"])) == [own_principal["id"]]
    await writer.patch(f"/applications/{own['id']}", {"notes": "mine"})
    assert (await writer.refused("PATCH", f"/applications/{foreign['id']}", {"notes": "x"}))[0] == 403


async def test_app_roles_are_assigned_once_and_from_either_side(writer: Writer) -> None:
    user, resource = await writer.user(), await writer.principal(appRoles=[app_role()])
    body = {"principalId": user, "resourceId": resource["id"], "appRoleId": ROLE}
    path = f"/servicePrincipals/{resource['id']}/appRoleAssignedTo"

    assignment = await writer.post(path, body)

    assert (assignment["principalType"], assignment["principalDisplayName"]) == ("User", "Adele")
    listed = await writer.get(f"/users/{user}/appRoleAssignments")
    assert [row["id"] for row in listed["value"]] == [assignment["id"]]
    status, message = await writer.refused("POST", f"/users/{user}/appRoleAssignments", body)
    assert (status, message) == (400, "Permission being assigned already exists on the object")
    await writer.delete(f"/users/{user}/appRoleAssignments/{assignment['id']}")
    assert (await writer.get(path))["value"] == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"appRoleId": "cccccccc-0000-0000-0000-000000000001"}, 400),
        ({"appRoleId": "Read"}, 400),
        ({"principalId": NOBODY}, 404),
        ({"resourceId": NOBODY}, 400),
        ({"principalDisplayName": "x"}, 400),
    ],
)
async def test_what_an_app_role_assignment_refuses(writer: Writer, change: dict[str, str], status: int) -> None:
    user, resource = await writer.user(), await writer.principal(appRoles=[app_role()])
    body = {"principalId": user, "resourceId": resource["id"], "appRoleId": ROLE, **change}

    path = f"/servicePrincipals/{resource['id']}/appRoleAssignedTo"
    assert (await writer.refused("POST", path, body))[0] == status


async def test_default_access_needs_no_role_and_assigning_needs_both_permissions(writer: Writer) -> None:
    group, resource = await writer.group(), await writer.principal()
    body = {"principalId": group, "resourceId": resource["id"], "appRoleId": DEFAULT_ACCESS}
    path = f"/servicePrincipals/{resource['id']}/appRoleAssignedTo"
    writer.use_roles("AppRoleAssignment.ReadWrite.All")
    assert (await writer.refused("POST", path, body))[0] == 403

    writer.use_roles("AppRoleAssignment.ReadWrite.All Application.Read.All")
    assert (await writer.post(path, body))["principalType"] == "Group"


async def test_a_grant_is_one_per_client_resource_and_principal(writer: Writer) -> None:
    client, resource, user = await writer.principal("Client"), await writer.principal("Api"), await writer.user()
    everybody = {
        "clientId": client["id"],
        "resourceId": resource["id"],
        "consentType": "AllPrincipals",
        "scope": "Read",
    }
    one = {**everybody, "consentType": "Principal", "principalId": user}

    grant = await writer.post("/oauth2PermissionGrants", everybody)
    await writer.post("/oauth2PermissionGrants", one)

    for body in (everybody, one):
        status, message = await writer.refused("POST", "/oauth2PermissionGrants", body)
        assert (status, message) == (409, "Permission entry already exists.")
    await writer.patch(f"/oauth2PermissionGrants/{grant['id']}", {"scope": "Read Write"})
    assert (await writer.refused("PATCH", f"/oauth2PermissionGrants/{grant['id']}", {"consentType": "x"}))[0] == 400
    await writer.delete(f"/oauth2PermissionGrants/{grant['id']}")
    assert (await writer.post("/oauth2PermissionGrants", everybody))["scope"] == "Read"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"consentType": "Somebody"}, 400),
        ({"consentType": "Principal"}, 400),
        ({"resourceId": NOBODY}, 404),
        ({"clientId": None}, 400),
        ({"startTime": "2026-01-01T00:00:00Z"}, 400),
    ],
)
async def test_what_a_grant_refuses(writer: Writer, change: dict[str, object], status: int) -> None:
    client, resource = await writer.principal("Client"), await writer.principal("Api")
    body = {"clientId": client["id"], "resourceId": resource["id"], "consentType": "AllPrincipals", "scope": "Read"}
    assert (await writer.refused("POST", "/oauth2PermissionGrants", {**body, **change}))[0] == status


async def test_a_directory_extension_opens_its_property_once_the_principal_exists(writer: Writer) -> None:
    application, user = await writer.application(), await writer.user()
    path = f"/applications/{application['id']}/extensionProperties"
    body = {"name": "skill", "dataType": "String", "targetObjects": ["User"]}

    extension = await writer.post(path, body)

    assert extension["name"] == f"extension_{application['appId'].replace('-', '')}_skill"
    assert (await writer.refused("POST", path, body))[0] == 400
    status, message = await writer.refused("PATCH", f"/users/{user}", {extension["name"]: "swims"})
    assert (status, "extension properties are not available" in message) == (400, True)
    await writer.post("/servicePrincipals", {"appId": application["appId"]})
    await writer.patch(f"/users/{user}", {extension["name"]: "swims"})
    assert (await writer.get(f"/users/{user}?$select={extension['name']}"))[extension["name"]] == "swims"
    await writer.delete(f"{path}/{extension['id']}")


async def test_federated_credentials_are_unique_by_issuer_and_subject(writer: Writer) -> None:
    application = await writer.application()
    path = f"/applications/{application['id']}/federatedIdentityCredentials"
    body = {"name": "ci", "issuer": "https://ci.contoso.com", "subject": "main", "audiences": ["api://x"]}

    credential = await writer.post(path, body)

    assert (await writer.refused("POST", path, {**body, "name": "other"}))[0] == 400
    assert (await writer.refused("PATCH", f"{path}/{credential['id']}", {"name": "x"}))[0] == 400
    await writer.patch(f"{path}/{credential['id']}", {"subject": "release"})
    assert (await writer.get(f"{path}/{credential['id']}"))["subject"] == "release"
    await writer.delete(f"{path}/{credential['id']}")


async def test_a_service_principal_can_have_a_secret_of_its_own(writer: Writer) -> None:
    principal = await writer.principal()
    answer = await writer.post(f"/servicePrincipals/{principal['id']}/addPassword", {}, status=200)
    assert answer["secretText"]
