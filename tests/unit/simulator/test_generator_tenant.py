"""Generated tenants: the same for the same seed, the asked size, and shaped like real ones."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from reentra.simulator.cloud import SimulatedCloud
from reentra.simulator.data.types import TYPES
from reentra.simulator.directory import Directory
from reentra.simulator.generator import GeneratedTenant, generate_tenant
from reentra.simulator.generator.chance import security_identifier
from reentra.simulator.generator.first_party import GRAPH_APP_ID, graph_app_role_ids
from reentra.simulator.generator.role_templates import GLOBAL_ADMINISTRATOR
from reentra.simulator.graph.writes.identifiers import security_identifier as written_identifier
from reentra.simulator.truth import whole_truth

USERS = 600


@pytest.fixture(scope="module")
def tenant() -> GeneratedTenant:
    return generate_tenant(SimulatedCloud(), users=USERS, seed=7)


@pytest.fixture(scope="module")
def directory(tenant: GeneratedTenant) -> Directory:
    return tenant.directory


def _json(tenant: GeneratedTenant) -> bytes:
    return orjson.dumps(whole_truth(tenant.directory), option=orjson.OPT_SORT_KEYS)


def test_same_seed_gives_the_same_tenant_to_the_last_byte(tenant: GeneratedTenant) -> None:
    again = generate_tenant(SimulatedCloud(), users=USERS, seed=7)
    other = generate_tenant(SimulatedCloud(), users=USERS, seed=8)

    assert _json(again) == _json(tenant)
    assert other.tenant_id != tenant.tenant_id


def test_counts_follow_from_the_users(directory: Directory) -> None:
    counts = {name: len(directory.ids(name)) for name in directory.types()}

    assert counts["user"] == USERS
    assert counts["group"] == USERS // 5
    assert counts["device"] == USERS // 2
    assert counts["servicePrincipal"] == USERS // 12
    assert counts["application"] == USERS // 36
    memberships = sum(
        1
        for group in directory.ids("group")
        for member in directory.targets("members", group)
        if directory.type_of(member) == "user"
    )
    assert memberships == pytest.approx(USERS * 5, rel=0.1)


def test_counts_can_be_given() -> None:
    small = generate_tenant(
        SimulatedCloud(), users=30, seed=1, groups=4, devices=0, service_principals=20, applications=0,
        tenant_id="11111111-1111-4111-8111-111111111111", domain="given.example",
    )  # fmt: skip

    counts = {name: len(small.directory.ids(name)) for name in ("group", "device", "servicePrincipal", "application")}
    assert counts == {"group": 4, "device": 0, "servicePrincipal": 20, "application": 0}
    assert (small.tenant_id, small.directory.domain) == ("11111111-1111-4111-8111-111111111111", "given.example")
    assert small.administrator == "admin@given.example"


@pytest.mark.parametrize("users", [1, 10, 11, 37])
def test_small_tenants_are_whole_too(users: int) -> None:
    tenant = generate_tenant(SimulatedCloud(), users=users, seed=1)

    assert _dangling(tenant.directory) == []
    assert len(tenant.directory.ids("user")) == max(users, 10)


def test_history_begins_empty(directory: Directory) -> None:
    assert all(directory.history.since(name, 0) == [] for name in directory.types())


def test_objects_carry_only_properties_that_graph_knows(directory: Directory) -> None:
    unknown = {
        (name, key)
        for name in directory.types()
        for item in directory.objects(name)
        for key in item
        if not key.startswith(("_", "@")) and not TYPES[name].knows(key)
    }

    assert unknown == set()


def test_users_have_every_property_a_backup_selects(directory: Directory) -> None:
    wanted = {"accountEnabled", "identities", "onPremisesExtensionAttributes", "employeeOrgData", "assignedLicenses",
              "licenseAssignmentStates", "proxyAddresses", "securityIdentifier", "usageLocation"}  # fmt: skip
    sizes = []
    for user in directory.objects("user"):
        assert wanted <= user.keys()
        sizes.append(len(orjson.dumps(user)))

    assert 1_500 < sum(sizes) / len(sizes) < 4_000


# References


def _references(directory: Directory) -> Iterator[tuple[str, str, Any]]:
    """Every id that one object holds of another: (type, property, id)."""
    singles = {
        "appRoleAssignment": ("principalId", "resourceId"),
        "oauth2PermissionGrant": ("clientId", "resourceId", "principalId"),
        "roleAssignment": ("principalId", "roleDefinitionId"),
        "scopedRoleMember": ("roleId", "administrativeUnitId", "_principalId"),
        "groupOwnSetting": ("_groupId",),
    }
    for name, properties in singles.items():
        for item in directory.objects(name):
            yield from ((name, key, item[key]) for key in properties if item[key] is not None)
    for policy in directory.objects("conditionalAccessPolicy"):
        users, locations = policy["conditions"]["users"], policy["conditions"]["locations"] or {}
        for key in ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups", "includeRoles"):
            yield from (("policy", key, value) for value in users[key] if "-" in value)
        for key in ("includeLocations", "excludeLocations"):
            yield from (("policy", key, value) for value in locations.get(key, []) if "-" in value)


def _dangling(directory: Directory) -> list[tuple[str, str, Any]]:
    return [reference for reference in _references(directory) if not directory.is_live(reference[2])]


def test_no_reference_dangles(directory: Directory) -> None:
    assert _dangling(directory) == []
    kinds = {(name, key) for name, key, _ in _references(directory)}
    assert {("policy", "includeGroups"), ("policy", "excludeLocations"), ("policy", "excludeUsers")} <= kinds


def test_conditional_access_names_apps_by_app_id(directory: Directory) -> None:
    app_ids = {item["appId"] for item in directory.objects("application")}
    named = {
        value
        for policy in directory.objects("conditionalAccessPolicy")
        for value in policy["conditions"]["applications"]["includeApplications"]
        if "-" in value
    }

    assert named
    assert named <= app_ids


def test_app_role_assignments_point_at_roles_of_the_resource(directory: Directory) -> None:
    for assignment in directory.objects("appRoleAssignment"):
        resource = directory.get(assignment["resourceId"])
        assert resource is not None
        roles = {role["id"] for role in resource["appRoles"]} or {"00000000-0000-0000-0000-000000000000"}
        assert assignment["appRoleId"] in roles


def test_role_holders_show_in_both_views(directory: Directory) -> None:
    """A directoryRole's members and the assignments at "/" are one truth; so are scoped members."""
    by_template = {role["roleTemplateId"]: role["id"] for role in directory.objects("directoryRole")}
    whole, scoped = set(), set()
    for item in directory.objects("roleAssignment"):
        role_id, scope = by_template.get(item["roleDefinitionId"]), item["directoryScopeId"]
        if role_id and scope == "/":
            whole.add((role_id, item["principalId"]))
        elif role_id:
            scoped.add((role_id, item["principalId"], scope.rpartition("/")[2]))

    members = {
        (role_id, member)
        for role_id in directory.ids("directoryRole")
        for member in directory.targets("members", role_id)
    }
    scoped_members = {
        (item["roleId"], item["_principalId"], item["administrativeUnitId"])
        for item in directory.objects("scopedRoleMember")
    }
    assert (whole, scoped) == (members, scoped_members)
    assert len(directory.targets("members", by_template[GLOBAL_ADMINISTRATOR])) >= 2
    assert scoped


