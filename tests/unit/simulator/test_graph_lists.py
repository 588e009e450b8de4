"""Lists as Graph v1.0 answers them: pages, property sets, filters, counts."""

import pytest

EVENTUAL = {"ConsistencyLevel": "eventual"}
DEFAULTS = {
    "id", "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
}  # fmt: skip


async def test_pages_of_100_hold_every_user_once(caller):
    ids = caller.users(250)
    rows = await caller.all_pages("/users")
    assert [row["id"] for row in rows] == ids
    assert [len(page["value"]) for page in caller.pages] == [100, 100, 50]


async def test_first_pages_may_be_empty_by_setting(caller):
    ids = caller.users(150)
    caller.cloud.settings.empty_first_pages = True
    for url in ("/users", "/users/delta"):
        rows = await caller.all_pages(url)
        assert [row["id"] for row in rows] == ids
        assert [len(page["value"]) for page in caller.pages] == [0, 100, 50]
    assert await caller.all_pages(caller.delta_link) == []


async def test_page_size_is_asked_for_and_bounded(caller):
    caller.users(5)
    assert len(await caller.all_pages("/users?$top=2")) == 5
    assert len(caller.pages) == 3
    assert (await caller.get("/users?$top=1000")).status_code == 400


async def test_users_come_with_eleven_properties_and_select_replaces_them(caller):
    caller.users(1, accountEnabled=True)
    (row,) = await caller.value("/users")
    assert set(row) == DEFAULTS
    (row,) = await caller.value("/users?$select=id,accountEnabled,otherMails")
    assert row == {"id": row["id"], "accountEnabled": True, "otherMails": []}


@pytest.mark.parametrize(
    ("select", "status", "code"),
    [
        ("id,colour", 400, "BadRequest"),
        ("id,skills", 501, "NotImplemented"),
        ("id,signInActivity", 403, "Authorization_RequestDenied"),
        ("id,customSecurityAttributes", 403, "Authorization_RequestDenied"),
    ],
)
async def test_one_wrong_property_fails_the_whole_request(caller, select, status, code):
    caller.users(1)
    response = await caller.get(f"/users?$select={select}")
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


async def test_unknown_property_is_counted_against_the_client(caller):
    await caller.get("/users?$select=colour")
    await caller.get("/colours")
    assert caller.violations() == ["unknown_property", "unknown_path"]


async def test_single_object_property_is_readable_on_one_user(caller):
    (user_id,) = caller.users(1, skills=["singing"])
    assert (await caller.get(f"/users/{user_id}?$select=skills")).json()["skills"] == ["singing"]


async def test_altered_page_link_is_refused_and_counted(caller):
    caller.users(150)
    link = (await caller.get("/users")).json()["@odata.nextLink"]
    assert (await caller.get(link.replace("/users?", "/users?$top=5&"))).status_code == 400
    assert (await caller.get(link[:-1])).status_code == 400
    assert caller.violations() == ["altered_page_token", "altered_page_token"]


async def test_stale_page_link_is_refused_by_setting(caller):
    caller.users(150)
    caller.cloud.settings.page_token_seconds = 60
    link = (await caller.get("/users")).json()["@odata.nextLink"]
    assert (await caller.get(link)).status_code == 200
    caller.clock.forward(61)
    assert (await caller.get(link)).json()["error"]["code"] == "Directory_ExpiredPageToken"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("displayName eq 'user 3'", [3]),
        ("startswith(displayName,'User 1') and accountEnabled eq true", [1, 10, 11]),
        ("displayName in ('User 2','USER 4')", [2, 4]),
        ("displayName eq 'User 2' or displayName eq 'User 4'", [2, 4]),
        ("(displayName eq 'User 2' or displayName eq 'User 4') and accountEnabled eq false", []),
        ("proxyAddresses/any(p:p eq 'smtp:five@contoso.com')", [5]),
        ("proxyAddresses/any(p:startswith(p,'smtp:FIVE'))", [5]),
        ("otherMails/any(m:m eq 'o''brien@fabrikam.com')", [5]),
        ("userPrincipalName eq 'USER7@contoso.com'", [7]),
        ("id eq '00000000-0000-0000-0000-000000000001' or id eq '00000000-0000-0000-0000-000000000008'", [1, 8]),
        ("createdDateTime ge 2026-01-01T00:00:00Z", [5]),
        ("mail eq null and displayName eq 'User 1'", [1]),
    ],
)
async def test_simple_filters(caller, text, expected):
    ids = caller.users(12)
    caller.directory.patch(
        ids[5],
        {
            "proxyAddresses": ["SMTP:five@contoso.com"],
            "otherMails": ["o'brien@fabrikam.com"],
            "createdDateTime": "2026-02-03T00:00:00Z",
        },
    )
    assert [row["displayName"] for row in await caller.value(f"/users?$filter={text}")] == [
        f"User {number}" for number in expected
    ]


