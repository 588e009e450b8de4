"""Groups and links through Graph's writing side."""

from __future__ import annotations

import pytest

from .conftest import ROOT, Writer, new_group

pytestmark = pytest.mark.unit
UNIFIED = {"groupTypes": ["Unified"], "mailEnabled": True, "securityEnabled": False}


async def test_a_microsoft_365_group_gets_an_address(writer: Writer) -> None:
    answer = await writer.post("/groups", new_group("library", **UNIFIED))

    assert answer["mail"] == "library@contoso.com"
    assert answer["proxyAddresses"] == ["SMTP:library@contoso.com"]
    assert answer["visibility"] == "Public"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"mailEnabled": True}, "Cannot Create a mail-enabled security groups and or distribution list"),
        ({"mailEnabled": True, "securityEnabled": False}, "distribution list"),
        ({"securityEnabled": False}, "securityEnabled"),
        ({"groupTypes": ["Unified"]}, "mailEnabled"),
        ({"groupTypes": ["DynamicMembership"]}, "membershipRule"),
        ({"membershipRule": "user.city -eq 'Bonn'"}, "DynamicMembership"),
        ({"isAssignableToRole": True, "groupTypes": ["DynamicMembership"]}, "isAssignableToRole"),
        ({"mailNickname": "two words"}, "mailNickname"),
        ({"hideFromAddressLists": True}, "update it afterwards"),
        ({"mail": "x@contoso.com"}, "read-only"),
        ({"owner": "x"}, "does not exist on type"),
        ({"members@odata.bind": "x"}, "collection of URLs"),
    ],
)
async def test_what_a_new_group_may_not_be(writer: Writer, change: dict[str, object], text: str) -> None:
    status, message = await writer.refused("POST", "/groups", {**new_group("staff"), **change})

    assert status == 400
    assert text in message


async def test_a_group_is_created_with_its_links(writer: Writer) -> None:
    ben, cleo = await writer.user("ben"), await writer.user("cleo")
    group = await writer.group(
        **{
            "members@odata.bind": [f"{ROOT}/users/{ben}", f"{ROOT}/directoryObjects/{cleo}"],
            "owners@odata.bind": [f"{ROOT}/users/{ben}"],
        }
    )

    assert list(writer.directory.targets("members", group)) == [ben, cleo]
    assert list(writer.directory.targets("owners", group)) == [ben]


async def test_more_than_twenty_bound_links_create_nothing(writer: Writer) -> None:
    users = [await writer.user(f"u{number}") for number in range(21)]
    links = [f"{ROOT}/users/{user}" for user in users]

    created = await writer.refused("POST", "/groups", new_group("staff", **{"members@odata.bind": links}))
    assert (created[0], len(writer.directory.ids("group"))) == (400, 0)

    group = await writer.group()
    assert (await writer.refused("PATCH", f"/groups/{group}", {"members@odata.bind": links}))[0] == 400
    await writer.patch(f"/groups/{group}", {"members@odata.bind": links[:20]})
    assert list(writer.directory.targets("members", group)) == users[:20]


async def test_binding_is_all_or_nothing(writer: Writer) -> None:
    group, ben, cleo = await writer.group(), await writer.user("ben"), await writer.user("cleo")
    await writer.link(f"/groups/{group}/members", ben)

    for other, status in ((ben, 400), ("99999999-0000-0000-0000-000000000000", 404)):
        body = {
            "displayName": "New",
            "members@odata.bind": [f"{ROOT}/users/{cleo}", f"{ROOT}/directoryObjects/{other}"],
        }
        assert (await writer.refused("PATCH", f"/groups/{group}", body))[0] == status

    item = writer.directory.get(group)
    assert item is not None
    assert item["displayName"] == "Staff"
    assert list(writer.directory.targets("members", group)) == [ben]


