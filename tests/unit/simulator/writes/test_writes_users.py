"""Users through Graph's writing side."""

from __future__ import annotations

import pytest

from .conftest import Writer, new_user

pytestmark = pytest.mark.unit


async def test_a_new_user_answers_the_default_properties_and_reads_back_whole(writer: Writer) -> None:
    answer = await writer.post("/users", new_user("zoe", mail="zoe@contoso.com", department="Sales"))

    assert "department" not in answer
    read = await writer.get(f"/users/{answer['id']}?$select=department,proxyAddresses,userType,accountEnabled")
    assert read["department"] == "Sales"
    assert read["proxyAddresses"] == ["SMTP:zoe@contoso.com"]
    assert (read["userType"], read["accountEnabled"]) == ("Member", True)


@pytest.mark.parametrize(
    "missing", ["accountEnabled", "displayName", "mailNickname", "passwordProfile", "userPrincipalName"]
)
async def test_a_user_without_a_required_property_is_refused(writer: Writer, missing: str) -> None:
    body = new_user("adele")
    del body[missing]

    status, message = await writer.refused("POST", "/users", body)

    assert status == 400
    assert f"A value is required for property '{missing}'" in message
    assert not len(writer.directory.ids("user"))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"userPrincipalName": "adele@fabrikam.com"}, "verified domain names"),
        ({"passwordProfile": {"password": "short"}}, "password complexity"),
        ({"createdDateTime": "2026-01-01T00:00:00Z"}, "read-only"),
        ({"colour": "red"}, "does not exist on type"),
        ({"accountEnabled": "yes"}, "accountEnabled"),
        ({"businessPhones": "+49 1"}, "businessPhones"),
        ({"otherMails": None}, "not nullable"),
        ({"onPremisesExtensionAttributes": {"extensionAttribute1": "x"}}, "update it afterwards"),
        ({"@odata.context": "https://x"}, "annotation"),
        ({"extension_0123456789abcdef0123456789abcdef_skill": "x"}, "extension properties are not available"),
        ({"userPrincipalName": "guest_x.com#EXT#@contoso.com"}, "userPrincipalName"),
    ],
)
async def test_what_a_new_user_may_not_carry(writer: Writer, change: dict[str, object], text: str) -> None:
    status, message = await writer.refused("POST", "/users", {**new_user("adele"), **change})

    assert status == 400
    assert text in message


async def test_a_taken_name_is_an_object_conflict(writer: Writer) -> None:
    await writer.user("adele")

    response = await writer.http.post("/users", json=new_user("adele", userPrincipalName="ADELE@contoso.com"))

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "Request_BadRequest")
    assert "Another object with the same value for property userPrincipalName already exists." in error["message"]
    assert error["details"][0]["code"] == "ObjectConflict"
    assert error["details"][0]["target"] == "userPrincipalName"


async def test_a_mail_address_that_another_has_is_refused(writer: Writer) -> None:
    await writer.user("adele", mail="a@contoso.com")

    status, message = await writer.refused("POST", "/users", new_user("ben", mail="A@contoso.com"))

    assert (status, "proxyAddresses" in message) == (400, True)


async def test_a_patch_changes_and_merges_extension_attributes(writer: Writer) -> None:
    user = await writer.user()
    await writer.patch(f"/users/{user}", {"onPremisesExtensionAttributes": {"extensionAttribute1": "a"}})
    await writer.patch(
        f"/users/{user}", {"onPremisesExtensionAttributes": {"extensionAttribute2": "b"}, "city": "Köln"}
    )

    item = writer.directory.get(user)
    assert item is not None
    assert item["city"] == "Köln"
    assert item["onPremisesExtensionAttributes"]["extensionAttribute1"] == "a"
    assert item["onPremisesExtensionAttributes"]["extensionAttribute2"] == "b"


async def test_organization_data_is_replaced_whole(writer: Writer) -> None:
    user = await writer.user(employeeOrgData={"division": "A", "costCenter": "1"})
    await writer.patch(f"/users/{user}", {"employeeOrgData": {"division": "B"}})

    item = writer.directory.get(user)
    assert item is not None
    assert item["employeeOrgData"] == {"division": "B", "costCenter": None}


async def test_mail_cannot_become_null(writer: Writer) -> None:
    user = await writer.user(mail="a@contoso.com")
    assert (await writer.refused("PATCH", f"/users/{user}", {"mail": None}))[0] == 400


async def test_profile_properties_travel_alone_and_never_for_an_app(writer: Writer) -> None:
    user = await writer.user()
    mixed = await writer.refused("PATCH", f"/users/{user}", {"aboutMe": "me", "city": "Bonn"})
    alone = await writer.refused("PATCH", f"/users/{user}", {"aboutMe": "me"})

    assert (mixed[0], "request of its own" in mixed[1]) == (400, True)
    assert alone[0] == 403


async def test_a_synced_user_refuses_what_is_mastered_on_premises(writer: Writer) -> None:
    user = await writer.user()
    writer.directory.patch(user, {"onPremisesSyncEnabled": True})

    status, message = await writer.refused("PATCH", f"/users/{user}", {"department": "Sales"})
    await writer.patch(f"/users/{user}", {"usageLocation": "DE"})

    assert status == 400
    assert "on-premises mastered" in message


