"""Relationships as Graph v1.0 answers them, with everything it leaves out."""


async def test_members_leave_out_service_principals_unless_cast_or_expanded(caller):
    ids = caller.users(1)
    principal = caller.directory.create("servicePrincipal", {"displayName": "App"})["id"]
    group_id = caller.group(ids[0], principal)
    rows = await caller.value(f"/groups/{group_id}/members")
    assert [(row["@odata.type"], row["id"]) for row in rows] == [("#microsoft.graph.user", ids[0])]
    cast = await caller.value(f"/groups/{group_id}/members/microsoft.graph.servicePrincipal")
    assert [row["id"] for row in cast] == [principal]
    expanded = (await caller.get(f"/groups/{group_id}?$expand=members")).json()["members"]
    assert [row["id"] for row in expanded] == [ids[0], principal]


async def test_members_page_and_count(caller):
    group_id = caller.group(*caller.users(250))
    assert len(await caller.all_pages(f"/groups/{group_id}/members?$select=id")) == 250
    assert len(caller.pages) == 3
    assert (await caller.get(f"/groups/{group_id}/members/$count")).status_code == 400
    counted = await caller.get(f"/groups/{group_id}/members/$count", ConsistencyLevel="eventual")
    assert counted.text == "250"


async def test_expand_is_cut_at_twenty_without_a_sign(caller):
    group_id = caller.group(*caller.users(30))
    body = (await caller.get(f"/groups/{group_id}?$expand=members($select=id)")).json()
    assert len(body["members"]) == 20
    assert not [name for name in body if "nextLink" in name and "members" in name]


async def test_only_one_relationship_is_expanded(caller):
    response = await caller.get("/groups?$expand=members,owners")
    assert response.json()["error"]["code"] == "ExpandNotSupported"


async def test_nested_select_limits_the_expanded_rows(caller):
    (user_id,) = caller.users(1)
    app = caller.directory.create("application", {"displayName": "App"})["id"]
    caller.directory.add_link("owners", app, user_id)
    (row,) = await caller.value("/applications?$expand=owners($select=id)")
    assert row["owners"] == [{"@odata.type": "#microsoft.graph.user", "id": user_id}]


async def test_manager_is_single_and_404_when_there_is_none(caller):
    boss, clerk = caller.users(2)
    caller.directory.set_single_link("manager", clerk, boss)
    assert (await caller.get(f"/users/{clerk}/manager")).json()["id"] == boss
    assert (await caller.get(f"/users/{boss}/manager")).status_code == 404
    rows = await caller.value("/users?$expand=manager($select=id)&$select=id")
    assert "manager" not in rows[0]
    assert rows[1]["manager"]["id"] == boss
    assert [row["id"] for row in await caller.value(f"/users/{boss}/directReports")] == [clerk]


async def test_rows_of_types_one_may_not_read_have_only_type_and_id(caller):
    (user_id,) = caller.users(1)
    group_id = caller.group(user_id)
    caller.use_roles("GroupMember.Read.All")
    (row,) = await caller.value(f"/groups/{group_id}/members")
    assert row["@odata.type"] == "#microsoft.graph.user"
    assert row["id"] == user_id
    assert {value for name, value in row.items() if name not in ("@odata.type", "id")} == {None}


async def test_hidden_membership_is_empty_without_its_permission(caller):
    (user_id,) = caller.users(1)
    group_id = caller.group(user_id, visibility="HiddenMembership")
    assert await caller.value(f"/groups/{group_id}/members") == []
    assert (await caller.get(f"/groups/{group_id}?$expand=members")).json()["members"] == []
    caller.use_roles("Directory.Read.All", "Member.Read.Hidden")
    assert len(await caller.value(f"/groups/{group_id}/members")) == 1