# Shape


def test_people_come_in_every_kind(directory: Directory) -> None:
    users = list(directory.objects("user"))
    guests = [user for user in users if user["userType"] == "Guest"]

    assert guests
    assert all(directory.targets("sponsors", guest["id"]) for guest in guests)
    assert any(user["onPremisesSyncEnabled"] for user in users)
    assert any(not user["accountEnabled"] for user in users)
    assert any(not user["assignedLicenses"] for user in users)
    directions = {unicodedata.bidirectional(user["displayName"][0]) for user in users}
    assert {"L", "R", "AL"} <= directions


def test_sign_in_names_are_unique_and_ascii(directory: Directory) -> None:
    names = [user["userPrincipalName"] for user in directory.objects("user")]

    assert len({name.lower() for name in names}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9.#_@-]+", name, re.IGNORECASE) for name in names)


def test_managers_form_one_tree(directory: Directory) -> None:
    tops = set()
    for user in directory.objects("user"):
        if user["userType"] == "Guest":
            continue
        current, steps = user["id"], 0
        while managers := list(directory.targets("manager", current)):
            current, steps = managers[0], steps + 1
            assert steps < 20
        tops.add(current)

    assert len(tops) == 1


def test_groups_come_in_every_kind(directory: Directory) -> None:
    groups = list(directory.objects("group"))
    sizes = {group["id"]: len(directory.targets("members", group["id"])) for group in groups}

    assert any("Unified" in group["groupTypes"] for group in groups)
    assert any(group["membershipRule"] for group in groups)
    assert any(group["isAssignableToRole"] for group in groups)
    assert any(group["visibility"] == "HiddenMembership" for group in groups)
    assert any(group["onPremisesSyncEnabled"] for group in groups)
    assert any(group["assignedLicenses"] for group in groups)
    assert max(sizes.values()) >= USERS
    assert {"user", "group", "device", "servicePrincipal"} == {
        directory.type_of(member) for group in groups for member in directory.targets("members", group["id"])
    }


def test_units_come_in_every_kind(directory: Directory) -> None:
    units = list(directory.objects("administrativeUnit"))

    assert any(unit["membershipType"] == "Dynamic" for unit in units)
    assert any(unit["isMemberManagementRestricted"] for unit in units)
    assert any(unit["visibility"] == "HiddenMembership" for unit in units)
    assert {"user", "group", "device"} == {
        directory.type_of(member) for unit in units for member in directory.targets("members", unit["id"])
    }


def test_licences_through_a_group_name_a_group_that_has_them(directory: Directory) -> None:
    through = [
        (state["assignedByGroup"], state["skuId"])
        for user in directory.objects("user")
        for state in user["licenseAssignmentStates"]
        if state["assignedByGroup"]
    ]

    assert through
    for group_id, sku_id in set(through):
        group = directory.get(group_id)
        assert group is not None
        assert sku_id in {licence["skuId"] for licence in group["assignedLicenses"]}


def test_nesting_has_no_circles(directory: Directory) -> None:
    def parents(group_id: str) -> set[str]:
        return {source for source in directory.sources("members", group_id) if directory.type_of(source) == "group"}

    depths = []
    for group_id in directory.ids("group"):
        level, depth = {group_id}, 0
        while level := {parent for child in level for parent in parents(child)}:
            depth += 1
            assert group_id not in level
        depths.append(depth)
    assert max(depths) >= 2


def test_graph_is_there_with_microsofts_role_ids(directory: Directory) -> None:
    graph = directory.get(directory.find("servicePrincipal", "appId", GRAPH_APP_ID)[0])

    assert graph is not None
    assert {role["value"]: role["id"] for role in graph["appRoles"]} == graph_app_role_ids()
    assert graph_app_role_ids()["User.Read.All"] == "df021288-bdef-4463-88db-98f22de89214"


def test_tenant_has_its_single_objects(tenant: GeneratedTenant, directory: Directory) -> None:
    organization = next(directory.objects("organization"))

    assert organization["id"] == tenant.tenant_id
    assert [item["name"] for item in organization["verifiedDomains"] if item["isDefault"]] == [directory.domain]
    assert len(directory.ids("subscribedSku")) == 3
    assert len(directory.ids("groupSetting")) == 1
    assert {item["@odata.type"] for item in directory.objects("namedLocation")} == {
        "#microsoft.graph.ipNamedLocation",
        "#microsoft.graph.countryNamedLocation",
    }
    assert {item["isBuiltIn"] for item in directory.objects("roleDefinition")} == {True, False}


def test_ten_thousand_users_take_seconds() -> None:
    started = time.process_time()

    generate_tenant(SimulatedCloud(), users=10_000, seed=1)

    assert time.process_time() - started < 15


@pytest.mark.parametrize(
    ("object_id", "identifier"),
    [
        ("21d05557-b7b6-418f-86fa-a3118d751be4", "S-1-12-1-567301463-1099937718-295959174-3827004813"),
        ("55ea2e8c-757f-4f2d-be9e-53c22e8c6a54", "S-1-12-1-1441410700-1328379263-3260260030-1416268846"),
    ],
)
def test_security_identifier_follows_from_the_object_id(object_id: str, identifier: str) -> None:
    """Both pairs stand in Microsoft's documentation. Of generated objects, and of those made by request."""
    assert security_identifier(object_id) == identifier
    assert written_identifier(object_id) == identifier