async def test_links_that_are_there_or_not_answer_in_the_known_words(writer: Writer) -> None:
    group, ben = await writer.group(), await writer.user("ben")
    await writer.link(f"/groups/{group}/members", ben)

    status, message = await writer.refused("POST", f"/groups/{group}/members/$ref", writer.reference(ben))
    assert (status, "One or more added object references already exist" in message) == (400, True)

    await writer.delete(f"/groups/{group}/members/{ben}/$ref")
    status, message = await writer.refused("DELETE", f"/groups/{group}/members/{ben}/$ref")
    assert (status, "One or more removed object references do not exist" in message) == (400, True)

    status, message = await writer.refused(
        "POST", f"/groups/{group}/members/$ref", writer.reference("99999999-0000-0000-0000-000000000000")
    )
    assert (status, "does not exist or one of its queried reference-property objects" in message) == (404, True)


@pytest.mark.parametrize(
    "url", ["users/x", 7, "https://graph.test/v1.0/users", "https://graph.test/v1.0/things/1", None]
)
async def test_a_reference_is_an_absolute_url_of_an_object(writer: Writer, url: object) -> None:
    group = await writer.group()
    assert (await writer.refused("POST", f"/groups/{group}/members/$ref", {"@odata.id": url}))[0] == 400


async def test_forgetting_ref_deletes_the_member_itself(writer: Writer) -> None:
    group, ben = await writer.group(), await writer.user("ben")
    await writer.link(f"/groups/{group}/members", ben)

    writer.without_roles("User.ReadWrite.All", "User.DeleteRestore.All", "Directory.ReadWrite.All")
    assert (await writer.refused("DELETE", f"/groups/{group}/members/{ben}"))[0] == 403
    assert writer.directory.is_live(ben)

    writer.without_roles()
    await writer.delete(f"/groups/{group}/members/{ben}")
    assert writer.directory.deleted(ben) is not None


async def test_dynamic_synced_and_exchange_groups_refuse_members(writer: Writer) -> None:
    ben = await writer.user("ben")
    dynamic = await writer.group(
        "dynamic",
        groupTypes=["DynamicMembership"],
        membershipRule="user.city -eq 'Bonn'",
        membershipRuleProcessingState="On",
    )
    synced = await writer.group("synced")
    writer.directory.patch(synced, {"onPremisesSyncEnabled": True})
    listed = await writer.group("listed")
    writer.directory.patch(listed, {"mailEnabled": True, "securityEnabled": False})

    for group in (dynamic, synced, listed):
        assert (await writer.refused("POST", f"/groups/{group}/members/$ref", writer.reference(ben)))[0] == 400
    assert (await writer.refused("PATCH", f"/groups/{synced}", {"description": "x"}))[0] == 400
    assert (await writer.refused("DELETE", f"/groups/{listed}"))[0] == 400


async def test_a_role_assignable_group_needs_the_role_permission(writer: Writer) -> None:
    group, ben = await writer.group(isAssignableToRole=True), await writer.user("ben")
    writer.without_roles("RoleManagement.ReadWrite.Directory")

    for method, path, body in (
        ("POST", "/groups", new_group("more", isAssignableToRole=True)),
        ("PATCH", f"/groups/{group}", {"description": "x"}),
        ("POST", f"/groups/{group}/members/$ref", writer.reference(ben)),
        ("DELETE", f"/groups/{group}", None),
    ):
        assert (await writer.refused(method, path, body))[0] == 403


async def test_an_owner_is_the_hundredth_at_most_and_the_last_one_stays(writer: Writer) -> None:
    group = await writer.group()
    users = [await writer.user(f"u{number}") for number in range(101)]
    for user in users[:100]:
        await writer.link(f"/groups/{group}/owners", user)

    status, message = await writer.refused("POST", f"/groups/{group}/owners/$ref", writer.reference(users[100]))
    assert (status, "would exceed the maximum quota count '100'" in message) == (403, True)

    for user in users[1:100]:
        await writer.delete(f"/groups/{group}/owners/{user}/$ref")
    assert (await writer.refused("DELETE", f"/groups/{group}/owners/{users[0]}/$ref"))[0] == 400