async def test_soft_deleted_member_is_not_listed_until_it_is_back(caller):
    first, second = caller.users(2)
    group_id = caller.group(first, second)
    caller.directory.soft_delete(first)
    assert [row["id"] for row in await caller.value(f"/groups/{group_id}/members")] == [second]
    caller.directory.restore(first)
    assert len(await caller.value(f"/groups/{group_id}/members")) == 2


async def test_memberships_are_seen_from_the_member(caller):
    (user_id,) = caller.users(1)
    inner = caller.group(user_id)
    outer = caller.group(inner)
    assert [row["id"] for row in await caller.value(f"/users/{user_id}/memberOf")] == [inner]
    transitive = await caller.value(f"/users/{user_id}/transitiveMemberOf")
    assert {row["id"] for row in transitive} == {inner, outer}
    members = await caller.value(f"/groups/{outer}/transitiveMembers/microsoft.graph.user")
    assert [row["id"] for row in members] == [user_id]


async def test_app_role_assignments_are_seen_from_both_ends(caller):
    (user_id,) = caller.users(1)
    resource = caller.directory.create("servicePrincipal", {"displayName": "App"})["id"]
    assignment = {"id": "a1", "principalId": user_id, "resourceId": resource, "appRoleId": "r"}
    caller.directory.create("appRoleAssignment", assignment)
    assert await caller.value(f"/servicePrincipals/{resource}/appRoleAssignedTo") == [assignment]
    assert await caller.value(f"/users/{user_id}/appRoleAssignments") == [assignment]
    caller.directory.soft_delete(user_id)
    assert await caller.value(f"/servicePrincipals/{resource}/appRoleAssignedTo") == []


async def test_settings_of_a_group_are_not_the_tenants(caller):
    group_id = caller.group()
    caller.directory.create("groupSetting", {"id": "s1", "templateId": "t"})
    caller.directory.create("groupOwnSetting", {"id": "s2", "templateId": "t", "_groupId": group_id})
    assert [row["id"] for row in await caller.value("/groupSettings")] == ["s1"]
    assert await caller.value(f"/groups/{group_id}/settings") == [{"id": "s2", "templateId": "t"}]
    assert (await caller.get(f"/groups/{group_id}/settings/s2")).json()["templateId"] == "t"


async def test_scoped_role_members_of_a_unit(caller):
    (user_id,) = caller.users(1)
    role = caller.directory.create("directoryRole", {"displayName": "Role"})["id"]
    unit = caller.directory.create("administrativeUnit", {"displayName": "Unit"})["id"]
    row = {"id": "m", "administrativeUnitId": unit, "roleId": role, "roleMemberInfo": {"id": user_id}}
    caller.directory.create("scopedRoleMember", {**row, "_principalId": user_id})
    assert await caller.value(f"/directory/administrativeUnits/{unit}/scopedRoleMembers") == [row]
    assert await caller.value(f"/directoryRoles/{role}/scopedMembers") == [row]


async def test_reference_list_names_urls(caller):
    (user_id,) = caller.users(1)
    group_id = caller.group(user_id)
    (row,) = await caller.value(f"/groups/{group_id}/members/$ref")
    assert row["@odata.id"].endswith(f"/directoryObjects/{user_id}")


async def test_relationships_without_content_are_empty_and_things_never_set_are_404(caller):
    (user_id,) = caller.users(1)
    app = caller.directory.create("application", {"displayName": "App"})["id"]
    assert await caller.value(f"/users/{user_id}/extensions") == []
    assert await caller.value(f"/applications/{app}/tokenLifetimePolicies") == []
    photo = await caller.get(f"/users/{user_id}/photo/$value")
    assert (photo.status_code, photo.json()["error"]["code"]) == (404, "ImageNotFound")
    assert caller.violations() == []


async def test_one_member_is_read_by_its_id(caller):
    member, stranger = caller.users(2)
    group_id = caller.group(member)
    assert (await caller.get(f"/groups/{group_id}/members/{member}")).json()["id"] == member
    assert (await caller.get(f"/groups/{group_id}/members/{stranger}")).status_code == 404
