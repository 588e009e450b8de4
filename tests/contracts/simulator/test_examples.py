"""What Microsoft's documentation shows comes back from the simulator unchanged: whole, in pages, and by $select."""

import pytest

LISTS = [
    ("user-list-1", "user", "/users"),
    ("group-list-1", "group", "/groups"),
    ("application-list-1", "application", "/applications"),
    ("directory-list-administrativeunits-1", "administrativeUnit", "/directory/administrativeUnits"),
    ("directoryrole-list-1", "directoryRole", "/directoryRoles"),
    ("rbacapplication-list-roledefinitions-1", "roleDefinition", "/roleManagement/directory/roleDefinitions"),
    ("rbacapplication-list-roleassignments-2", "roleAssignment", "/roleManagement/directory/roleAssignments"),
    ("conditionalaccessroot-list-policies-1", "conditionalAccessPolicy", "/identity/conditionalAccess/policies"),
    ("conditionalaccessroot-list-namedlocations-1", "namedLocation", "/identity/conditionalAccess/namedLocations"),
    ("oauth2permissiongrant-list-1", "oauth2PermissionGrant", "/oauth2PermissionGrants"),
    ("organization-list-1", "organization", "/organization"),
    ("domain-list-1", "domain", "/domains"),
    ("subscribedsku-list-1", "subscribedSku", "/subscribedSkus"),
    ("groupsettingtemplate-list-1", "groupSettingTemplate", "/groupSettingTemplates"),
]
SINGLE = [
    ("user-get-1", "user", "/users"),
    ("group-get-1", "group", "/groups"),
    ("application-get-1", "application", "/applications"),
    ("serviceprincipal-get-1", "servicePrincipal", "/servicePrincipals"),
    ("device-get-1", "device", "/devices"),
    ("administrativeunit-get-1", "administrativeUnit", "/directory/administrativeUnits"),
    ("unifiedroledefinition-get-2", "roleDefinition", "/roleManagement/directory/roleDefinitions"),
    ("conditionalaccesspolicy-get-1", "conditionalAccessPolicy", "/identity/conditionalAccess/policies"),
    ("recent-conditionalaccesspolicy-get-1", "conditionalAccessPolicy", "/identity/conditionalAccess/policies"),
    ("ipnamedlocation-get-1", "namedLocation", "/identity/conditionalAccess/namedLocations"),
    ("oauth2permissiongrant-get-1", "oauth2PermissionGrant", "/oauth2PermissionGrants"),
    ("organization-get-1", "organization", "/organization"),
    ("domain-get-1", "domain", "/domains"),
    ("groupsetting-get-1", "groupSetting", "/groupSettings"),
]
NOT_SELECTABLE = {
    "inheritsPermissionsFrom",
    "resourceScope",
    "directorySizeQuota",
    "isMultipleDataLocationsForServicesEnabled",
}
"""A relationship that was shown expanded, and properties of 2023 that the metadata of 2026 has no more."""
NOISE = ("@odata.context", "@odata.id", "@microsoft.graph.tips")


def truth(row):
    """The object without the annotations of the one answer it was recorded in."""
    return {name: value for name, value in row.items() if name not in NOISE}


def assert_shows(answer, expected):
    """All of the example; what the documentation left out may only be empty."""
    shown = {name: value for name, value in answer.items() if name not in NOISE}
    assert {name: shown.get(name) for name in expected} == expected
    assert not {name: value for name, value in shown.items() if name not in expected and value not in (None, [])}


def load(graph, type_name, rows):
    return [graph.directory.create(type_name, truth(row)) for row in rows]


@pytest.mark.parametrize(("name", "type_name", "path"), LISTS)
async def test_list_comes_back(graph, name, type_name, path):
    loaded = load(graph, type_name, graph.example(name)["body"]["value"])
    paged = type_name in ("user", "group", "application")
    answers = await graph.rows(f"{path}?$top=1" if paged else path)
    assert len(answers) == len(loaded)
    for answer, expected in zip(answers, loaded, strict=True):
        assert_shows(answer, expected)


@pytest.mark.parametrize(("name", "type_name", "path"), LISTS)
async def test_list_comes_back_by_select(graph, name, type_name, path):
    loaded = load(graph, type_name, graph.example(name)["body"]["value"])
    names = sorted({name for row in loaded for name in row if not name.startswith("@")} - NOT_SELECTABLE)
    answers = await graph.rows(f"{path}?$select={','.join(names)}")
    for answer, expected in zip(answers, loaded, strict=True):
        assert_shows(answer, {name: value for name, value in expected.items() if name not in NOT_SELECTABLE})