@pytest.mark.parametrize(
    "query",
    [
        "$filter=accountEnabled ne true",
        "$filter=not startswith(displayName,'U')",
        "$filter=endswith(userPrincipalName,'com')",
        "$filter=assignedLicenses/$count eq 0",
        "$filter=accountEnabled eq true&$orderby=displayName",
    ],
)
async def test_advanced_queries_need_header_and_count(caller, query):
    caller.users(2)
    response = await caller.get(f"/users?{query}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")
    assert (await caller.get(f"/users?{query}", ConsistencyLevel="eventual")).status_code == 400
    assert (await caller.get(f"/users?{query}&$count=true", ConsistencyLevel="eventual")).status_code == 200


async def test_count_is_ignored_without_the_header_and_on_later_pages(caller):
    caller.users(150)
    assert "@odata.count" not in (await caller.get("/users?$count=true")).json()
    first = (await caller.get("/users?$count=true", ConsistencyLevel="eventual")).json()
    assert first["@odata.count"] == 150
    second = (await caller.get(first["@odata.nextLink"], ConsistencyLevel="eventual")).json()
    assert "@odata.count" not in second


async def test_count_segment_needs_the_header(caller):
    caller.users(3)
    assert (await caller.get("/users/$count")).status_code == 400
    response = await caller.get("/users/$count?$filter=displayName eq 'User 1'", ConsistencyLevel="eventual")
    assert response.text == "1"


async def test_search_needs_the_header_and_finds_words(caller):
    caller.users(3)
    assert (await caller.get('/users?$search="displayName:user"')).status_code == 400
    rows = (await caller.get('/users?$search="displayName:user"', ConsistencyLevel="eventual")).json()["value"]
    assert len(rows) == 3


async def test_clauses_of_a_search_hold_together_or_alternatively(caller):
    caller.users(12)
    two, ten = '"displayName:2"', '"userPrincipalName:user10"'
    for search, found in ((f"{two} AND {ten}", 0), (f'"displayName:10" AND {ten}', 1), (f"{two} OR {ten}", 2)):
        rows = (await caller.get(f"/users?$search={search}", ConsistencyLevel="eventual")).json()["value"]
        assert len(rows) == found, search


async def test_search_of_no_property_or_no_form_is_refused(caller):
    for search in (
        '"nonsense:x"',
        "x",
        '"displayName:a" "mail:b"',
        '"displayName:a" XOR "mail:b"',
        '"displayName:a" AND',
    ):
        assert (await caller.get(f"/users?$search={search}", ConsistencyLevel="eventual")).status_code == 400, search


async def test_service_principals_filter_by_their_type(caller):
    assert (await caller.get("/servicePrincipals?$filter=servicePrincipalType eq 'ManagedIdentity'")).status_code == 200


async def test_sorted_pages_hold_everything_once(caller):
    caller.users(25)
    rows = await caller.all_pages("/users?$orderby=displayName desc&$top=10")
    assert [row["displayName"] for row in rows] == sorted((f"User {n}" for n in range(25)), reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "$skip=10",
        "$filter=displayName foo 'x'",
        "$colour=1",
        "$filter=aboutMe eq 'x'",
        "$filter=accountEnabled eq 'false'",
        "$filter=accountEnabled in ('true')",
    ],
)
async def test_unsupported_options_are_refused(caller, query):
    assert (await caller.get(f"/users?{query}")).status_code == 400


async def test_directory_roles_never_page(caller):
    for number in range(130):
        caller.directory.create("directoryRole", {"displayName": f"Role {number}"})
    response = (await caller.get("/directoryRoles")).json()
    assert len(response["value"]) == 130
    assert "@odata.nextLink" not in response


