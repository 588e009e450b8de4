"""Delta queries: first rounds, later rounds, links, removals and tokens that have died."""

import pytest


def merged(rows):
    """Entries of one object joined, as a client has to do."""
    objects = {}
    for row in rows:
        known = objects.setdefault(row["id"], {})
        for name, value in row.items():
            known[name] = known.get(name, []) + value if name.endswith("@delta") else value
    return objects


async def test_first_round_pages_all_objects_and_ends_with_a_delta_link(caller):
    ids = caller.users(250)
    rows = await caller.all_pages("/users/delta?$select=displayName")
    assert [row["id"] for row in rows] == ids
    assert set(rows[0]) == {"id", "displayName"}
    assert len(caller.pages) == 3
    assert caller.delta_link
    assert all(("@odata.nextLink" in page) != ("@odata.deltaLink" in page) for page in caller.pages)


async def test_nothing_new_is_one_request_with_a_new_link(caller):
    caller.users(3)
    await caller.all_pages("/users/delta")
    old = caller.delta_link
    caller.clock.forward(60)
    assert await caller.all_pages(old) == []
    assert len(caller.pages) == 1
    assert caller.delta_link != old


async def test_only_changes_of_selected_properties_are_told(caller):
    first, second = caller.users(2)
    await caller.all_pages("/users/delta?$select=displayName,jobTitle")
    caller.directory.patch(first, {"city": "Bern"})
    caller.directory.patch(second, {"jobTitle": "Cook"})
    rows = await caller.all_pages(caller.delta_link)
    assert rows == [{"id": second, "displayName": "User 1", "jobTitle": "Cook"}]


async def test_minimal_return_has_only_what_changed(caller):
    (user_id,) = caller.users(1)
    await caller.all_pages("/users/delta?$select=displayName,jobTitle")
    caller.directory.patch(user_id, {"jobTitle": "Cook"})
    response = await caller.get(caller.delta_link, Prefer="return=minimal")
    assert response.json()["value"] == [{"id": user_id, "jobTitle": "Cook"}]


async def test_removed_objects_say_whether_they_can_come_back(caller):
    first, second, third = caller.users(3)
    await caller.all_pages("/users/delta")
    caller.directory.soft_delete(first)
    caller.directory.hard_delete(second)
    caller.directory.soft_delete(third)
    caller.directory.restore(third)
    rows = {row["id"]: row for row in await caller.all_pages(caller.delta_link)}
    assert rows[first] == {"id": first, "@removed": {"reason": "changed"}}
    assert rows[second] == {"id": second, "@removed": {"reason": "deleted"}}
    assert rows[third]["displayName"] == "User 2"


async def test_groups_tell_members_unasked_and_with_select_only_when_named(caller):
    (user_id,) = caller.users(1)
    caller.group(user_id)
    (row,) = await caller.all_pages("/groups/delta")
    assert row["members@delta"] == [{"@odata.type": "#microsoft.graph.user", "id": user_id}]
    (row,) = await caller.all_pages("/groups/delta?$select=displayName")
    assert "members@delta" not in row
    (row,) = await caller.all_pages("/groups/delta?$select=displayName,members")
    assert len(row["members@delta"]) == 1


async def test_membership_changes_are_entries_with_and_without_removed(caller):
    first, second, third = caller.users(3)
    group_id = caller.group(first, second)
    await caller.all_pages("/groups/delta")
    caller.directory.remove_link("members", group_id, first)
    caller.directory.add_link("members", group_id, third)
    (row,) = await caller.all_pages(caller.delta_link)
    kind = "#microsoft.graph.user"
    assert row["members@delta"] == [
        {"@odata.type": kind, "id": first, "@removed": {"reason": "deleted"}},
        {"@odata.type": kind, "id": third},
    ]


async def test_manager_is_told_when_selected(caller):
    boss, clerk = caller.users(2)
    caller.directory.set_single_link("manager", clerk, boss)
    rows = await caller.all_pages("/users/delta?$select=displayName,manager")
    assert rows[1]["manager@delta"] == [{"@odata.type": "#microsoft.graph.user", "id": boss}]
    caller.directory.set_single_link("manager", clerk, None)
    (row,) = await caller.all_pages(caller.delta_link)
    assert row["manager@delta"][0]["@removed"] == {"reason": "deleted"}


