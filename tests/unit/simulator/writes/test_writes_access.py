"""Conditional Access policies and named locations through Graph's writing side."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Writer

pytestmark = pytest.mark.unit
POLICIES = "/identity/conditionalAccess/policies"
LOCATIONS = "/identity/conditionalAccess/namedLocations"
NOBODY = "99999999-0000-0000-0000-000000000000"
OFFICE = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "displayName": "Office",
    "isTrusted": True,
    "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "12.34.221.0/24"}],
}
COUNTRIES = {
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    "displayName": "Home",
    "countriesAndRegions": ["DE", "FR"],
}


def policy(**conditions: Any) -> dict[str, Any]:
    return {
        "displayName": "MFA",
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": {"includeApplications": ["All"]},
            "users": {"includeUsers": ["All"]},
            **conditions,
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }


async def test_a_policy_comes_back_complete(writer: Writer) -> None:
    answer = await writer.post(POLICIES, policy())

    assert answer["conditions"]["users"]["excludeGroups"] == []
    assert answer["conditions"]["applications"]["includeUserActions"] == []
    assert answer["grantControls"]["termsOfUse"] == []
    assert answer["sessionControls"] is None
    assert answer["modifiedDateTime"] is None


async def test_everything_a_policy_names_must_exist(writer: Writer) -> None:
    user, group, principal = await writer.user(), await writer.group(), await writer.principal()
    location = (await writer.post(LOCATIONS, OFFICE))["id"]
    good = policy(
        users={"includeUsers": [user], "excludeGroups": [group]},
        applications={"includeApplications": [principal["appId"]]},
        locations={"includeLocations": ["All"], "excludeLocations": [location]},
    )
    await writer.post(POLICIES, good)

    for conditions in (
        {"users": {"includeUsers": [NOBODY]}},
        {"users": {"includeUsers": ["All"], "excludeUsers": [group]}},
        {"users": {"includeGroups": [user]}},
        {"users": {"includeRoles": [NOBODY]}},
        {"applications": {"includeApplications": [principal["id"]]}},
        {"locations": {"includeLocations": [NOBODY]}},
        {"clientApplications": {"includeServicePrincipals": [NOBODY]}},
        {"applications": {"includeUserActions": ["urn:user:dance"]}},
    ):
        status, message = await writer.refused("POST", POLICIES, policy(**conditions))
        assert (status, "Policy contains invalid" in message) == (400, True), conditions


@pytest.mark.parametrize(
    "change",
    [
        {"state": "on"},
        {"conditions": None},
        {"displayName": None},
        {"conditions": {"clientAppTypes": "all"}},
        {"grantControls": {"operator": "XOR", "builtInControls": ["mfa"]}},
        {"grantControls": {"operator": "OR", "builtInControls": "mfa"}},
        {"grantControls": {"operator": "OR", "authenticationStrength@odata.context": "https://x"}},
    ],
)
async def test_a_body_of_the_wrong_shape_is_error_1007(writer: Writer, change: dict[str, object]) -> None:
    response = await writer.http.post(POLICIES, json={**policy(), **change})

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "BadRequest")
    assert error["message"].startswith("1007: Incoming ConditionalAccessPolicy object is null or does not match")


@pytest.mark.parametrize(
    "change",
    [
        {"grantControls": None},
        {"conditions": {**policy()["conditions"], "clientAppTypes": []}},
        {"conditions": {**policy()["conditions"], "applications": {"excludeApplications": ["Office365"]}}},
        {"conditions": {**policy()["conditions"], "users": {"excludeUsers": ["GuestsOrExternalUsers"]}}},
        {"grantControls": {"operator": "OR", "builtInControls": ["block", "mfa"]}},
        {"createdDateTime": "2026-01-01T00:00:00Z"},
        {"grantControls": {"operator": "OR", "authenticationStrength": {"id": NOBODY}}},
        {"grantControls": {"operator": "OR", "authenticationStrength": {"displayName": "x"}}},
        {"colour": "red"},
    ],
)
async def test_what_a_policy_refuses(writer: Writer, change: dict[str, object]) -> None:
    assert (await writer.refused("POST", POLICIES, {**policy(), **change}))[0] == 400


async def test_a_strength_is_sent_by_id(writer: Writer) -> None:
    strength = "00000000-0000-0000-0000-000000000004"
    body = {**policy(), "grantControls": {"operator": "OR", "authenticationStrength": {"id": strength}}}

    answer = await writer.post(POLICIES, body)

    assert answer["grantControls"]["authenticationStrength"]["displayName"] == "Phishing-resistant MFA"


async def test_a_patch_replaces_the_conditions_that_it_carries(writer: Writer) -> None:
    group = await writer.group()
    made = await writer.post(POLICIES, policy(users={"includeUsers": ["All"], "excludeGroups": [group]}))

    await writer.patch(f"{POLICIES}/{made['id']}", {"state": "disabled"})
    await writer.patch(f"{POLICIES}/{made['id']}", {"conditions": policy()["conditions"]})

    item = await writer.get(f"{POLICIES}/{made['id']}")
    assert (item["state"], item["conditions"]["users"]["excludeGroups"]) == ("disabled", [])
    assert item["modifiedDateTime"] is not None


async def test_a_policy_returns_from_the_bin_in_the_state_it_had(writer: Writer) -> None:
    made = await writer.post(POLICIES, {**policy(), "state": "enabled"})
    await writer.delete(f"{POLICIES}/{made['id']}")
    assert (await writer.get(POLICIES))["value"] == []

    path = f"/identity/conditionalAccess/deletedItems/policies/{made['id']}/restore"
    restored = await writer.post(path, status=200)
    assert (restored["id"], restored["state"]) == (made["id"], "enabled")


async def test_a_location_names_its_kind_every_time(writer: Writer) -> None:
    home = await writer.post(LOCATIONS, COUNTRIES)
    assert home["includeUnknownCountriesAndRegions"] is False
    kind = {"@odata.type": COUNTRIES["@odata.type"]}

    assert (await writer.refused("POST", LOCATIONS, {"displayName": "x", "countriesAndRegions": ["DE"]}))[0] == 400
    assert (await writer.refused("PATCH", f"{LOCATIONS}/{home['id']}", {"displayName": "x"}))[0] == 400
    wrong = {"@odata.type": OFFICE["@odata.type"], "displayName": "x"}
    assert (await writer.refused("PATCH", f"{LOCATIONS}/{home['id']}", wrong))[0] == 400
    await writer.patch(f"{LOCATIONS}/{home['id']}", {**kind, "countriesAndRegions": ["DE"]})


@pytest.mark.parametrize(
    "ranges",
    [
        [],
        [{"cidrAddress": "12.34.221.0/24"}],
        [{"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "12.34.221.0/24"}],
        [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "anywhere"}],
    ],
)
async def test_ranges_must_be_ranges_of_their_kind(writer: Writer, ranges: list[dict[str, str]]) -> None:
    assert (await writer.refused("POST", LOCATIONS, {**OFFICE, "ipRanges": ranges}))[0] == 400


async def test_a_trusted_location_loses_its_trust_before_it_goes_and_returns_without(writer: Writer) -> None:
    office = await writer.post(LOCATIONS, OFFICE)
    path = f"{LOCATIONS}/{office['id']}"
    assert (await writer.refused("DELETE", path))[0] == 400

    await writer.patch(path, {"@odata.type": OFFICE["@odata.type"], "isTrusted": False})
    await writer.delete(path)
    restore = f"/identity/conditionalAccess/deletedItems/namedLocations/{office['id']}/restore"
    restored = await writer.post(restore, status=200)
    assert restored["isTrusted"] is False


async def test_policies_need_all_their_permissions(writer: Writer) -> None:
    for missing in ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess"):
        writer.without_roles(missing)
        assert (await writer.refused("POST", POLICIES, policy()))[0] == 403
    writer.use_roles("Policy.Read.All Policy.ReadWrite.ConditionalAccess")
    assert (await writer.refused("POST", POLICIES, policy()))[0] == 403