async def test_objects_are_found_by_their_other_keys(caller):
    (user_id,) = caller.users(1)
    app = caller.directory.create("application", {"appId": "aaaa", "displayName": "App"})
    caller.directory.create("servicePrincipal", {"appId": "aaaa"})
    assert (await caller.get("/users/USER0@contoso.com")).json()["id"] == user_id
    assert (await caller.get(f"/users('{user_id}')")).json()["id"] == user_id
    assert (await caller.get("/applications(appId='aaaa')")).json()["id"] == app["id"]
    assert (await caller.get("/servicePrincipals(appId='aaaa')")).status_code == 200
    missing = await caller.get("/servicePrincipals(appId='bbbb')")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "Request_ResourceNotFound")


async def test_key_bytes_come_only_on_one_object_that_asks_for_them(caller):
    app = caller.directory.create("application", {"keyCredentials": [{"keyId": "k", "key": "bytes"}]})
    assert (await caller.value("/applications"))[0]["keyCredentials"] == [{"keyId": "k", "key": None}]
    assert (await caller.get(f"/applications/{app['id']}")).json()["keyCredentials"][0]["key"] is None
    selected = await caller.get(f"/applications/{app['id']}?$select=keyCredentials")
    assert selected.json()["keyCredentials"][0]["key"] == "bytes"


async def test_bin_is_listed_by_type_only(caller):
    ids = caller.users(3)
    caller.directory.soft_delete(ids[1])
    assert [row["id"] for row in await caller.value("/users")] == [ids[0], ids[2]]
    assert (await caller.get("/directory/deletedItems")).status_code == 400
    (row,) = await caller.value("/directory/deletedItems/microsoft.graph.user")
    assert row["id"] == ids[1]
    assert row["deletedDateTime"] == "2026-08-01T12:00:00Z"
    single = (await caller.get(f"/directory/deletedItems/{ids[1]}")).json()
    assert single["@odata.type"] == "#microsoft.graph.user"
    assert (await caller.get(f"/users/{ids[1]}")).status_code == 404


async def test_ids_are_resolved_to_objects_of_the_types_asked_for(caller):
    ids = caller.users(2)
    group_id = caller.group()
    body = {"ids": [*ids, group_id, "99999999-0000-0000-0000-000000000000"], "types": ["user"]}
    response = await caller.http.post("/directoryObjects/getByIds", json=body)
    assert [(row["@odata.type"], row["id"]) for row in response.json()["value"]] == [
        ("#microsoft.graph.user", ids[0]),
        ("#microsoft.graph.user", ids[1]),
    ]
    assert response.headers["x-ms-resource-unit"] == "5"


async def test_later_enumeration_members_are_shown_only_to_who_prefers_them(caller):
    conditions = {"platforms": {"includePlatforms": ["windows", "linux"]}}
    policy = {"displayName": "P", "conditions": conditions, "grantControls": {"builtInControls": ["riskRemediation"]}}
    policy_id = caller.directory.create("conditionalAccessPolicy", policy)["id"]
    caller.cloud.settings.throttle_scale = None
    path = "/identity/conditionalAccess/policies"
    (row,) = await caller.value(path)
    assert row["conditions"]["platforms"]["includePlatforms"] == ["windows", "unknownFutureValue"]
    assert row["grantControls"]["builtInControls"] == ["unknownFutureValue"]
    (row,) = await caller.value(path, Prefer="include-unknown-enum-members")
    assert row["conditions"] == conditions
    single = (await caller.get(f"{path}/{policy_id}", Prefer="include-unknown-enum-members")).json()
    assert single["grantControls"] == policy["grantControls"]
    assert "@microsoft.graph.tips" in single


async def test_conditional_access_has_a_bin_of_its_own(caller):
    caller.cloud.settings.throttle_scale = None
    policy_id = caller.directory.create("conditionalAccessPolicy", {"displayName": "P"})["id"]
    caller.directory.soft_delete(policy_id)
    path = "/identity/conditionalAccess/deletedItems/policies"
    assert [row["id"] for row in await caller.value(path)] == [policy_id]
    assert (await caller.get(f"{path}/{policy_id}")).status_code == 200
    assert (await caller.get(f"/directory/deletedItems/{policy_id}")).status_code == 404


async def test_other_versions_and_broken_json_are_refused(caller):
    beta = await caller.http.get("https://graph.test/beta/users")
    assert (beta.status_code, caller.violations()) == (400, ["unknown_path"])
    broken = await caller.http.post("/directoryObjects/getByIds", content=b"{")
    assert broken.json()["error"]["code"] == "BadRequest"