async def test_large_group_is_spread_over_pages_of_pieces(caller):
    ids = caller.users(25)
    caller.cloud.settings.delta_links_per_entry = 10
    large, small = caller.group(*ids), caller.group(ids[0])
    rows = await caller.all_pages("/groups/delta")
    assert [row["id"] for row in rows] == [large, large, large, small]
    assert set(rows[1]) == {"id", "members@delta"}
    assert len(caller.pages) == 3
    assert [entry["id"] for entry in merged(rows)[large]["members@delta"]] == ids


async def test_member_taken_out_between_two_pages_hides_no_other(caller):
    ids = caller.users(25)
    caller.cloud.settings.delta_links_per_entry = 10
    group_id = caller.group(*ids)
    first = (await caller.get("/groups/delta")).json()
    caller.directory.remove_link("members", group_id, ids[0])
    told = first["value"] + await caller.all_pages(first["@odata.nextLink"])
    assert [entry["id"] for entry in merged(told)[group_id]["members@delta"]] == ids


async def test_group_deleted_between_its_pieces_leaves_the_next_one_whole(caller):
    ids = caller.users(25)
    caller.cloud.settings.delta_links_per_entry = 10
    large, other = caller.group(*ids), caller.group(*ids[:15])
    first = (await caller.get("/groups/delta")).json()
    caller.directory.hard_delete(large)
    rows = await caller.all_pages(first["@odata.nextLink"])
    assert [entry["id"] for entry in merged(rows)[other]["members@delta"]] == ids[:15]
    assert rows[0]["displayName"] == "Group"


async def test_members_and_owners_share_the_pieces(caller):
    ids = caller.users(25)
    caller.cloud.settings.delta_links_per_entry = 10
    group_id = caller.group(*ids[:20])
    for user_id in ids[20:]:
        caller.directory.add_link("owners", group_id, user_id)
    rows = await caller.all_pages("/groups/delta?$select=displayName,members,owners")
    assert [entry["id"] for entry in merged(rows)[group_id]["owners@delta"]] == ids[20:]
    assert len(rows) == 3


async def test_many_new_members_are_spread_in_later_rounds_too(caller):
    ids = caller.users(25)
    caller.cloud.settings.delta_links_per_entry = 10
    group_id = caller.group()
    await caller.all_pages("/groups/delta")
    for user_id in ids:
        caller.directory.add_link("members", group_id, user_id)
    rows = await caller.all_pages(caller.delta_link)
    assert len(caller.pages) == 3
    assert [entry["id"] for entry in merged(rows)[group_id]["members@delta"]] == ids


async def test_soft_deleted_member_makes_no_membership_change_until_it_is_gone(caller):
    (user_id,) = caller.users(1)
    group_id = caller.group(user_id)
    await caller.all_pages("/groups/delta")
    caller.directory.soft_delete(user_id)
    assert await caller.all_pages(caller.delta_link) == []
    caller.directory.hard_delete(user_id)
    (row,) = await caller.all_pages(caller.delta_link)
    assert row["id"] == group_id
    assert row["members@delta"][0]["@removed"] == {"reason": "deleted"}


async def test_changes_during_the_first_round_come_in_the_next(caller):
    ids = caller.users(150)
    first = (await caller.get("/users/delta")).json()
    caller.directory.patch(ids[0], {"displayName": "Late"})
    await caller.all_pages(first["@odata.nextLink"])
    rows = await caller.all_pages(caller.delta_link)
    assert [row["displayName"] for row in rows] == ["Late"]


async def test_latest_starts_from_now(caller):
    (user_id,) = caller.users(1)
    assert await caller.all_pages("/users/delta?$deltatoken=latest") == []
    caller.directory.patch(user_id, {"displayName": "New"})
    assert len(await caller.all_pages(caller.delta_link)) == 1