async def test_an_administrator_is_closed_to_an_app_without_a_role(writer: Writer) -> None:
    user = await writer.user()
    role = writer.directory.create("directoryRole", {"roleTemplateId": "62e90394-69f5-4237-9190-012177145e10"})
    writer.directory.add_link("members", role["id"], user)

    assert (await writer.refused("PATCH", f"/users/{user}", {"accountEnabled": False}))[0] == 403
    assert (await writer.refused("DELETE", f"/users/{user}"))[0] == 403
    await writer.patch(f"/users/{user}", {"department": "Sales"})


async def test_a_password_needs_its_permission_and_a_role(writer: Writer) -> None:
    user = await writer.user()
    body = {"passwordProfile": {"password": "Another-Horse-8"}}
    assert (await writer.refused("PATCH", f"/users/{user}", body))[0] == 403

    principal = writer.directory.create("servicePrincipal", {"appId": "22222222-2222-2222-2222-222222222222"})
    role = writer.directory.create("directoryRole", {"roleTemplateId": "fe930be7-5e62-47db-91af-98c3a49a38b1"})
    writer.directory.add_link("members", role["id"], principal["id"])
    await writer.patch(f"/users/{user}", body)
    item = writer.directory.get(user)
    assert item is not None
    assert "Another-Horse-8" not in str(item)


async def test_a_deleted_user_lies_in_the_bin_under_a_prefixed_name_and_comes_back(writer: Writer) -> None:
    user = await writer.user()
    group = await writer.group()
    await writer.link(f"/groups/{group}/members", user)

    await writer.delete(f"/users/{user}")

    binned = await writer.get(f"/directory/deletedItems/{user}?$select=id,userPrincipalName")
    assert binned["userPrincipalName"] == user.replace("-", "") + "adele@contoso.com"
    assert (await writer.get(f"/groups/{group}/members"))["value"] == []

    restored = await writer.post(f"/directory/deletedItems/{user}/restore", status=200)
    assert restored["userPrincipalName"] == "adele@contoso.com"
    assert [row["id"] for row in (await writer.get(f"/groups/{group}/members"))["value"]] == [user]


async def test_a_restore_meets_the_name_that_somebody_else_took(writer: Writer) -> None:
    user = await writer.user()
    await writer.delete(f"/users/{user}")
    await writer.user()

    status, message = await writer.refused("POST", f"/directory/deletedItems/{user}/restore")
    assert (status, "userPrincipalName" in message) == (400, True)

    body = {"newUserPrincipalName": "adele2@contoso.com"}
    await writer.post(f"/directory/deletedItems/{user}/restore", body, status=200)
    assert (await writer.get(f"/users/{user}"))["userPrincipalName"] == "adele2@contoso.com"


async def test_a_purged_user_is_gone_with_its_links(writer: Writer) -> None:
    user = await writer.user()
    group = await writer.group()
    await writer.link(f"/groups/{group}/members", user)
    await writer.delete(f"/users/{user}")
    await writer.delete(f"/directory/deletedItems/{user}")

    assert (await writer.refused("GET", f"/directory/deletedItems/{user}"))[0] == 404
    assert list(writer.directory.targets("members", group)) == []


async def test_manager_is_set_replaced_and_cleared(writer: Writer) -> None:
    user, first, second = await writer.user(), await writer.user("ben"), await writer.user("cleo")
    for manager in (first, second):
        response = await writer.http.put(f"/users/{user}/manager/$ref", json=writer.reference(manager))
        assert response.status_code == 204
        assert (await writer.get(f"/users/{user}/manager"))["id"] == manager

    await writer.delete(f"/users/{user}/manager/$ref")
    assert (await writer.refused("GET", f"/users/{user}/manager"))[0] == 404


async def test_an_invitation_makes_a_guest(writer: Writer) -> None:
    body = {"invitedUserEmailAddress": "eve@fabrikam.com", "inviteRedirectUrl": "https://my.contoso.com"}
    invitation = await writer.post("/invitations", body)

    guest = writer.directory.get(invitation["invitedUser"]["id"])
    assert guest is not None
    assert guest["userPrincipalName"] == "eve_fabrikam.com#EXT#@contoso.com"
    assert (guest["userType"], guest["externalUserState"]) == ("Guest", "PendingAcceptance")
    again = await writer.post("/invitations", body)
    assert again["invitedUser"]["id"] == guest["id"]


async def test_writing_needs_the_permission_and_restoring_its_own(writer: Writer) -> None:
    user = await writer.user()
    await writer.delete(f"/users/{user}")

    writer.without_roles("User.ReadWrite.All", "Directory.ReadWrite.All")
    assert (await writer.refused("POST", "/users", new_user("ben")))[0] == 403
    writer.without_roles("User.DeleteRestore.All")
    assert (await writer.refused("POST", f"/directory/deletedItems/{user}/restore"))[0] == 403