@pytest.mark.parametrize(("name", "type_name", "path"), SINGLE)
async def test_single_object_comes_back(graph, name, type_name, path):
    (loaded,) = load(graph, type_name, [graph.example(name)["body"]])
    response = await graph.http.get(f"{path}/{loaded['id']}")
    assert response.status_code == 200
    assert_shows(response.json(), loaded)


async def test_selected_properties_of_one_user_are_exactly_those(graph):
    example = graph.example("user-get-3")
    user_id = example["url"].split("/users/")[1].split("?")[0]
    load(graph, "user", [{**example["body"], "id": user_id, "city": "Bern"}])
    response = await graph.http.get(example["url"])
    assert truth(response.json()) == truth(example["body"])
    assert response.json()["@odata.context"].endswith("#users(displayName,givenName,postalCode,identities)/$entity")


async def test_filter_of_the_documentation_finds_the_user_by_identity(graph):
    example = graph.example("user-list-2")
    identity = {"issuer": "My B2C tenant", "issuerAssignedId": "j.smith@yahoo.com"}
    load(graph, "user", [{**example["body"]["value"][0], "identities": [identity]}, {"displayName": "Other"}])
    assert await graph.rows(example["url"]) == example["body"]["value"]


@pytest.mark.parametrize("number", [2, 4])
async def test_named_locations_are_filtered_by_kind(graph, number):
    everything = graph.example("conditionalaccessroot-list-namedlocations-1")["body"]["value"]
    load(graph, "namedLocation", everything)
    example = graph.example(f"conditionalaccessroot-list-namedlocations-{number}")
    assert {row["@odata.type"] for row in await graph.rows(example["url"])} == {
        row["@odata.type"] for row in example["body"]["value"]
    }


async def test_context_names_what_the_documentation_names(graph):
    for name, _, path in LISTS:
        documented = graph.example(name)["body"].get("@odata.context")
        answered = (await graph.http.get(path)).json()["@odata.context"]
        if documented and "$metadata#" in documented and "{" not in documented:
            assert answered.split("#")[1] == documented.split("#")[1], name


async def test_role_templates_are_the_built_in_definitions(graph):
    rows = graph.example("directoryroletemplate-list-1")["body"]["value"]
    for row in rows:
        graph.directory.create("roleDefinition", {**truth(row), "isBuiltIn": True, "templateId": row["id"]})
    graph.directory.create("roleDefinition", {"displayName": "Custom", "isBuiltIn": False})
    for answer, expected in zip(await graph.rows("/directoryRoleTemplates"), rows, strict=True):
        assert_shows(answer, truth(expected))


async def test_delta_of_groups_has_the_documented_entries(graph):
    example = graph.example("concept-delta-query-groups-1")
    for row in example["body"]["value"]:
        members = row.pop("members@delta", [])
        graph.directory.create("group", row)
        for member in members:
            if graph.directory.get(member["id"]) is None:
                graph.directory.create("user", {"id": member["id"]})
            graph.directory.add_link("members", row["id"], member["id"])
    answers = await graph.rows(example["url"])
    documented = graph.example("concept-delta-query-groups-1")["body"]["value"]
    key = lambda row: row["id"]  # noqa: E731
    assert sorted(answers, key=key) == sorted(documented, key=key)


async def test_deleted_groups_come_back_from_the_bin(graph):
    rows = graph.example("recent-directory-deleteditems-list-1")["body"]["value"]
    for loaded in load(graph, "group", rows):
        graph.directory.soft_delete(loaded["id"])
    answers = await graph.rows("/directory/deletedItems/microsoft.graph.group")
    for answer, expected in zip(answers, rows, strict=True):
        assert answer.pop("deletedDateTime")
        assert_shows(answer, truth(expected))


@pytest.mark.parametrize("name", ["recent-advanced-queries-error-1", "recent-advanced-queries-error-2"])
async def test_refused_advanced_queries_answer_as_documented(graph, name):
    example = graph.example(name)
    response = await graph.http.get(example["url"])
    documented = example["body"]["error"]
    answered = response.json()["error"]
    assert (response.status_code, answered["code"]) == (example["status"], documented["code"])
    assert answered["message"].startswith(documented["message"].rstrip("."))
    assert set(answered) == set(documented)
    assert set(answered["innerError"]) == set(documented["innerError"])


async def test_refusal_by_limits_answers_as_documented(graph):
    example = graph.example("recent-throttling-429-1")
    graph.cloud.settings.throttle_scale = 2 / 3_500
    await graph.http.get(example["url"])
    response = await graph.http.get(example["url"])
    assert response.status_code == example["status"]
    assert response.headers["Retry-After"] == example["response_headers"]["Retry-After"]
    assert response.json()["error"]["code"] == example["body"]["error"]["code"]
    assert response.json()["error"]["message"] == example["body"]["error"]["message"]