@pytest.mark.parametrize("option", ["$top=5", "$expand=manager", "$orderby=displayName", '$search="displayName:a"'])
async def test_unsupported_options_are_refused(caller, option):
    assert (await caller.get(f"/users/delta?{option}")).status_code == 400


async def test_filter_takes_ids_only(caller):
    ids = caller.users(5)
    rows = await caller.all_pages(f"/users/delta?$filter=id eq '{ids[1]}' or id eq '{ids[3]}'")
    assert [row["id"] for row in rows] == [ids[1], ids[3]]
    caller.directory.patch(ids[0], {"displayName": "Other"})
    caller.directory.patch(ids[3], {"displayName": "Mine"})
    assert [row["id"] for row in await caller.all_pages(caller.delta_link)] == [ids[3]]
    assert (await caller.get("/users/delta?$filter=displayName eq 'x'")).status_code == 400


async def test_token_lives_seven_days(caller):
    caller.users(1)
    await caller.all_pages("/users/delta")
    caller.clock.forward(7 * 86_400 - 1)
    assert (await caller.get(caller.delta_link)).status_code == 200
    caller.clock.forward(2)
    response = await caller.get(caller.delta_link)
    assert response.status_code == 410
    assert response.headers["Location"].endswith("/users/delta?$deltatoken=")
    assert len(await caller.all_pages(response.headers["Location"])) == 1


async def test_expired_token_may_answer_the_other_way(caller):
    caller.users(1)
    await caller.all_pages("/users/delta")
    caller.cloud.settings.delta_expired_answer = "sync_state_not_found"
    caller.cloud.expire_delta_tokens(caller.directory.tenant_id)
    response = await caller.get(caller.delta_link)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "syncStateNotFound")


async def test_altered_token_is_refused_and_counted(caller):
    caller.users(1)
    await caller.all_pages("/users/delta")
    assert (await caller.get(caller.delta_link + "x")).status_code == 400
    assert (await caller.get(caller.delta_link.replace("/users/", "/groups/"))).status_code == 400
    assert caller.violations() == ["altered_page_token", "altered_page_token"]


async def test_replays_repeat_what_was_told_before(caller):
    first, second = caller.users(2)
    await caller.all_pages("/users/delta")
    caller.directory.patch(first, {"displayName": "A"})
    await caller.all_pages(caller.delta_link)
    caller.cloud.settings.delta_replays = True
    caller.directory.patch(second, {"displayName": "B"})
    assert {row["id"] for row in await caller.all_pages(caller.delta_link)} == {first, second}


@pytest.mark.parametrize("path", ["/identity/conditionalAccess/policies", "/domains", "/subscribedSkus"])
async def test_types_without_delta_have_none(caller, path):
    assert (await caller.get(f"{path}/delta")).status_code in (400, 404)


@pytest.mark.parametrize(
    ("path", "type_name"),
    [
        ("/applications", "application"),
        ("/servicePrincipals", "servicePrincipal"),
        ("/devices", "device"),
        ("/directoryRoles", "directoryRole"),
        ("/directory/administrativeUnits", "administrativeUnit"),
        ("/oauth2PermissionGrants", "oauth2PermissionGrant"),
    ],
)
async def test_other_types_have_delta_too(caller, path, type_name):
    made = caller.directory.create(type_name, {"displayName": "One"})["id"]
    assert [row["id"] for row in await caller.all_pages(f"{path}/delta")] == [made]
    caller.directory.patch(made, {"displayName": "Two"})
    assert [row["displayName"] for row in await caller.all_pages(caller.delta_link)] == ["Two"]


async def test_group_that_comes_back_tells_the_members_it_lost_meanwhile(caller):
    stays, goes = caller.users(2)
    group_id = caller.group(stays, goes)
    await caller.all_pages("/groups/delta")
    caller.directory.soft_delete(group_id)
    caller.directory.hard_delete(goes)
    caller.directory.restore(group_id)
    (row,) = await caller.all_pages(caller.delta_link)
    assert [(entry["id"], "@removed" in entry) for entry in row["members@delta"]] == [(stays, False), (goes, True)]