async def test_a_group_cannot_own_nor_contain_itself(writer: Writer) -> None:
    group, other = await writer.group(), await writer.group("other")

    assert (await writer.refused("POST", f"/groups/{group}/owners/$ref", writer.reference(other)))[0] == 400
    assert (await writer.refused("POST", f"/groups/{group}/members/$ref", writer.reference(group)))[0] == 400


async def test_exchange_held_properties_travel_alone_and_answer_200(writer: Writer) -> None:
    group = await writer.group(**UNIFIED)

    mixed = await writer.refused("PATCH", f"/groups/{group}", {"hideFromAddressLists": True, "description": "x"})
    await writer.patch(f"/groups/{group}", {"hideFromAddressLists": True}, status=200)

    assert mixed[0] == 400
    assert (await writer.get(f"/groups/{group}?$select=hideFromAddressLists"))["hideFromAddressLists"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"isAssignableToRole": True},
        {"groupTypes": ["Unified"]},
        {"mailEnabled": True},
        {"visibility": "HiddenMembership"},
        {"securityEnabled": False},
        {"id": "x"},
        {},
    ],
)
async def test_what_a_group_can_never_become(writer: Writer, change: dict[str, object]) -> None:
    group = await writer.group()
    assert (await writer.refused("PATCH", f"/groups/{group}", change))[0] == 400


async def test_a_deleted_security_group_shows_itself_disabled_until_it_returns(writer: Writer) -> None:
    group = await writer.group()
    await writer.delete(f"/groups/{group}")
    binned = writer.directory.deleted(group)
    assert binned is not None
    assert binned["securityEnabled"] is False

    restored = await writer.post(f"/directory/deletedItems/{group}/restore", status=200)
    assert restored["@odata.type"] == "#microsoft.graph.group"
    assert restored["securityEnabled"] is True


async def test_a_deleted_microsoft_365_group_keeps_its_nickname(writer: Writer) -> None:
    group = await writer.group(**UNIFIED)
    await writer.delete(f"/groups/{group}")

    assert (await writer.refused("POST", "/groups", new_group("staff", **UNIFIED)))[0] == 400
    await writer.delete(f"/directory/deletedItems/{group}")
    await writer.group(**UNIFIED)


async def test_a_group_with_licences_stays(writer: Writer) -> None:
    group = await writer.group()
    writer.directory.patch(group, {"assignedLicenses": [{"skuId": "x", "disabledPlans": []}]})
    assert (await writer.refused("DELETE", f"/groups/{group}"))[0] == 400


async def test_a_unique_name_creates_once_and_then_updates(writer: Writer) -> None:
    path, prefer = "/groups(uniqueName='fin')", {"Prefer": "create-if-missing"}
    assert (await writer.http.patch(path, json=new_group("fin"))).status_code == 404

    created = await writer.http.patch(path, json=new_group("fin"), headers=prefer)
    updated = await writer.http.patch(path, json={"description": "Finance"}, headers=prefer)

    assert (created.status_code, updated.status_code) == (201, 204)
    item = writer.directory.get(created.json()["id"])
    assert item is not None
    assert (item["uniqueName"], item["description"]) == ("fin", "Finance")
    assert len(writer.directory.ids("group")) == 1


async def test_memberships_can_be_written_with_their_own_permission_alone(writer: Writer) -> None:
    group, ben, cleo = await writer.group(), await writer.user("ben"), await writer.user("cleo")
    writer.use_roles("GroupMember.ReadWrite.All")

    await writer.link(f"/groups/{group}/members", ben)
    await writer.patch(f"/groups/{group}", {"members@odata.bind": [f"{ROOT}/directoryObjects/{cleo}"]})

    assert list(writer.directory.targets("members", group)) == [ben, cleo]
    assert (await writer.refused("PATCH", f"/groups/{group}", {"description": "x"}))[0] == 403
    assert (await writer.refused("POST", f"/groups/{group}/owners/$ref", writer.reference(ben)))[0] == 403
